"""Values that do not fit their column, through Pydantic."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from portico.db.reflection.stored import AsStored, as_stored


@pytest.mark.parametrize("kind", [int, float, datetime, Decimal, bool, bytes])
@pytest.mark.parametrize(("stored", "shown"), [("text", b'"text"'), (1.5, b"1.5"), (b"\xff\x00", b'"/wA="')])
def test_a_stored_value_passes_and_is_shown_as_it_is(kind: Any, stored: Any, shown: bytes) -> None:
    """A row that is there can always be read."""
    annotation: Any = Annotated[kind, AsStored()]
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    assert adapter.dump_json(adapter.validate_python(as_stored(stored))) == shown


def test_the_same_value_from_a_client_is_refused() -> None:
    """Only what came out of the database is let through."""
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[int, AsStored()]).validate_python("text")


def test_a_value_that_fits_is_shown_as_its_type_shows_it() -> None:
    """The annotation changes nothing for ordinary rows."""
    adapter = TypeAdapter(Annotated[Decimal, AsStored()])
    assert adapter.dump_json(adapter.validate_python(Decimal("0.90"))) == b'"0.90"'


def test_the_schema_is_that_of_the_type() -> None:
    """Clients are told what the column is meant to hold."""
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[datetime, AsStored()])
    assert adapter.json_schema(mode="serialization") == {"type": "string", "format": "date-time"}

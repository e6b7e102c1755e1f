"""What a message is made of, for every kind of value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.changes import RowChange
from portico.db.outbox.messages import included, row_of
from portico.errors import ConfigurationError

UNIT = uuid4()


class Base(DeclarativeBase):
    """The tables of these tests only."""


class Thing(Base):
    """A plain mapped class."""

    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    value: Mapped[Any] = mapped_column(sa.JSON)


def row(key: tuple[Any, ...], *, before: tuple[Any, ...] | None = None, value: Any = None) -> dict[str, Any]:
    """The row of one update."""
    change = RowChange(
        model=Thing,
        kind="update",
        key=key,
        key_before=key if before is None else before,
        before={"value": None},
        after={"value": value},
    )
    return row_of(change, included(Thing, "things", values=True), UNIT)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Decimal("1.10"), "1.10"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-07-01T00:00:00Z"),
        (timedelta(hours=1), "PT1H"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\xff\x00", "_wA="),
        (float("inf"), "Infinity"),
        ({"a": [1, None, "ü"]}, {"a": [1, None, "ü"]}),
        (complex(1, 2), "1+2j"),
    ],
)
def test_values_are_json(value: Any, said: Any) -> None:
    """Whatever a column holds, the message can be read by anybody."""
    assert json.loads(row((1, "a"), value=value)["payload"])["after"] == {"value": said}


def test_a_composite_key_is_a_list() -> None:
    """In key order."""
    found = row((1, "a,b"))
    assert found["message_key"] == 'things:[1,"a,b"]'
    assert json.loads(found["payload"])["key"] == [1, "a,b"]


def test_a_changed_key_is_about_two_rows() -> None:
    """The order of both has to hold."""
    moved, old, new = row((2, "a"), before=(1, "a")), row((1, "a")), row((2, "a"))
    assert (moved["row_digest"], moved["digest_before"]) == (new["row_digest"], old["row_digest"])
    assert old["digest_before"] is None


def test_a_class_without_a_table_cannot_be_included() -> None:
    """A mistake is noticed at the start."""
    with pytest.raises(ConfigurationError, match="no mapped class"):
        included(dict, "things", values=False)

"""Schemas that a model changes by nesting classes, and schemas of objects that lack something."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from pydantic import ValidationError, computed_field, field_validator
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.errors import UsageError


class Named(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)

    class Meta:
        abstract = True
        metadata = sa.MetaData()

    class Create(Model.Create):
        @field_validator("name")
        @classmethod
        def small(cls, value: str) -> str:
            """Names are written small."""
            if value != value.lower():
                message = "Write it small."
                raise ValueError(message)
            return value

    class Read(Model.Read):
        @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property
        @property
        def kind(self) -> str:
            """What every child shows."""
            return "named"


class Place(Named):
    class Meta(Named.Meta):
        table = "nested_places"


def test_a_validator_of_a_column_needs_no_option() -> None:
    """Pydantic asks for check_fields=False, because the nested class has no columns of its own."""
    with pytest.raises(ValidationError, match="Write it small"):
        Place.Create.model_validate({"name": "BERN"})
    assert Place.Create.model_validate({"name": "bern"}).model_dump() == {"name": "bern"}


def test_children_inherit_the_schemas_of_their_base() -> None:
    """A computed field of the base was lost silently."""
    shown = Place.Read.model_validate({"id": 1, "name": "bern"})
    assert shown.model_dump() == {"id": 1, "name": "bern", "kind": "named"}


def test_an_object_that_is_not_saved_has_no_response() -> None:
    """Our error with the cure, instead of Pydantic's about the missing key."""
    with pytest.raises(UsageError, match=r"await obj\.save\(\)"):
        Place(name="bern").to_response()

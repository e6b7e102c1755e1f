"""Which resources have a writer: those whose documents are their columns and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from types import new_class
from typing import Annotated, Any

import pytest
import sqlalchemy as sa
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    computed_field,
    field_serializer,
    field_validator,
)
from sqlalchemy import event
from sqlalchemy.orm import Mapped, reconstructor

from portico.db.fields import BinaryField, ColumnField, IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database
from portico.resources.compiled.rendering import unwritten_because, writer_of

from .comparing import check_equal, described, general_documents


def model(read: type[Any] | None = None, **more: Any) -> type[Any]:
    """A model with a text, and with a Read schema of its own."""

    class Meta:
        metadata = sa.MetaData()
        table = "notes"

    body: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"id": Mapped[int], "text": Mapped[str]},
        "Meta": Meta,
        "id": IntegerField(primary_key=True),
        "text": StringField(default=""),
        **({"Read": read} if read else {}),
        **more,
    }
    made: type[Any] = new_class("Note", (Model,), exec_body=lambda space: space.update(body))
    return made


class Serialized(Model.Read):
    @field_serializer("text", check_fields=False)
    def loud(self, text: str) -> str:
        """Code of the application."""
        return text.upper()


class Validated(Model.Read):
    @field_validator("text", check_fields=False)
    @classmethod
    def loud(cls, text: str) -> str:
        """Code of the application."""
        return text.upper()


class Computed(Model.Read):
    @computed_field
    def size(self) -> int:
        """Code of the application."""
        return 5


class Aliased(Model.Read):
    text: str = Field(alias="body")


class Marked(Model.Read):
    text: Annotated[str, PlainSerializer(lambda text: text.upper())]


class Retyped(Model.Read):
    text: int


class Invented(Model.Read):
    more: int = 5


class Configured(Model.Read):
    model_config = ConfigDict(str_to_upper=True)


class Generated(Model.Read):
    model_config = ConfigDict(alias_generator=str.upper)


class Dumped(Model.Read):
    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Code of the application."""
        return {"text": "own", **options}


class Finished(Model.Read):
    def model_post_init(self, context: Any) -> None:  # noqa: ARG002 -- Pydantic's signature
        """Code of the application."""
        vars(self)["text"] = "own"


CODE: dict[type[BaseModel], str] = {
    Serialized: "serializers",
    Validated: "validators",
    Computed: "computed fields",
    Aliased: "'body'",
    Marked: "'text' as a type of its own",
    Retyped: "'text' as a type of its own",
    Invented: "'more', which is no column",
    Configured: "str_to_upper",
    Generated: "alias_generator",
    Dumped: "model_dump",
    Finished: "model_post_init",
}


@pytest.mark.parametrize(("read", "reason"), CODE.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_a_schema_with_more_than_columns_has_no_writer(db: Database, read: type[Any], reason: str) -> None:
    """What it does is done by Pydantic alone, and `portico doctor` says which."""
    resource = described(model(read))
    assert writer_of(resource, db) is None
    assert reason in str(unwritten_because(resource, db))


class Described(Model.Read):
    """A note as it is seen."""

    model_config = ConfigDict(title="Note", json_schema_extra={"x": 1})
    text: str = Field(description="What it says.", max_length=50)


def test_a_length_in_a_schema_is_a_check_of_its_own(db: Database) -> None:
    """A row that breaks it is shown another way."""
    assert "'text'" in str(unwritten_because(described(model(Described)), db))


async def test_a_description_changes_no_document(db: Database) -> None:
    """Titles and extras of the schema are for documentation."""

    class Titled(Model.Read):
        model_config = ConfigDict(title="Note", json_schema_extra={"x": 1})
        text: str = Field(description="What it says.")

    note = model(Titled)
    await db.create_tables(note)
    await note.create(text="é")
    assert await check_equal(described(note), db) == 1


async def test_a_hidden_column_is_not_in_it(db: Database) -> None:
    """Nor is what it holds read."""
    note = model()
    await db.create_tables(note)
    await note.create(text="secret")
    resource = described(note, hidden=["text"])
    writer = writer_of(resource, db)
    assert writer is not None
    assert writer.names == ("id",)
    assert await check_equal(resource, db) == 1


def _rebuilt(note: Any) -> None:
    note.rebuilt_with = note.id


def _looked_up(note: Any, name: str) -> Any:
    return object.__getattribute__(note, name)


CLASSES: list[tuple[Callable[[], type[Any]], str]] = [
    (lambda: model(rebuilt=reconstructor(_rebuilt)), "a listener for load"),
    (lambda: model(__getattribute__=_looked_up), "__getattribute__"),
    (lambda: model(money=ColumnField(sa.PickleType(), nullable=True)), "application's own"),
]


@pytest.mark.parametrize(("make", "reason"), CLASSES, ids=lambda one: one if isinstance(one, str) else "")
def test_a_class_with_code_between_row_and_object_has_no_writer(
    db: Database, make: Callable[[], type[Any]], reason: str
) -> None:
    """Its objects may be more than their rows."""
    assert reason in str(unwritten_because(described(make()), db))


def test_a_listener_of_the_application_is_noticed(db: Database) -> None:
    """It may change what was loaded."""
    note = model()
    event.listen(note, "load", lambda *_: None)
    assert "a listener for load" in str(unwritten_because(described(note), db))


def test_the_writer_may_be_chosen(db: Database) -> None:
    """The safe switch leaves everything to Pydantic."""
    note = model()
    assert writer_of(described(note, writer="rows"), db) is not None
    assert "pydantic" in str(unwritten_because(described(note, writer="pydantic"), db))


async def test_bytes_that_a_refused_row_shows_are_the_same_base64(db: Database, backend: str) -> None:
    """A row that its schema refuses had its bytes in the alphabet of URLs, which no client expects."""
    if backend != "sqlite":
        pytest.skip("only SQLite stores such a row")
    note = model(data=BinaryField(nullable=True, default=None))
    await db.create_tables(note)
    await note.create(text="é", data=b"\xff\xfe\xfd")
    await db.execute_raw("UPDATE notes SET text = x'ff'")
    [shown] = await general_documents(described(note), db)
    assert shown["data"] == "//79"

"""Create, Update and Read: what is in them, and how a user changes them."""

from __future__ import annotations

import pydantic
import pytest
import sqlalchemy as sa
from pydantic import BaseModel, computed_field, field_validator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.fields import (
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    PasswordField,
    SecretField,
    StringField,
)
from portico.db.models import Model, schemas_for
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.errors import UnknownNameError


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Account(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    username: Mapped[str] = StringField(max_length=10, min_length=2)
    nick: Mapped[str | None] = StringField(max_length=10, nullable=True)
    points: Mapped[int] = IntegerField(default=7)
    password: Mapped[str] = PasswordField()
    token: Mapped[str | None] = SecretField(nullable=True)
    notes: Many["Note"] = OneToMany(back_populates="account")


class Note(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    copy: Mapped[str] = StringField(max_length=10)
    made_at: Mapped[object] = DateTimeField(auto_now_add=True)
    account_id: Mapped[int] = ForeignKeyField(Account)
    account: Ref[Account] = ManyToOne(back_populates="notes")

    class Read(Model.Read):
        @computed_field  # type: ignore[prop-decorator]  # mypy does not follow pydantic's decorator over property
        @property
        def shout(self) -> str:
            """A value worked out in Python."""
            return str(vars(self)["copy_"]).upper()

    class Create(Model.Create):
        @field_validator("copy_", check_fields=False)
        @classmethod
        def no_tabs(cls, value: str) -> str:
            """A rule of the application."""
            if "\t" in value:
                raise ValueError("no tabs please")
            return value


def names(schema: type[BaseModel]) -> set[str]:
    """The fields of a schema as a client writes them."""
    return {field.alias or name for name, field in schema.model_fields.items()}


def test_the_schemas_have_stable_names() -> None:
    """They are the names of the generated clients' types."""
    assert [s.__name__ for s in (Account.Create, Account.Update, Account.Read)] == [
        "AccountCreate",
        "AccountUpdate",
        "AccountRead",
    ]


def test_a_password_goes_in_and_never_comes_out() -> None:
    """Write-only means in Create and Update, not in Read."""
    assert "password" in names(Account.Create) & names(Account.Update)
    assert "password" not in names(Account.Read)


def test_a_secret_is_in_no_schema() -> None:
    """A secret is for the program alone."""
    assert not any("token" in names(s) for s in (Account.Create, Account.Update, Account.Read))


def test_generated_keys_and_timestamps_are_read_only() -> None:
    """A client cannot set what the database or Portico sets."""
    assert "id" not in names(Account.Create)
    assert "made_at" not in names(Note.Create) | names(Note.Update)
    assert {"id", "made_at"} <= names(Note.Read)


def test_create_asks_for_what_has_no_default() -> None:
    """Optional is what may be left out, not what may be null."""
    required = {n for n, f in Account.Create.model_fields.items() if f.is_required()}
    assert required == {"username", "password"}


def test_update_knows_what_was_sent() -> None:
    """Absent, null and a value are three things."""
    sent = Account.Update.model_validate({"nick": None})
    assert sent.model_fields_set == {"nick"}
    with pytest.raises(pydantic.ValidationError):
        Account.Update.model_validate({"username": None})


@pytest.mark.parametrize("bad", [{"username": "x"}, {"username": "x" * 11}, {"username": "a\0b"}])
def test_the_limits_of_the_field_are_the_limits_of_the_schema(bad: dict[str, str]) -> None:
    """One declaration, one rule at every door."""
    with pytest.raises(pydantic.ValidationError):
        Account.Create.model_validate({"password": "long enough", **bad})


def test_an_unknown_field_is_refused() -> None:
    """A misspelt field must not be lost."""
    with pytest.raises(pydantic.ValidationError, match="usernme"):
        Account.Create.model_validate({"username": "ann", "password": "long enough", "usernme": 1})


def test_a_nested_class_adds_a_computed_field_and_a_validator() -> None:
    """This is how a model overrides its schemas, also where a column is called like a Pydantic method."""
    read = Note.Read.model_validate(
        {"id": 1, "copy": "hey", "made_at": "2024-01-01T00:00:00Z", "account_id": 1}
    )
    assert read.model_dump(by_alias=True)["shout"] == "HEY"
    with pytest.raises(pydantic.ValidationError, match="no tabs please"):
        Note.Create.model_validate({"copy": "a\tb", "account_id": 1})


def test_relations_nest_to_the_depth_that_is_asked_for() -> None:
    """No relation comes by itself; each path is one more level."""
    nested = Note.read_schema("account")
    assert nested.__name__ == "NoteReadWithAccount"
    assert nested.model_fields["account"].annotation == Account.Read | None
    with pytest.raises(UnknownNameError, match="'account'"):
        Note.read_schema("acount")


def test_a_plain_mapped_class_has_schemas_too() -> None:
    """Whoever has SQLAlchemy models already need not rewrite them."""

    class PlainBase(DeclarativeBase): ...

    class Plain(PlainBase):
        __tablename__ = "plain"
        id: Mapped[int] = mapped_column(primary_key=True)
        label: Mapped[str] = mapped_column(sa.String(3))

    assert names(schemas_for(Plain).create) == {"label"}
    with pytest.raises(pydantic.ValidationError):
        schemas_for(Plain).create.model_validate({"label": "four"})

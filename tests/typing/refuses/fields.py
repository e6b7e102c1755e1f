"""Uses of fields that a type checker must refuse: the marked lines, and no others."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import (
    BooleanField,
    DecimalField,
    EnumField,
    ForeignKeyField,
    IntegerField,
    PasswordField,
    StringField,
    TextField,
)
from portico.db.models import Model


class Color(Enum):
    """Some colours."""

    RED = "red"


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Author(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    age: Mapped[int] = IntegerField(min_value=0)
    nick: Mapped[str | None] = StringField(nullable=True, default=None)


class Code(Base):
    id: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)


class Wrong(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    type_: Mapped[int] = StringField()  # expect-error
    null: Mapped[str] = StringField(nullable=True)  # expect-error
    none: Mapped[str] = StringField(default=None)  # expect-error
    default: Mapped[int] = IntegerField(default="x")  # expect-error
    length: Mapped[int] = IntegerField(max_length=3)  # expect-error
    scale: Mapped[str] = StringField(scale=2)  # expect-error
    limit: Mapped[bool] = BooleanField(min_value=1)  # expect-error
    key: Mapped[str] = TextField(primary_key=True)  # expect-error
    choices: Mapped[str] = StringField(choices=[1])  # expect-error
    checked: Mapped[str] = StringField(validators=[len])  # expect-error
    digits: Mapped[float] = DecimalField()  # expect-error
    member: Mapped[Color] = EnumField(Color, default="red")  # expect-error
    open: Mapped[str] = PasswordField(default="secret")  # expect-error
    action: Mapped[int] = ForeignKeyField("Author", on_delete="explode")  # expect-error


async def constructors() -> None:
    """Missing, unknown and wrong arguments."""
    Author(age=3)  # expect-error
    Author(name="ann")  # expect-error
    Author(nme="ann", name="ann", age=3)  # expect-error
    Author(name=3, age=3)  # expect-error
    Author(name=None, age=3)  # expect-error
    Author(id=7, name="ann", age=3)  # expect-error
    Author("ann", 3)  # expect-error
    Code()  # expect-error
    await Author.create(nme="ann", name="ann", age=3)  # expect-error
    await Author.create(name=3, age=3)  # expect-error


def attributes(author: Author) -> None:
    """Assignments of another type."""
    author.name = 5  # expect-error
    author.name = None  # expect-error
    author.nmae = "ann"  # expect-error
    assert Author.nmae  # expect-error

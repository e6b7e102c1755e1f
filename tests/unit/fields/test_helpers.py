"""From a line in a class body to a column: options, types, defaults, mistakes."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import DeclarativeBase, Mapped

from portico.db.fields import (
    FIELD_SPECIFIERS,
    ArrayField,
    BooleanField,
    ColumnField,
    DateTimeField,
    DecimalField,
    EnumField,
    IntegerField,
    JSONField,
    PasswordField,
    StringField,
    TextField,
    UUIDField,
    spec_of,
)
from portico.errors import ConfigurationError


class Base(DeclarativeBase):
    pass


class Size(enum.Enum):
    """Two members."""

    SMALL = "s"
    LARGE = "l"


class Mixed(enum.Enum):
    """A number and a text."""

    A = 1
    B = "b"


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50, unique=True, index=True, comment="Shown to all.")
    nick: Mapped[str | None] = StringField(max_length=50)
    note = TextField(nullable=True)
    plain = TextField()
    stored_as: Mapped[str] = StringField(column_name="storedAs", title="Stored", description="As it is.")
    tags: Mapped[list[str]] = ArrayField(str, default=[])
    made: Mapped[dt.datetime] = DateTimeField(auto_now=True)
    on: Mapped[bool] = BooleanField(server_default=True)
    level: Mapped[int] = IntegerField(server_default=3)
    size: Mapped[Size] = EnumField(Size, default=Size.SMALL)
    key: Mapped[uuid.UUID] = UUIDField()
    free: Mapped[Any] = ColumnField(sa.Numeric(6, 3), nullable=True)


def column(name: str) -> sa.Column[Any]:
    """A column of the table above, by its name there."""
    found = Thing.__table__.c[name]
    assert isinstance(found, sa.Column)
    return found


def test_null_is_allowed_where_the_annotation_or_the_option_says_so() -> None:
    """Without either, a field is required: the opposite of SQLAlchemy's default for bare columns."""
    allowed = [one.name for one in Thing.__table__.c if one.nullable]
    assert allowed == ["nick", "note", "free"]


def test_the_spec_tells_what_the_column_is() -> None:
    """One description for schemas, checks and doors."""
    spec = spec_of(column("name"))
    assert (spec.name, spec.python_type, spec.max_length, spec.unique) == ("name", str, 50, True)
    assert (spec.comment, spec.required, spec.nullable) == ("Shown to all.", True, False)
    assert spec_of(column("id")).generated


def test_a_column_name_may_differ_from_the_attribute() -> None:
    """Portico speaks of attributes, SQL of columns."""
    spec = spec_of(sa.inspect(Thing).attrs["stored_as"])
    assert (spec.name, spec.column_name, spec.title, spec.description) == (
        *("stored_as", "storedAs"),
        *("Stored", "As it is."),
    )


def test_a_mutable_default_is_copied() -> None:
    """Two rows must not share a list."""
    spec = spec_of(column("tags"))
    first, second = spec.make_default(), spec.make_default()
    assert (first, second) == ([], [])
    assert first is not second


def test_automatic_times_are_made_in_python() -> None:
    """At every insert and update, without a read."""
    made, spec = column("made"), spec_of(column("made"))
    assert isinstance(made.default, sa.ColumnDefault)
    assert isinstance(made.onupdate, sa.ColumnDefault)
    assert (spec.auto_now, spec.required) == (True, False)


def test_defaults_of_the_database_take_plain_values() -> None:
    """`server_default=3` needs no quotes and no text()."""
    assert not spec_of(column("level")).required
    for name, written in (("level", "3"), ("on", "true")):
        default = column(name).server_default
        assert isinstance(default, sa.DefaultClause)
        assert str(default.arg) == written


def test_uuid_keys_make_themselves_in_the_order_of_time() -> None:
    """So that the newest key is the greatest."""

    class Keyed(DeclarativeBase):
        pass

    class Row(Keyed):
        __tablename__ = "rows"
        id: Mapped[uuid.UUID] = UUIDField(primary_key=True)

    spec = spec_of(Row.__table__.c.id)
    made = [spec.make_default() for _ in range(50)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert spec_of(column("key")).required


def test_any_sqlalchemy_type_can_be_a_field() -> None:
    """With the checks that its type implies."""
    spec = spec_of(column("free"))
    assert (spec.precision, spec.scale, spec.nullable) == (6, 3, True)


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (StringField, {"max_lenght": 5}, "has no option 'max_lenght'. Did you mean 'max_length'?"),
    (IntegerField, {"max_length": 5}, "IntegerField has no option 'max_length'."),
    (TextField, {"primary_key": True}, "TextField has no option 'primary_key'."),
    (PasswordField, {"unique": True}, "PasswordField has no option 'unique'."),
    (StringField, {"max_length": 0}, "could hold nothing"),
    (
        StringField,
        {"max_length": 2, "default": "abc"},
        "default='abc') does not fit the field itself: At most 2",
    ),
    (StringField, {"choices": []}, "is empty"),
    (StringField, {"choices": ["a"], "default": "b"}, "One of these is expected: a."),
    (IntegerField, {"choices": ["x"]}, "A whole number is expected."),
    (IntegerField, {"min_value": 3, "max_value": 2}, "a least value above the greatest"),
    (StringField, {"primary_key": True, "nullable": True}, "a key is never null"),
    (StringField, {"nullable": False, "default": None}, "None would be refused"),
    (DateTimeField, {"auto_now": True, "auto_now_add": True}, "choose one"),
    (DateTimeField, {"auto_now": True, "default": dt.datetime.now}, "choose one"),
    (DecimalField, {"precision": 2, "scale": 3}, "exists on no database"),
    (DecimalField, {"precision": 66}, "exists on no database"),
]


@pytest.mark.parametrize(("helper", "options", "said"), WRONG)
def test_a_wrong_option_fails_when_the_model_is_imported(
    helper: Any, options: dict[str, Any], said: str
) -> None:
    """Not at the first insert in production."""
    with pytest.raises(ConfigurationError) as caught:
        helper(**options)
    assert said in str(caught.value)


def test_a_validator_cannot_be_async() -> None:
    """Nobody would await it, and every value would pass."""

    async def check(value: str) -> None:
        """Looks something up."""

    mistaken: Any = check
    with pytest.raises(ConfigurationError, match="validators are not awaited"):
        StringField(validators=[mistaken])


def test_an_enumeration_has_values_of_one_kind() -> None:
    """A column has one type."""
    with pytest.raises(ConfigurationError, match="neither all text nor all whole numbers"):
        EnumField(Mixed)


def test_an_array_holds_what_every_database_can() -> None:
    """And says what that is."""
    with pytest.raises(ConfigurationError, match="It can hold: str, int"):
        ArrayField(dict)


@pytest.mark.parametrize(
    "choices", [["s", "l"], [("s", "Small"), ("l", "Large")], Size], ids=["values", "pairs", "enumeration"]
)
def test_choices_are_written_as_values_pairs_or_an_enumeration(choices: Any) -> None:
    """Django's pairs carry labels, which a database does not need."""
    field: Any = StringField(choices=choices)
    assert spec_of(field.column).choices == ("s", "l")


def test_the_schema_shows_the_rules() -> None:
    """What is checked is what is documented."""
    field: Any = StringField(max_length=5, min_length=1)
    chosen: Any = StringField(choices=["a", "b"], nullable=True)
    assert TypeAdapter(spec_of(field.column).annotation).json_schema() == {
        "maxLength": 5,
        "minLength": 1,
        "type": "string",
    }
    assert TypeAdapter(spec_of(chosen.column).annotation).json_schema() == {
        "anyOf": [{"enum": ["a", "b"], "type": "string"}, {"type": "null"}]
    }


def test_bytes_are_base64_in_json() -> None:
    """Both ways, so that what is read can be sent back."""
    field: Any = ColumnField(sa.LargeBinary())
    spec = spec_of(field.column)
    assert TypeAdapter(spec.read_annotation).dump_json(b"\x00\xff") == b'"AP8="'
    assert spec.validate("AP8=") == b"\x00\xff"


def test_a_stored_value_outside_the_rules_can_be_read() -> None:
    """Rules change, rows stay; a list must not fail for one of them."""
    field: Any = StringField(max_length=2, choices=["a"])
    assert TypeAdapter(spec_of(field.column).read_annotation).validate_python("too long") == "too long"


def test_json_defaults_are_documents() -> None:
    """Checked like any other default."""
    with pytest.raises(ConfigurationError, match="NaN"):
        JSONField(default=float("nan"))


def test_the_specifiers_are_those_whose_absence_is_an_error() -> None:
    """Keys, references and times are not among them."""
    names = {one.__name__ for one in FIELD_SPECIFIERS}
    assert {"StringField", "IntegerField", "PasswordField"} <= names
    assert not {"UUIDField", "DateTimeField", "ForeignKeyField", "ColumnField"} & names

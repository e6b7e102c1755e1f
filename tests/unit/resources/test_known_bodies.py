"""What is known of a body by its names is what looking at each of its values finds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError, field_validator
from sqlalchemy import MetaData

from portico import (
    ArrayField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    EnumField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Mapped,
    Model,
    Policy,
    SmallIntegerField,
    StringField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
)
from portico.db.models.shapes import fresh_values, new_values
from portico.errors import InvalidError
from portico.resources import Exposure, Resources, describe_all
from portico.resources.hooks import Hooks
from portico.resources.writing import KnownBodies, sent_values

_numbers = count(1)
METADATA = MetaData()


class Mood(Enum):
    """Texts with names."""

    GOOD = "good"
    BAD = "bad"


class Closed(Model):
    """What not everybody may read."""

    id: Mapped[int] = IntegerField(primary_key=True)

    class Meta:
        """Apart from the classes of other tests."""

        metadata = METADATA


class Thing(Model):
    """A column of every kind, said or made by itself."""

    id: Mapped[int] = IntegerField(primary_key=True)
    whole: Mapped[int] = IntegerField(min_value=-5, default=7)
    big: Mapped[int | None] = BigIntegerField(nullable=True)
    small: Mapped[int] = SmallIntegerField(choices=(1, 2, 3), default=1)
    real: Mapped[float] = FloatField()
    exact: Mapped[Decimal] = DecimalField(precision=6, scale=2, default=Decimal("1.5"))
    flag: Mapped[bool] = BooleanField(default=False)
    name: Mapped[str] = StringField(max_length=8)
    long: Mapped[str | None] = TextField(nullable=True)
    mail: Mapped[str | None] = EmailField(nullable=True)
    home: Mapped[str | None] = URLField(nullable=True)
    at: Mapped[dt.datetime | None] = DateTimeField(nullable=True)
    day: Mapped[dt.date | None] = DateField(nullable=True)
    hour: Mapped[dt.time | None] = TimeField(nullable=True)
    took: Mapped[dt.timedelta | None] = DurationField(nullable=True)
    mark: Mapped[UUID | None] = UUIDField(nullable=True)
    mood: Mapped[Mood] = EnumField(Mood, default=Mood.GOOD)
    data: Mapped[Any] = JSONField(default=dict)
    tags: Mapped[list[str] | None] = ArrayField(str, nullable=True)
    raw: Mapped[bytes | None] = BinaryField(nullable=True)
    loud: Mapped[str] = StringField(max_length=8, validators=[str.upper], default="quiet")
    number: Mapped[int] = IntegerField(default=lambda: next(_numbers))
    made_at: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)
    seen_at: Mapped[dt.datetime] = DateTimeField(auto_now=True)

    class Meta:
        """Apart from the classes of other tests."""

        metadata = METADATA


class Read(Model):
    """A class whose author reads bodies himself."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=8)
    closed_id: Mapped[int | None] = ForeignKeyField(Closed, nullable=True)

    class Create(Model.Create):
        """Takes names as they are not written."""

        @field_validator("name", check_fields=False)
        @classmethod
        def twice(cls, value: str) -> str:
            """Longer than the column takes, where it is long."""
            return value * 2

    class Meta:
        """Apart from the classes of other tests."""

        metadata = METADATA


WRITERS = Policy(read=True, create=True, update=True)
PRIVATE = Policy(read=lambda who: Closed.id == who)


def resources(**policies: Policy) -> Resources:
    """The three classes as they are exposed."""
    chosen = {"things": WRITERS, "reads": WRITERS, "closeds": PRIVATE} | policies
    models = {"things": Thing, "reads": Read, "closeds": Closed}
    return describe_all([Exposure(model=models[name], policy=chosen[name], name=name) for name in models])


TEXTS = st.sampled_from([
    "", "a", "ann@example.com", "http://a.b/c", "2026-01-31", "2026-01-31T12:00:00+02:00", "12:30:00", "PT1H",
    "12.30", "1e2", "good", "YQ==", "12345678-1234-5678-1234-567812345678", "ninecharsx", "x\x00", "\udc80",
])  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 40_000), st.floats(-9, 9), TEXTS,
    st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, st.integers(), max_size=2),
)  # fmt: skip
FITTING = {
    "whole": st.integers(-5, 99), "big": st.integers(-(2**63), 2**63 - 1), "small": st.integers(1, 3),
    "real": st.floats(allow_nan=False, allow_infinity=False),
    "exact": st.sampled_from(["-0", "1.5", 1234.56, 7]),
    "flag": st.booleans(), "name": st.sampled_from(["", "ann", "äöü"]), "long": st.none() | st.just("x"),
    "mail": st.just("ann@example.com"), "home": st.just("https://a.b"), "day": st.just("2026-01-31"),
    "at": st.sampled_from(["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"]), "hour": st.just("12:30"),
    "took": st.just("PT1H"), "mark": st.uuids().map(str), "mood": st.sampled_from(["good", "bad"]),
    "data": st.sampled_from([{"a": [1.5, None]}, "x", 1]), "tags": st.none() | st.just(["a", "b"]),
    "raw": st.just("YQ=="), "loud": st.sampled_from(["ann", "BEA"]), "number": st.integers(1, 9),
}  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"name": FITTING["name"], "real": FITTING["real"]},
    optional={name: values for name, values in FITTING.items() if name not in ("name", "real")},
)


def told(values: dict[str, Any] | None) -> Any:
    """Values with their types; moments and numbers that are made only by what they are."""
    own = ("made_at", "seen_at", "number")
    known = {} if values is None else values
    return {
        name: (type(value).__name__, None if name in own else repr(value)) for name, value in known.items()
    }


@given(body=BODIES)
def test_a_new_row_holds_what_its_values_become(body: dict[str, Any]) -> None:
    """The second look at a value that has passed may be left out only because it would change nothing."""
    exposed = resources()
    things = exposed["things"]
    sent = things.schemas.create.model_validate(body)
    known = KnownBodies(things, exposed).body("create", sent.model_fields_set)
    values = None if known is None else known.values(sent)
    assert known is not None
    assert values is not None
    assert told(dict(zip(known.names, values, strict=True))) == told(
        new_values(Thing, sent_values(things, sent))
    )


@given(body=st.dictionaries(st.sampled_from(sorted(FITTING)), VALUES, max_size=5))
def test_a_changed_row_holds_what_its_values_become(body: dict[str, Any]) -> None:
    """Whatever a client sends: a body that its schema takes sets what the longer way would set."""
    exposed = resources()
    things = exposed["things"]
    try:
        sent = things.schemas.update.model_validate(body)
    except ValidationError:
        return
    known = KnownBodies(things, exposed).body("update", sent.model_fields_set)
    try:
        looked_at = fresh_values(Thing, sent_values(things, sent))
    except InvalidError:
        looked_at = None
    values = None if known is None else known.values(sent)
    assert (known is None or values is None) == (looked_at is None)
    assert told(
        None if known is None or values is None else dict(zip(known.names, values, strict=True))
    ) == told(looked_at)


def test_moments_of_one_row_are_the_same() -> None:
    """A row was not changed after it was made."""
    exposed = resources()
    sent = exposed["things"].schemas.create.model_validate({"name": "ann", "real": 1})
    known = KnownBodies(exposed["things"], exposed).body("create", sent.model_fields_set)
    assert known is not None
    row = dict(zip(known.names, known.values(sent) or (), strict=True))
    assert row["made_at"] == row["seen_at"]


def test_what_an_author_makes_of_a_value_is_checked_again() -> None:
    """Code of the application may give what no column takes."""
    exposed = resources()
    schema = exposed["reads"].schemas.create
    known = KnownBodies(exposed["reads"], exposed).body("create", {"name"})
    assert known is not None
    assert known.values(schema.model_validate({"name": "ann"})) == ["annann", None]
    assert known.values(schema.model_validate({"name": "annabel"})) is None


def test_a_body_that_lacks_a_value_is_not_known() -> None:
    """What is missing is said in other words elsewhere."""
    exposed = resources()
    assert KnownBodies(exposed["things"], exposed).body("create", {"name"}) is None


def test_a_reference_to_what_not_everybody_may_read_is_asked_for() -> None:
    """It must lead to a row within reach, which differs by caller."""
    exposed = resources()
    known = KnownBodies(exposed["reads"], exposed)
    assert known.body("create", {"name", "closed_id"}) is None
    assert known.body("update", {"closed_id"}) is None
    assert known.body("update", {"name"}) is not None


@pytest.mark.parametrize(
    "policy",
    [
        Policy(read=True, create=lambda who: who == 1, update=True),
        Policy(read=True, create=Thing.whole > 0, update=True),
        Policy(read=True, create=True, update=True, check=lambda who: Thing.whole == who),
    ],
)
def test_rules_of_new_rows_are_asked_each_time(policy: Policy) -> None:
    """Only what is open to everybody needs no question."""
    exposed = resources(things=policy)
    assert KnownBodies(exposed["things"], exposed).body("create", {"name", "real"}) is None


def test_code_that_runs_with_new_rows_is_not_passed_by() -> None:
    """Hooks see objects."""

    class Watched(Hooks[Thing]):
        """Looks at each row."""

        async def before_create(self, change: Any) -> None:
            """Do nothing."""

    exposed = describe_all([Exposure(model=Thing, policy=WRITERS, name="things", hooks=Watched)])
    assert KnownBodies(exposed["things"], exposed).body("create", {"name", "real"}) is None

"""JSON is held to its types: nothing is read into a value that the client did not send."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from portico.errors import InvalidError
from portico.web.bodies import ExactFloat
from portico.web.strictness import StrictReader


class Level(IntEnum):
    """Numbers with names."""

    LOW = 1


class Mood(Enum):
    """Texts with names."""

    GOOD = "good"


class Everything(BaseModel):
    """A field of each kind."""

    whole: int | None = None
    real: float = 0
    exact: Decimal = Decimal()
    text: str = ""
    flag: bool = False
    at: dt.datetime | None = None
    day: dt.date | None = None
    took: dt.timedelta | None = None
    key: UUID | None = None
    level: Level | None = None
    mood: Mood | None = None
    vote: Literal[1, -1] = 1
    many: list[int] = []
    either: int | str = 0
    free: Any = None


READER = StrictReader(Everything)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", "5"), ("whole", "1_000"), ("whole", True), ("whole", 1.5), ("whole", 2.0**60),
        ("whole", [True]),
        ("real", "1.5"), ("real", True), ("exact", "1_0"), ("exact", " 1"), ("exact", "NaN"), ("exact", True),
        ("text", 5), ("text", True), ("flag", 1), ("flag", "true"), ("at", 1), ("at", "1700000000"),
        ("day", "20260131"), ("took", 60), ("took", "60"), ("key", 1), ("level", True), ("level", 1.0),
        ("mood", True), ("vote", True), ("vote", 1.0), ("many", [1, "2"]), ("either", True),
    ],
)  # fmt: skip
def test_another_json_type_is_refused(name: str, value: object) -> None:
    """A client that sends "5" for a number has a mistake, which is best found at once."""
    with pytest.raises(InvalidError) as caught:
        StrictReader(Everything).check({name: value})
    assert list(caught.value.fields) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", 5), ("whole", 1.0), ("whole", None), ("real", 1), ("real", 1.5), ("exact", "12.30"),
        ("exact", 1.5),
        ("exact", 12), ("text", "5"), ("flag", True), ("at", "2026-01-31T12:00:00Z"), ("day", "2026-01-31"),
        ("took", "PT1H"), ("key", "12345678123456781234567812345678"), ("level", 1), ("mood", "good"),
        ("vote", -1), ("many", [1, 2]), ("either", "x"), ("either", 1), ("free", {"a": [True]}),
    ],
)  # fmt: skip
def test_what_json_can_say_is_let_through(name: str, value: object) -> None:
    """Texts stand for what JSON has no type for."""
    assert StrictReader(Everything).check({name: value}) == {name: value}


def test_a_developers_own_reading_of_a_field_holds() -> None:
    """A validator that runs before Pydantic's was written to take other things."""

    class Own(BaseModel):
        """Three ways to say so."""

        first: Annotated[int, BeforeValidator(int)]
        second: int = Field(strict=False)
        third: int
        fourth: int

        @field_validator("third", mode="before")
        @classmethod
        def read(cls, value: Any) -> Any:
            """Take texts."""
            return int(value)

    reader = StrictReader(Own)
    assert reader.check({"first": "1", "second": "1", "third": "1"})
    with pytest.raises(InvalidError):
        reader.check({"fourth": "1"})


def test_a_model_validator_that_comes_first_takes_over_the_body() -> None:
    """It may turn the body into something else altogether."""

    class Own(BaseModel):
        """Reads its own form."""

        size: int

        @model_validator(mode="before")
        @classmethod
        def read(cls, value: Any) -> Any:
            """Take texts."""
            return {"size": int(value["size"])}

    assert StrictReader(Own).check({"size": "1"}) == {"size": "1"}


TEXTS = st.one_of(
    st.sampled_from(
        ["5", "1.5", "+1e5", "1_0", " 1", "NaN", "2026-01-31", "PT1H", "good", ".", "1.", "\u0661"]
    ),
    st.text(max_size=3),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.builds(ExactFloat, st.just("1.50")),
    TEXTS,
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXTS, SCALARS, max_size=2))


def refused(body: dict[str, Any]) -> set[str]:
    """The fields of a body that are not held to their types."""
    try:
        READER.check(body)
    except InvalidError as error:
        return set(error.fields)
    return set()


@given(body=st.dictionaries(st.sampled_from(sorted(Everything.model_fields)), VALUES))
def test_a_look_at_once_finds_what_a_walk_finds(body: dict[str, Any]) -> None:
    """A body with a mistake is walked through for all of them; what it says must not depend on the others."""
    body = {name: value for name, value in body.items() if name != "flag"}
    assert refused(body) == refused({**body, "flag": "no"}) - {"flag"}
    assert set().union(*(refused({name: value}) for name, value in body.items())) == refused(body)

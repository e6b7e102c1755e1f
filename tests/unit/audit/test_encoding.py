"""What is recorded comes back equal, whatever type it has."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from portico.db.audit.encoding import MASKED, Opaque, decode, encode
from portico.errors import UsageError
from tests.integration.fields.values import ROUND_TRIPS

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("$"), inner))


@pytest.mark.parametrize("kind", ROUND_TRIPS)
def test_every_value_of_every_field_type_comes_back(kind: str) -> None:
    """The same values that the databases are asked to keep."""
    for value in ROUND_TRIPS[kind][1]:
        found = decode(encode(value), type(value) if isinstance(value, Enum) else None)
        assert (found, type(found)) == (value, type(value))


@given(VALUES)
def test_whatever_is_written_is_read_again(value: Any) -> None:
    """Also inside of documents, and where a document uses our own mark as a name."""
    assert decode(encode(value)) == value


@given(st.text())
def test_the_text_can_be_stored(value: str) -> None:
    """No NUL and no half of a pair reaches a driver."""
    encode(value).encode()
    assert "\x00" not in encode(value)


@pytest.mark.parametrize(
    "value",
    [
        (1, "a"),
        frozenset({(1,), (2,)}),
        ipaddress.ip_address("::1"),
        MASKED,
        uuid.UUID(int=1),
        Decimal("1E+5"),
    ],
    ids=repr,
)
def test_keys_addresses_and_masks_come_back(value: Any) -> None:
    """What is in entries besides values of fields."""
    assert decode(encode(value)) == value


def test_a_value_of_an_unknown_type_is_kept_as_its_text() -> None:
    """It can be read, and is not taken for the value."""
    found = decode(encode(range(3)))
    assert (type(found), found) == (Opaque, "range(0, 3)")


def test_an_enumeration_that_lost_a_member_shows_its_value() -> None:
    """Old entries stay readable."""

    class Mood(Enum):
        GOOD = "good"

    assert decode(encode("sad"), Mood) == "sad"


def test_an_expression_is_refused() -> None:
    """Its SQL is no value, and nobody should take it for one."""
    with pytest.raises(UsageError, match="SQL expression"):
        encode(sa.func.now())


def test_a_mask_is_shown_in_json() -> None:
    """A route that answers with what changed is not broken by a secret in it."""
    assert to_json({"pin": (None, MASKED)}) == b'{"pin":[null,"***"]}'

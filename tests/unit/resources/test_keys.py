"""Keys as path segments: typed, composite, escaped."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.unit.resources.blog import Mood, blog

from portico.errors import NotFoundError
from portico.resources import read_key, write_key

RESOURCES = blog()


@pytest.mark.parametrize("key", [(1, "plain"), (2, "a,b"), (3, "a/b~c"), (4, "~1~"), (5, ""), (-6, "ü %")])
def test_keys_survive_the_way_through_a_path(key: tuple[Any, ...]) -> None:
    """Commas, slashes and tildes in a text part must neither split nor end it."""
    segment = write_key(key)
    assert "/" not in segment
    assert read_key(RESOURCES["vote_list"], segment) == key


@pytest.mark.parametrize("segment", ["1", "1,a,b", "x,a", "1,a~4", "1,\x00", "1_0,a", str(2**70) + ",a"])
def test_what_cannot_be_a_key_names_no_row(segment: str) -> None:
    """A path that names nothing is 404, whatever it looks like."""
    with pytest.raises(NotFoundError):
        read_key(RESOURCES["vote_list"], segment)


def test_keys_of_other_types_are_written_as_in_json() -> None:
    """Dates, enumerations and booleans may be parts of keys."""
    assert write_key((dt.date(2026, 1, 31), Mood.GOOD, True)) == "2026-01-31,good,true"


@pytest.mark.parametrize("text", [".", ".."])
def test_a_key_of_dots_is_no_step_in_a_path(text: str) -> None:
    """Clients resolve `/tags/..` before they send it, and reach another place."""
    assert "." not in write_key((text,))
    assert read_key(RESOURCES["vote_list"], f"1,{write_key((text,))}") == (1, text)

"""A plan that was made by the help of one like it is the plan that would have been made anew."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.unit.resources.blog import blog

from portico.errors import InvalidParameterError
from portico.resources import Limits, ListPlan, Reach, parse_list

RESOURCES = blog()
TEXTS: dict[str, list[str]] = {
    "title": ["a", "", "a,b"],
    "title__in": ["a", "a,b", ""],
    "title__isnull": ["true", "false", "maybe"],
    "id": ["1", "2", "x", "99999999999999999999999"],
    "id__between": ["1,2", "1", "2,3"],
    "price__gte": ["1.50", "2", "1.505"],
    "published": ["true", "0", "2"],
    "author.username": ["ann", "ben"],
    "author.nobody": ["x"],
    "sort": ["-id", "title", "title,-id", "nothing"],
    "limit": ["5", "6", "0"],
    "offset": ["5", "6"],
    "cursor": ["one", "two", ""],
    "count": ["none", "exact", "some"],
    "fields": ["id", "id,title"],
    "include": ["author", "author.posts"],
    "include.author.username": ["ann", "ben"],
    "include.author.limit": ["1", "2"],
    "search": ["word", "two words"],
    "where": ['{"id": 1}', '{"id": 2}', "{"],
}


def _asked(chance: random.Random) -> list[tuple[str, str]]:
    names = chance.choices(list(TEXTS), k=chance.choice((0, 1, 2, 2, 3, 4)))
    return [(name, chance.choice(TEXTS[name])) for name in names]


def _outcome(reach: Reach, parameters: list[tuple[str, str]]) -> Any:
    try:
        return parse_list(reach, parameters)
    except InvalidParameterError as error:
        return str(error), error.parameter, error.choices, error.hint


def test_what_came_before_makes_no_difference() -> None:
    """Plans and refusals, whatever was asked for earlier."""
    chance = random.Random(5)
    kept = Reach(RESOURCES, RESOURCES["posts"])
    alike = 0
    for _ in range(4000):
        parameters = _asked(chance)
        found = _outcome(kept, parameters)
        assert found == _outcome(Reach(RESOURCES, RESOURCES["posts"]), parameters), parameters
        alike += isinstance(found, ListPlan) and found.like is not None
    assert alike > 500


def test_a_plan_knows_the_one_that_it_is_like() -> None:
    """Other values of conditions and another cursor, and nothing else."""
    reach = Reach(RESOURCES, RESOURCES["posts"])
    first = parse_list(reach, [("id__gte", "5"), ("sort", "-id")])
    assert first.like is None
    assert parse_list(reach, [("id__gte", "6"), ("sort", "-id"), ("cursor", "x")]).like is None
    assert parse_list(reach, [("id__gte", "6"), ("sort", "-id")]).like is first
    assert parse_list(reach, [("id__gte", "6"), ("sort", "id")]).like is None
    assert parse_list(reach, [("sort", "-id"), ("id__gte", "6")]).like is None


def test_conditions_are_counted_each_time() -> None:
    """A name that is known to be a condition is none too many."""
    few = Reach(RESOURCES, RESOURCES["posts"], Limits(conditions=1))
    parse_list(few, [("id", "1")])
    parse_list(few, [("title", "x")])
    with pytest.raises(InvalidParameterError, match="At most"):
        parse_list(few, [("id", "1"), ("title", "x")])

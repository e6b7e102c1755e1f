"""Parameters become plans, or errors that say which parameter and what it could be."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.resources.blog import Mood, blog

from portico.errors import InvalidParameterError
from portico.resources import (
    Condition,
    Include,
    Limits,
    ListPlan,
    Order,
    Reach,
    parse_list,
    parse_row,
)

RESOURCES = blog()
POSTS = Reach(RESOURCES, RESOURCES["posts"])


def plan(*parameters: tuple[str, str], reach: Reach = POSTS) -> ListPlan:
    """The plan of a list of posts."""
    return parse_list(reach, parameters)


def refused(*parameters: tuple[str, str]) -> InvalidParameterError:
    """Why a list of posts is refused."""
    with pytest.raises(InvalidParameterError) as caught:
        plan(*parameters)
    return caught.value


def test_no_parameters_are_a_first_page() -> None:
    """The defaults are those of INVARIANTS: 50 rows, never all."""
    assert plan() == ListPlan(limit=50, offset=0, count="capped")
    assert hash(plan()) == hash(ListPlan())


@pytest.mark.parametrize(
    ("name", "text", "lookup", "value"),
    [
        ("title", "a,b", "exact", "a,b"),
        ("title", "", "exact", ""),
        ("title__in", "a,b", "in", ("a", "b")),
        ("title__in", "", "in", ()),
        ("title__icontains", "50%", "icontains", "50%"),
        ("id__gte", "-5", "gte", -5),
        ("id__ge", "5", "gte", 5),
        ("id__between", "1,9", "between", (1, 9)),
        ("price", "1.50", "exact", Decimal("1.50")),
        ("rating__lt", ".5e1", "lt", 5.0),
        ("mood", "good", "exact", Mood.GOOD),
        ("published", "true", "exact", True),
        ("day", "2026-02-28", "exact", dt.date(2026, 2, 28)),
        ("day__year", "2026", "year", 2026),
        ("price__isnull", "1", "isnull", True),
        ("count__exact", "5", "exact", 5),
        ("count__gt", "5", "gt", 5),
    ],
)
def test_texts_become_values_of_their_columns(name: str, text: str, lookup: str, value: Any) -> None:
    """A value reaches the database with the type of its column, or not at all."""
    assert plan((name, text)).filter.where == (Condition((), name.split("__", maxsplit=1)[0], lookup, value),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("id", "1_000"),
        ("id", "9" * 60),
        ("id", str(2**63)),
        ("id", "1.0"),
        ("id", "٣"),
        ("id", ""),
        ("id__in", "1,,2"),
        ("id__in", ",".join(map(str, range(501)))),
        ("id__between", "1"),
        ("rating", "nan"),
        ("rating", "Infinity"),
        ("rating", "1e999"),
        ("price", "NaN"),
        ("title", "a\x00b"),
        ("title", "x" * 101),
        ("title__icontains", "\x00"),
        ("mood", "GOOD"),
        ("published", "yes"),
        ("day", "20260228.5"),
        ("day", "1700000000"),
        ("day", "2026-02-30"),
        ("day__month", "13"),
        ("price__isnull", "maybe"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "1_0"),
        ("offset", "-1"),
        ("offset", "10001"),
        ("count", "all"),
        ("search", "x" * 201),
    ],
)
def test_bad_values_are_refused_with_their_parameter(name: str, text: str) -> None:
    """No driver may be the first to see these, since each driver has another opinion."""
    assert refused((name, text)).parameter == name


@pytest.mark.parametrize(
    ("parameter", "text", "nearest"),
    [
        ("titel", "x", "title"),
        ("title__icontian", "x", "title__icontains"),
        ("author.usernme", "x", "author.username"),
        ("autor.username", "x", "author"),
        ("limut", "5", None),
        ("sort", "-titel", "title"),
        ("include", "autor", "author"),
        ("count", "exct", "exact"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(parameter: str, text: str, nearest: str | None) -> None:
    """A typing error that is ignored turns a filter into the whole table."""
    error = refused((parameter, text))
    assert error.parameter == parameter
    assert error.nearest == nearest
    assert error.choices


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secret.word", "x"),
        ("author.notes", "x"),
        ("include", "secret"),
        ("sort", "author.notes"),
    ],
)
def test_what_is_hidden_or_not_exposed_does_not_exist(name: str, text: str) -> None:
    """A filter on a hidden column answers questions about it, bit by bit."""
    error = refused((name, text))
    assert not {"secret", "notes", "author.notes"} & set(error.choices)


def test_regular_expressions_are_not_for_urls() -> None:
    """One pattern can keep a database busy for seconds."""
    assert "regex" not in str(refused(("title__regex", "(a+)+")).choices)


def test_dots_walk_relations() -> None:
    """Conditions and sort keys reach over relations; to-many ones cannot give an order."""
    found = plan(("author.username__startswith", "a"), ("sort", "-author.username,id"))
    assert found.filter.where == (Condition(("author",), "username", "startswith", "a"),)
    assert found.order == (Order(("author",), "username", descending=True), Order((), "id"))
    with pytest.raises(InvalidParameterError, match="several"):
        parse_list(Reach(RESOURCES, RESOURCES["users"]), [("sort", "posts.title")])


def test_includes_bring_their_parents_first() -> None:
    """An include of an include needs the one between."""
    assert plan(("include", "author.posts")).include == (
        Include(path=("author",)),
        Include(path=("author", "posts")),
    )
    assert parse_row(POSTS, [("include", "author")]).include == (Include(path=("author",)),)


def test_there_are_limits_to_what_one_request_asks() -> None:
    """Each limit is a refusal, never a silent cut."""
    few = Reach(RESOURCES, RESOURCES["posts"], Limits(sorts=1, includes=1, depth=2, conditions=1))
    for parameters in (
        [("sort", "id,title")],
        [("include", "author.posts")],
        [("author.posts.author.username", "x")],
        [("id", "1"), ("title", "x")],
    ):
        with pytest.raises(InvalidParameterError, match="At most"):
            parse_list(few, parameters)


def test_a_parameter_given_twice_is_a_list_or_a_mistake() -> None:
    """Generated clients repeat list parameters; for others it means two different things."""
    assert plan(("id__in", "1,2"), ("id__in", "3")).filter.where == (Condition((), "id", "in", (1, 2, 3)),)
    assert "more than once" in refused(("id", "1"), ("id", "2")).message


def test_what_cannot_be_sorted_or_searched_says_so() -> None:
    """An operator is no sort key, and a resource without searched columns has no search."""
    assert refused(("sort", "title__icontains")).parameter == "sort"
    with pytest.raises(InvalidParameterError, match="searchable"):
        parse_list(Reach(RESOURCES, RESOURCES["users"]), [("search", "x")])
    assert plan(("search", "  ")).filter.search is None
    assert plan(("count", "exact")).count == "exact"
    assert "nce" in refused(("limit", "1"), ("limit", "2")).message


def test_one_row_takes_no_filters() -> None:
    """A filter on a get would silently do nothing."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_row(POSTS, [("title", "x")])
    assert caught.value.choices == ("fields", "include")

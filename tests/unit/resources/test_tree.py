"""Conditions as a JSON tree become terms, or an error that says where in the tree and what it could be."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.resources.blog import Mood, blog

from portico.errors import InvalidError, InvalidParameterError
from portico.resources import AllOf, AnyOf, Condition, Limits, Not, Reach, Related, parse_list, parse_query
from portico.resources.grammar import parse_tree

RESOURCES = blog()
POSTS = Reach(RESOURCES, RESOURCES["posts"])
USERS = Reach(RESOURCES, RESOURCES["users"])


def one(field: str, lookup: str, value: Any, *path: str) -> Condition:
    """A comparison."""
    return Condition(path, field, lookup, value)


@pytest.mark.parametrize(
    ("tree", "terms"),
    [
        ({}, ()),
        ({"id": 5}, (one("id", "exact", 5),)),
        ({"id__ge": 5}, (one("id", "gte", 5),)),
        ({"id": {"gte": 1, "lt": 9}}, (one("id", "gte", 1), one("id", "lt", 9))),
        ({"price": None}, (one("price", "exact", None),)),
        ({"price": "1.50"}, (one("price", "exact", Decimal("1.50")),)),
        ({"price": {"in": [1, None]}}, (one("price", "in", (Decimal(1), None)),)),
        ({"mood": "good"}, (one("mood", "exact", Mood.GOOD),)),
        ({"day": {"between": ["2026-01-01", "2026-02-01"]}},
         (one("day", "between", (dt.date(2026, 1, 1), dt.date(2026, 2, 1))),)),
        ({"day": {"year": 2026}}, (one("day", "year", 2026),)),
        ({"author.username": "ann"}, (one("username", "exact", "ann", "author"),)),
        ({"author": {"username": "ann"}}, (AllOf((one("username", "exact", "ann", "author"),)),)),
        ({"not": {"id": 5}}, (Not(AllOf((one("id", "exact", 5),))),)),
        ({"or": [{"id": 5}, {"id": 6, "title": "x"}]},
         (AnyOf((one("id", "exact", 5), AllOf((one("id", "exact", 6), one("title", "exact", "x"))))),)),
        ({"author.posts": {"none": {"id": 5}}},
         (Related(("author", "posts"), "none", AllOf((one("id", "exact", 5),))),)),
        ({"author": {"posts": {}}}, (AllOf((Related(("author", "posts"), "some", AllOf(())),)),)),
    ],
)  # fmt: skip
def test_trees_become_terms(tree: Any, terms: tuple[Any, ...]) -> None:
    """The values have the types of their columns, and can be compared with a filter of parameters."""
    assert parse_tree(POSTS, tree) == terms


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ([], "where"),
        ("x", "where"),
        ({"or": {}}, "where/or"),
        ({"or": []}, "where/or"),
        ({"and": [{"id": 1}, {}]}, "where/and/1"),
        ({"not": []}, "where/not"),
        ({"not": {}}, "where/not"),
        ({"id": "5"}, "where/id"),
        ({"id": 5.5}, "where/id"),
        ({"id": True}, "where/id"),
        ({"id": [5]}, "where/id"),
        ({"id": {}}, "where/id"),
        ({"id": 2**63}, "where/id"),
        ({"id": {"gt": None}}, "where/id/gt"),
        ({"id": {"in": 5}}, "where/id/in"),
        ({"id": {"in": list(range(501))}}, "where/id/in"),
        ({"id": {"between": [1]}}, "where/id/between"),
        ({"id": {"isnull": 1}}, "where/id/isnull"),
        ({"id__gte": {"gte": 5}}, "where/id__gte"),
        ({"title": 5}, "where/title"),
        ({"title": "a\x00"}, "where/title"),
        ({"title": {"icontains": None}}, "where/title/icontains"),
        ({"published": 1}, "where/published"),
        ({"price": "NaN"}, "where/price"),
        ({"rating": "0.5"}, "where/rating"),
        ({"day": 20260101}, "where/day"),
        ({"day": "20260101"}, "where/day"),
        ({"day": {"month": 13}}, "where/day/month"),
        ({"mood": "GOOD"}, "where/mood"),
        ({"author": {}}, "where/author"),
        ({"author": 5}, "where/author"),
        ({"author": {"posts": {"some": []}}}, "where/author/posts/some"),
        ({"author": {"posts": {"some": {}, "id": 1}}}, "where/author/posts/id"),
        ({"x" * 10**6: 1}, "where"),
    ],
)
def test_bad_trees_are_refused_with_their_place(tree: Any, place: str) -> None:
    """The types of JSON count: what is read as something else hides a mistake of the client."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_tree(POSTS, tree)
    assert caught.value.parameter == place


@pytest.mark.parametrize(
    ("tree", "place", "nearest"),
    [
        ({"titel": "x"}, "where/titel", "title"),
        ({"or": [{"id": 1}, {"titel": "x"}]}, "where/or/1/titel", "title"),
        ({"title": {"icontain": "x"}}, "where/title/icontain", "icontains"),
        ({"autor.username": "x"}, "where/autor.username", "author"),
        ({"author": {"usernme": "x"}}, "where/author/usernme", "username"),
        ({"author": {"posts": {"som": {}}}}, "where/author/posts/som", None),
        ({"secret": {"word": "x"}}, "where/secret", None),
        ({"author": {"notes": "x"}}, "where/author/notes", None),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(tree: Any, place: str, nearest: str | None) -> None:
    """A hidden field is as unknown as one that does not exist, and is no choice either."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_tree(POSTS, tree)
    assert (caught.value.parameter, caught.value.nearest) == (place, nearest)
    assert caught.value.choices
    assert not {"secret", "notes"} & set(caught.value.choices)


def nested(word: str, levels: int) -> Any:
    """A condition inside so many words."""
    tree: Any = {"id": 1}
    for _ in range(levels):
        tree = {word: tree if word == "not" else [tree]}
    return tree


@pytest.mark.parametrize("word", ["and", "or", "not"])
def test_trees_have_a_depth(word: str) -> None:
    """Five levels by default, whether they are words or relations."""
    assert parse_tree(POSTS, nested(word, 5))
    with pytest.raises(InvalidParameterError, match="5 levels"):
        parse_tree(POSTS, nested(word, 6))
    with pytest.raises(InvalidParameterError, match="5"):
        parse_tree(POSTS, {"author.posts.author.posts.author.posts.title": "x"})
    with pytest.raises(InvalidParameterError, match="5 levels"):
        parse_tree(POSTS, {"not": {"author.posts": {"some": {"author.posts": {"author": {"id": 1}}}}}})


def test_conditions_are_counted_wherever_they_stand() -> None:
    """A tree of a thousand comparisons is work for a database, not a question."""
    tree = {"or": [{"id": number} for number in range(51)]}
    with pytest.raises(InvalidParameterError, match="At most 50"):
        parse_tree(POSTS, tree)
    few = Reach(RESOURCES, RESOURCES["posts"], Limits(conditions=2))
    assert len(parse_list(few, [("id", "1"), ("where", '{"title": "x"}')]).filter.where) == 2
    with pytest.raises(InvalidParameterError, match="At most 2"):
        parse_list(few, [("id", "1"), ("where", '{"title": "x", "count": 2}')])
    with pytest.raises(InvalidParameterError, match="At most 2"):
        parse_tree(few, {"author.posts": {"some": {"id": 1, "title": "x"}}})


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "nonsense", "[]", "5", "null", '{"id": 1, "id": 2}', '{"rating": NaN}', '{"rating": 1e999}',
        '{"id": ' + "9" * 5000 + "}", '{"title": "\\u0000"}', '{"title": "\\ud800"}', '{"\\ud800": 1}',
        "[" * 5000, '{"not":' * 900 + "{}" + "}" * 900, json.dumps({"title": "x" * 9000}),
    ],
)  # fmt: skip
def test_bad_texts_are_refused_as_the_parameter(text: str) -> None:
    """In a URL the whole tree is one parameter; nothing of it may reach a driver."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_list(POSTS, [("where", text)])
    assert caught.value.parameter == "where"
    with pytest.raises(InvalidParameterError, match="once"):
        parse_list(POSTS, [("where", "{}"), ("where", "{}")])


def test_a_parameter_says_where_in_its_tree_the_fault_is() -> None:
    """The parameter is `where`; the sentence leads on."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_list(POSTS, [("where", '{"or": [{"titel": "x"}]}')])
    assert (caught.value.parameter, caught.value.nearest) == ("where", "title")
    assert caught.value.message.startswith("/or/0/titel: ")


def test_numbers_in_a_tree_stay_exact() -> None:
    """A float would round what a decimal column holds."""
    plan = parse_list(POSTS, [("where", '{"price": 0.1000000000000000055, "rating": 0.5}')])
    terms = plan.filter.where[0]
    assert isinstance(terms, AllOf)
    values = [term.value for term in terms.terms if isinstance(term, Condition)]
    assert values == [Decimal("0.1000000000000000055"), 0.5]


def test_a_field_called_like_a_word_is_reached_by_its_operator() -> None:
    """Words of the tree win over names, so that their meaning never depends on a table."""
    with pytest.raises(InvalidParameterError) as caught:
        parse_tree(USERS, {"and__exact": 5})
    assert caught.value.parameter == "where/and__exact"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"wher": {}}, "wher"),
        ({"where": []}, "where"),
        ({"where": {"or": [{"titel": 1}]}}, "where/or/0/titel"),
        ({"limit": "5"}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 201}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort": 5}, "sort"),
        ({"sort": ["titel"]}, "sort"),
        ({"fields": []}, "fields"),
        ({"fields": [5]}, "fields"),
        ({"fields": ["x" * 10**6]}, "fields"),
        ({"search": 5}, "search"),
        ({"count": 5}, "count"),
        ({"count": "all"}, "count"),
        ({"include": 5}, "include"),
        ({"include": {"autor": {}}}, "include"),
        ({"include": {"author": 5}}, "include/author"),
        ({"include": {"author": {"wher": {}}}}, "include/author/wher"),
        ({"include": {"author": {"where": {"usernme": 5}}}}, "include/author/where/usernme"),
        ({"include": {"author": {"limit": 5}}}, "include/author/limit"),
        ({"include": {"author": {"sort": ["id"]}}}, "include/author/sort"),
        ({"include": {"author.posts": {"limit": "5"}}}, "include/author.posts/limit"),
        ({"include": {"author.posts": {"limit": 0}}}, "include/author.posts/limit"),
        ({"include": {"author.posts": {"limit": 201}}}, "include/author.posts/limit"),
    ],
)
def test_bad_bodies_are_refused_with_a_pointer(body: Any, pointer: str) -> None:
    """A body has places, where a query string has parameters."""
    with pytest.raises(InvalidError) as caught:
        parse_query(POSTS, body)
    assert not isinstance(caught.value, InvalidParameterError)
    assert list(caught.value.fields) == [pointer]


def test_both_spellings_give_one_plan() -> None:
    """A list and a query differ in how they are written, and in nothing else."""
    flat = parse_list(
        POSTS,
        [
            ("where", '{"author": {"username": "ann"}}'),
            ("sort", "-id,title"),
            ("fields", "id,author.username"),
            ("include", "author.posts"),
            ("include.author.posts.limit", "3"),
            ("include.author.posts.sort", "-id"),
            ("include.author.posts.where", '{"title": "x"}'),
            ("limit", "5"),
            ("count", "exact"),
        ],
    )
    body = {
        "where": {"author": {"username": "ann"}},
        "sort": ["-id", "title"],
        "fields": ["id", "author.username"],
        "include": {"author.posts": {"where": {"title": "x"}, "sort": ["-id"], "limit": 3}},
        "limit": 5,
        "count": "exact",
        "search": None,
    }
    assert parse_query(POSTS, body) == flat

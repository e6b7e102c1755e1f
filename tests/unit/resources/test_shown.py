"""What rows show and bring along: sparse fields, and includes with a filter, an order and a limit."""

from __future__ import annotations

import pytest
from tests.unit.resources.blog import Post, User, blog

from portico.errors import InvalidParameterError
from portico.resources import Include, ListPlan, Order, Reach, parse_list, parse_row, shown_by
from portico.resources.grammar import Condition, Filter

RESOURCES = blog()
POSTS = Reach(RESOURCES, RESOURCES["posts"])


def plan(*parameters: tuple[str, str]) -> ListPlan:
    """The plan of a list of posts."""
    return parse_list(POSTS, parameters)


def refused(*parameters: tuple[str, str]) -> InvalidParameterError:
    """Why a list of posts is refused."""
    with pytest.raises(InvalidParameterError) as caught:
        plan(*parameters)
    return caught.value


def test_fields_are_paths_and_bring_their_relations_along() -> None:
    """Whoever names a field of an author wants the author, and nothing else of it."""
    made = plan(("fields", "title,author.username"), ("fields", "id"))
    assert made.fields == (("title",), ("author", "username"), ("id",))
    assert made.include == (Include(path=("author",)),)
    assert parse_row(POSTS, [("fields", "title")]).fields == (("title",),)


def test_an_include_beside_fields_is_shown_whole() -> None:
    """Unless fields of it are named: then those are what is meant."""
    assert plan(("fields", "title"), ("include", "author")).fields == (("title",), ("author",))
    assert plan(("fields", "author.id"), ("include", "author")).fields == (("author", "id"),)
    assert plan(("fields", "author"), ("include", "author.posts")).fields == (("author",),)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("titel", "title"),
        ("author.usernme", "author.username"),
        ("autor.username", "author"),
        ("author.notes", None),
        ("secret", None),
        ("secret.word", None),
        ("", None),
        (",", None),
        ("title__icontains", None),
    ],
)
def test_unknown_fields_are_refused(text: str, nearest: str | None) -> None:
    """A hidden field is as unknown as any other."""
    error = refused(("fields", text))
    assert error.parameter == "fields"
    assert nearest is None or error.nearest == nearest
    assert not {"secret", "author.notes"} & set(error.choices)


def test_there_is_an_end_to_fields() -> None:
    """A list of names has a limit like any other list."""
    assert refused(("fields", ",".join(["id"] * 101))).parameter == "fields"


def test_includes_have_a_filter_an_order_and_a_limit() -> None:
    """The options count for each parent, and are checked against the target."""
    made = plan(
        ("include", "author.posts"),
        ("include.author.posts.limit", "3"),
        ("include.author.posts.sort", "-id"),
        ("include.author.posts.search", "x"),
        ("include.author.posts.title__icontains", "y"),
        ("include.author.username", "ann"),
    )
    assert made.include == (
        Include(path=("author",), filter=Filter((Condition((), "username", "exact", "ann"),))),
        Include(
            path=("author", "posts"),
            filter=Filter((Condition((), "title", "icontains", "y"),), "x"),
            order=(Order((), "id", descending=True),),
            limit=3,
        ),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("include.author.posts.limit", "0"),
        ("include.author.posts.limit", "201"),
        ("include.author.posts.limit", "x"),
        ("include.author.posts.sort", "titel"),
        ("include.author.posts.titel", "x"),
        ("include.author.posts.where", "{"),
        ("include.author.posts.fields", "id"),
        ("include.author.limit", "1"),
        ("include.author.sort", "id"),
        ("include.author.notes", "x"),
        ("include.author", "x"),
        ("include.secret.word", "x"),
        ("include.", "x"),
        ("include.limit", "1"),
    ],
)
def test_bad_options_are_refused_under_their_whole_name(name: str, text: str) -> None:
    """An option that does nothing would be a filter that is forgotten."""
    assert refused(("include", "author.posts"), (name, text)).parameter == name


def test_options_of_what_is_not_included_are_refused() -> None:
    """They would silently do nothing."""
    assert refused(("include.author.username", "ann")).parameter == "include.author.username"


def test_documents_show_what_fields_name() -> None:
    """In the order of the schema; the key may be left out, a relation comes along whole or in part."""
    ann = User(id=1, username="ann")
    post = Post(id=7, title="Hello", count=0, published=False, author_id=1, author=ann)
    resource = RESOURCES["posts"]
    assert shown_by(RESOURCES, resource, plan(("fields", "title,id")))(post) == {"id": 7, "title": "Hello"}
    shown = shown_by(RESOURCES, resource, plan(("fields", "title,author.username")))(post)
    assert shown == {"title": "Hello", "author": {"username": "ann"}}
    whole = shown_by(RESOURCES, resource, plan(("fields", "author,author.id")))(post)
    assert whole == {"author": {"id": 1, "username": "ann"}}

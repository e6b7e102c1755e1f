"""Rows as documents."""

from __future__ import annotations

import json

from tests.unit.resources.blog import Mood, Post, User, blog

from portico.resources import document, tree_of

RESOURCES = blog()


def test_a_row_is_shown_by_its_schema() -> None:
    """Plain JSON values, hidden columns nowhere."""
    user = User(id=1, username="ann", notes="private")
    assert document(RESOURCES, RESOURCES["users"], user, {}) == {"id": 1, "username": "ann"}


def test_what_was_asked_for_and_is_not_loaded_is_absent() -> None:
    """The policy of the target has left it out."""
    user = User(id=1, username="ann")
    shown = document(RESOURCES, RESOURCES["users"], user, tree_of([("posts",), ("posts", "author")]))
    assert shown["posts"] == []


def test_a_row_that_breaks_its_own_types_is_shown_as_it_is() -> None:
    """SQLite keeps text in a column of numbers; a row that cannot be read cannot be repaired."""
    post = Post(id="one", title=None, count=float("nan"), mood=Mood.BAD, rating=b"\xff")
    shown = document(RESOURCES, RESOURCES["posts"], post, {})
    assert (shown["id"], shown["title"], shown["mood"], shown["rating"]) == ("one", None, "bad", "/w==")
    assert json.dumps(shown)


def test_paths_become_a_tree() -> None:
    """Each relation once, with what is below it."""
    assert tree_of([("author",), ("author", "posts"), ("tags",)]) == {"author": {"posts": {}}, "tags": {}}

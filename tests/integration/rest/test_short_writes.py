"""When a write of one row is a single statement, and that it means the same as the longer way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from tests.integration.rest.blog import Post, Tag, User, Vote, metadata

from portico.access import PUBLIC, Policy, Principal
from portico.db.query import Q, Query
from portico.db.session import Database
from portico.errors import NotFoundError
from portico.resources import Exposure, Scope, describe_all
from portico.resources.writing.directly import (
    change_directly,
    changes_directly,
    creates_directly,
    remove_directly,
)

ANN = Principal(1)
RULES: dict[str, tuple[bool | Callable[[Any], Any], set[str]]] = {
    "none": (True, {"title", "likes", "author_id"}),
    "owner": (lambda who: Post.author_id == who.id, {"title", "likes"}),
    "owner and number": (lambda who: (Post.author_id == who.id) & (Post.likes < 10), {"title"}),
    "either": (lambda who: (Post.author_id == who.id) | ~(Post.title == "x"), {"likes"}),
    "among": (lambda _: Post.author_id.in_([1, 2]), {"title", "likes"}),
    "null": (lambda _: Post.rating.is_(None), {"title", "likes", "author_id"}),
    "keyword": (lambda who: Q(author_id=who.id), {"title", "likes"}),
    "a relation": (lambda _: Post.author.username == "ann", set()),
    "a keyword of a relation": (lambda _: Q(author__username="ann"), set()),
    "other rows": (lambda _: Post.author_id.in_(sa.select(User.id)), set()),
    "a scalar": (lambda _: Post.likes <= sa.select(sa.func.max(Vote.value)).scalar_subquery(), set()),
    "exists": (lambda _: sa.exists().where(User.id == Post.author_id), set()),
    "a function": (lambda _: sa.func.lower(Post.title) == "x", set()),
    "text": (lambda _: sa.text("1 = 1"), set()),
    "a query": (lambda _: Q(author__in=Query(User).filter(username="ann")), set()),
}


def scope_of(db: Database, **policies: Any) -> Scope:
    """The blog under policies."""
    said = {User: PUBLIC, Post: PUBLIC, Vote: PUBLIC, Tag: PUBLIC}
    said |= {Post: policies["post"]} if "post" in policies else {}
    said |= {User: policies["user"]} if "user" in policies else {}
    return Scope(db, describe_all(Exposure(model=one, policy=policy) for one, policy in said.items()), ANN)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("operation", ["read", "update"])
def test_the_short_way_is_open_when_no_rule_reads_what_is_written(
    db: Database, rule: str, operation: str
) -> None:
    """Where that is not known for sure, the longer way asks the row as it became."""
    given, free = RULES[rule]
    read, update = (given, True) if operation == "read" else (True, given)
    policy = Policy(read=read, update=update, create=True)
    scope = scope_of(db, post=policy)
    posts = scope.resources["posts"]
    values = {"title": "x", "likes": 1, "author_id": 1}
    assert {name for name in values if changes_directly(scope, posts, {name: values[name]})} == free


def test_a_reference_to_rows_with_rules_takes_the_longer_way(db: Database) -> None:
    """Whether it leads out of reach has to be asked first."""
    scope = scope_of(db, user=Policy(read=lambda who: User.id == who.id))
    posts = scope.resources["posts"]
    assert changes_directly(scope, posts, {"title": "x"})
    assert not changes_directly(scope, posts, {"title": "x", "author_id": 1})
    assert not creates_directly(scope, posts, {"title": "x", "author_id": 1})


def test_validators_of_sqlalchemy_see_what_is_assigned(db: Database) -> None:
    """A single statement assigns nothing."""
    scope = scope_of(db)
    tags = scope.resources["tags"]
    assert changes_directly(scope, tags, {"weight": 2})
    assert not changes_directly(scope, tags, {"name": "x"})


def test_keys_and_nothing_take_the_longer_way(db: Database) -> None:
    """A row that moves is another one, and nothing to write is only a reading."""
    scope = scope_of(db)
    assert not changes_directly(scope, scope.resources["posts"], {})
    assert not changes_directly(scope, scope.resources["votes"], {"label": "x"})


async def test_a_short_write_reaches_what_a_long_one_would(db: Database) -> None:
    """The policy stands in the WHERE: a row out of reach is not there, and stays as it is."""
    await db.create_tables(metadata)
    for name in ("ann", "ben"):
        await User.create(username=name)
    for author in (1, 2):
        await Post.create(title="A", author_id=author)
    mine = Policy(
        read=True, update=lambda who: Post.author_id == who.id, delete=lambda who: Post.author_id == who.id
    )
    scope = scope_of(db, post=mine)
    posts = scope.resources["posts"]
    row: Any = await change_directly(scope, posts, (1,), {"title": "B"})
    assert (row.title, row.likes, row.author_id) == ("B", 0, 1)
    with pytest.raises(NotFoundError):
        await change_directly(scope, posts, (2,), {"title": "B"})
    with pytest.raises(NotFoundError):
        await remove_directly(scope, posts, (2,))
    assert await remove_directly(scope, posts, (1,))
    assert [one.title for one in await Query(Post).all()] == ["A"]

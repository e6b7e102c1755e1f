"""Relations by compiled statements give the same objects, in the same lists, as a session would."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import InstanceState

from portico.db.query import Prefetch, Q
from portico.db.session import run
from tests.integration.differential import world
from tests.integration.differential.world import Article, Comment, Label, Writer

from .reads import Doors, both, held_by, outcome

Ask = Callable[[], Awaitable[Any]]
ASKED: dict[str, tuple[Ask, bool]] = {
    "one to many": (lambda: Writer.order_by("id").prefetch("articles"), True),
    "many to one": (lambda: Article.order_by("id").prefetch("author"), True),
    "many to many": (lambda: Article.order_by("id").prefetch("labels"), True),
    "many to many, from the other end": (lambda: Label.order_by("id").prefetch("articles"), True),
    "itself": (lambda: Writer.order_by("id").prefetch("boss", "team"), True),
    "several steps": (lambda: Writer.order_by("id").prefetch("articles.comments", "articles.labels"), True),
    "there and back": (lambda: Article.order_by("id").prefetch("author.articles"), True),
    "a query with an order": (
        lambda: Article.order_by("id").prefetch(Prefetch("comments", query=Comment.order_by("-score", "id"))),
        True,
    ),
    "a query with conditions": (
        lambda: Writer.order_by("id").prefetch(
            Prefetch("articles", query=Article.filter(Q(likes__gte=2) | Q(title="a"), public=True))
        ),
        True,
    ),
    "a query with a list": (
        lambda: Article.filter(id__in=[1, 2, 3, 4]).prefetch(
            Prefetch("labels", query=Label.filter(id__in=[1, 3, 5]))
        ),
        True,
    ),
    "a query over a relation": (
        lambda: Writer.order_by("id").prefetch(
            Prefetch("articles", query=Article.filter(comments__score__gte=1))
        ),
        True,
    ),
    "a query with a prefetch": (
        lambda: Writer.order_by("id").prefetch(
            Prefetch("articles", query=Article.order_by("-id").prefetch("labels"))
        ),
        True,
    ),
    "some for each": (
        lambda: Writer.order_by("id").prefetch(
            Prefetch("articles", query=Article.order_by("-likes", "id"), limit=2)
        ),
        False,
    ),
    "some columns": (
        lambda: Writer.order_by("id").prefetch(Prefetch("articles", query=Article.only("title"))),
        False,
    ),
    "nobody": (lambda: Writer.filter(id=-1).prefetch("articles"), True),
}


@pytest.fixture
async def library(url: str) -> AsyncGenerator[Doors]:
    """Both doors to writers, articles, comments and labels."""
    async with both(url, world.METADATA) as opened:
        for name, several in world.made_rows(random.Random(7)).items():
            await run(opened.database, sa.insert(world.METADATA.tables[name]), several)
        yield opened


def graph(roots: list[Any]) -> list[Any]:
    """Every object that can be reached, by the number under which it was found first."""
    numbers: dict[int, int] = {}
    waiting: list[Any] = []

    def number(instance: Any) -> int:
        if id(instance) not in numbers:
            numbers[id(instance)] = len(numbers)
            waiting.append(instance)
        return numbers[id(instance)]

    def told(value: Any) -> Any:
        several = value
        if isinstance(value, list):
            return list(map(told, several))
        return ("object", number(value)) if hasattr(value, "_sa_instance_state") else repr(value)

    told(roots)
    found: list[Any] = []
    while waiting:
        instance = waiting.pop(0)
        state: InstanceState[Any] = sa.inspect(instance)
        held = sorted((name, told(value)) for name, value in held_by(instance).items())
        flags = state.detached, state.persistent, state.modified, sorted(state.unloaded)
        found.append((type(instance), state.key, held, flags, dict(state.committed_state)))
    return found


@pytest.mark.parametrize(("ask", "is_compiled"), ASKED.values(), ids=ASKED)
async def test_a_prefetch_gives_the_same_objects(library: Doors, ask: Ask, is_compiled: bool) -> None:
    """Which object stands where, and what is known of each."""
    one, other = await outcome(library.database, ask), await outcome(library.general, ask)
    assert graph(one) == graph(other)
    sent = [text for text in library.compiled if " IN (" in text or "ANY" in text]
    assert (len(library.compiled) > 1 or one == []) == is_compiled, sent
    again = await outcome(library.database, ask)
    assert graph(again) == graph(other)


async def test_queries_that_differ_in_values_share_the_statements_of_their_relations(library: Doors) -> None:
    """The values of one caller are no other caller's."""
    for least in (0, 2, 5, 100, 0):

        def ask(least: int = least) -> Awaitable[Any]:
            chosen = Article.filter(likes__gte=least)
            return Writer.order_by("id").prefetch(Prefetch("articles", query=chosen)).all()

        one, other = await outcome(library.database, ask), await outcome(library.general, ask)
        assert graph(one) == graph(other)
        assert all(article.likes >= least for writer in one for article in writer.articles)
    assert len({text for text in library.compiled if "likes" in text and ">=" in text}) == 1


async def test_more_parents_than_one_statement_takes_are_loaded_in_parts(library: Doors) -> None:
    """Five hundred keys a statement; lengths of lists are rounded up to few."""
    many = [{"id": number, "name": f"w{number}", "hidden": False} for number in range(100, 1300)]
    await run(library.database, sa.insert(Writer), many)
    texts = [{"id": 1000 + number, "title": "t", "author_id": number} for number in range(100, 1300, 7)]
    defaults = {"likes": 0, "public": True}
    await run(library.database, sa.insert(Article), [{**defaults, **text} for text in texts])
    for count in (1, 2, 3, 499, 500, 501, 1200):

        def ask(count: int = count) -> Awaitable[Any]:
            return Writer.filter(id__gte=100).order_by("id").limit(count).prefetch("articles").all()

        library.compiled.clear()
        one, other = await outcome(library.database, ask), await outcome(library.general, ask)
        assert graph(one) == graph(other)
        assert len(one) == count
        assert len(library.compiled) == 1 + -(-count // 500)


async def test_a_relation_of_an_object_in_hand_is_loaded_for_its_peers(library: Doors) -> None:
    """By one compiled statement, as by one of a session."""
    shown: list[Any] = []
    for database in (library.database, library.general):
        library.compiled.clear()
        with database.use():
            writers = await Writer.order_by("id")
            await writers[0].load("articles")
            shown.append(graph(writers))
        assert len(library.compiled) == (2 if database is library.database else 0)
    assert shown[0] == shown[1]

"""Reads of models by compiled statements give what the general path gives, down to what is pickled."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portico.db.query import Q
from portico.db.query.conditions import find_operand
from portico.db.query.conditions.lookups import lookups_of
from portico.db.session import run
from portico.errors import InvalidError, MultipleFoundError, NotFoundError, NotLoadedError, UnknownNameError
from tests.integration.compiled.writers import everything
from tests.integration.compiled.writers.everything import Everything
from tests.integration.differential import world
from tests.integration.differential.world import Article, Comment, Label, Writer

from .reads import Doors, both, held_by

often = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIELDS = sorted(everything.VALUES)
SOME = (
    "exact",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "not_in",
    "between",
    "isnull",
    "icontains",
    "startswith",
)


@pytest.fixture
async def doors(url: str) -> AsyncGenerator[Doors]:
    """Both doors to an empty table with a column of every kind."""
    async with both(url, everything.METADATA) as opened:
        yield opened


@pytest.fixture
async def library(url: str) -> AsyncGenerator[Doors]:
    """Both doors to writers, articles, comments and labels."""
    async with both(url, world.METADATA) as opened:
        for name, several in world.made_rows(random.Random(7)).items():
            await run(opened.database, sa.insert(world.METADATA.tables[name]), several)
        yield opened


async def fill(doors: Doors, rows: list[dict[str, Any]]) -> None:
    """These rows and no others."""
    with doors.general.use():
        await Everything.all().delete()
        await Everything.bulk_create([Everything(**values) for values in rows])


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Up to three lookups of any fields, with any values that these fields can hold."""
    asked: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True)):
        known = [one for one in SOME if one in lookups_of(find_operand(Everything, name).kind)]
        lookup = draw(st.sampled_from(known or ["isnull"]))
        value = everything.VALUES[name]
        several = st.lists(value | st.none(), max_size=5) if "in" in lookup else st.tuples(value, value)
        of = {"isnull": st.booleans(), "in": several, "not_in": several, "between": several}
        asked[f"{name}__{lookup}"] = draw(of.get(lookup, value))
    return asked


@often
@given(stored=st.lists(everything.rows, max_size=6), asked=conditions(), data=st.data())
async def test_any_question_about_any_fields_gives_equal_objects(
    doors: Doors, stored: list[dict[str, Any]], asked: dict[str, Any], data: st.DataObject
) -> None:
    """Every type as it is stored, read and compared, with any limits and orders."""
    await fill(doors, stored)
    sortable = [one for one in FIELDS if one not in {"document", "words", "numbers", "moments", "keys"}]
    order = data.draw(st.lists(st.sampled_from(sortable).map(lambda one: f"-{one}"), max_size=2, unique=True))
    limit, offset = data.draw(st.none() | st.integers(0, 200)), data.draw(st.integers(0, 3))

    def query() -> Any:
        return Everything.filter(**asked).order_by(*order, "id")

    found, _ = await doors.same(lambda: query().limit(limit).offset(offset))
    await doors.same(lambda: query().first())
    await doors.same(lambda: query().last())
    await doors.same(lambda: query().one_or_none())
    await doors.same(lambda: query().values())
    await doors.same(lambda: query().values_list("id", *order and [order[0][1:]]))
    assert await doors.same(lambda: query().count()) is not None
    await doors.same(lambda: query().exists())
    for each in found:
        await doors.compiled_same(partial(Everything.get, each.id))


QUESTIONS: list[Callable[[], Any]] = [
    Article.all,
    lambda: Article.filter(likes=2).order_by("-id").limit(5),
    lambda: Article.filter(likes__gte=2, public=True).exclude(title="a").order_by("title", "-likes"),
    lambda: Article.filter(Article.likes > 1).order_by(Article.id.desc()),
    lambda: Article.filter(Q(likes=1) | Q(title__icontains="a"), ~Q(public=True)),
    lambda: Article.filter(author__name__icontains="b").order_by("author__age", "id"),
    lambda: Article.filter(comments__score__gte=1, labels__name="a").order_by("id"),
    lambda: Article.exclude(comments__score=2).order_by("id"),
    lambda: Article.filter(id__in=[1, 2, 3, 99]).order_by("id"),
    lambda: Article.filter(id__in=Comment.filter(score=1).values_list("article_id", flat=True)),
    lambda: Article.filter(state=world.State.OUT),
    lambda: Article.filter(seen_at__year=2025).order_by("-seen_at"),
    lambda: Article.filter(body=None).limit(150).offset(2),
    lambda: Article.filter(author=None),
    lambda: Writer.filter(team__age=1).order_by("id"),
    lambda: Article.filter().order_by(),
    lambda: Article.filter(likes=1).first(),
    lambda: Article.filter(likes=1).last(),
    lambda: Article.filter(likes=1).limit(1).one(),
    lambda: Article.all()[3:7],
    lambda: Article.filter(public=True).get(3),
    lambda: Article.get(id=3, title__gte=""),
    lambda: Article.in_bulk([1, 5, 77]),
    lambda: Article.filter(likes=1).values("id", "author__name"),
    lambda: Article.filter(likes=1).values_list("likes", flat=True).distinct().order_by("likes"),
    lambda: Article.filter(likes=1).values_list(Article.id, Article.title),
    lambda: Article.filter(comments__score=1).count(),
    lambda: Article.filter(comments__score=99).exists(),
    lambda: Article.exists(title="no such title"),
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
async def test_a_question_in_any_words_is_one_compiled_statement(library: Doors, number: int) -> None:
    """Conditions, orders and limits however they are written; asked again with the same statement."""
    await library.compiled_same(QUESTIONS[number])
    await library.compiled_same(QUESTIONS[number])
    assert library.compiled[-1] == library.compiled[-2]


async def test_questions_that_differ_in_values_share_a_statement(library: Doors) -> None:
    """What is kept is the statement of a shape, and never a value."""
    for likes in range(4):
        query = Article.filter(likes=likes, title__in=["a", "b"]).order_by("id").limit(5)
        found, _ = await library.compiled_same(query.listed)
        assert all(one.likes == likes for one in found)
    assert len({*library.compiled}) == 1


async def test_a_list_that_changes_after_the_filter_changes_nothing(library: Doors) -> None:
    """The question is what it was when it was put."""
    wanted = [1, 2]
    with library.database.use():
        query = Article.filter(id__in=wanted).order_by("id")
        wanted.append(3)
        assert [one.id for one in await query] == [1, 2]


async def test_two_questions_give_two_objects_of_one_row(library: Doors) -> None:
    """Outside of a unit of work there is nobody to remember the first."""
    for ask in (lambda: Article.get(3), lambda: Article.filter(id=3).first()):
        (one, _), (again, _) = await library.same(ask), await library.same(ask)
        assert one is not again


ERRORS: list[tuple[Callable[[], Any], type[Exception]]] = [
    (lambda: Article.get("no number"), InvalidError),
    (lambda: Article.get((1, 2)), InvalidError),
    (lambda: Article.get(2**70), InvalidError),
    (lambda: Article.get(1.5), InvalidError),
    (lambda: Article.get(404), NotFoundError),
    (lambda: Article.get(tittle="a"), UnknownNameError),
    (lambda: Article.get(likes="many"), InvalidError),
    (lambda: Article.get(likes__gte=0), MultipleFoundError),
    (lambda: Article.filter(title="no such title").one(), NotFoundError),
    (lambda: Article.filter(likes__gte=0).one(), MultipleFoundError),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
async def test_errors_are_in_the_same_words(library: Doors, number: int) -> None:
    """Whoever asks in vain hears the same, also the second time, when the statement is there."""
    ask, kind = ERRORS[number]
    await library.same(lambda: Article.get(1))
    one, _ = await library.same(lambda: _asked(ask))
    assert type(one) is kind
    one, _ = await library.same(lambda: _asked(ask))
    assert type(one) is kind


async def _asked(ask: Callable[[], Any]) -> Any:
    """Names and values are refused where the question is put, before anything is awaited."""
    return await ask()


async def test_wrong_values_are_refused_where_the_question_is_put(library: Doors) -> None:
    """Not where it is awaited, which may be far away."""
    with library.database.use():
        for _ in range(2):
            with pytest.raises(InvalidError):
                Article.filter(likes="many")
            with pytest.raises(InvalidError):
                Article.filter(title="nul \0")
            with pytest.raises(UnknownNameError):
                Article.filter(tittle="a")


async def test_relations_that_were_not_loaded_say_so(library: Doors) -> None:
    """They name the call that loads them, as ever."""
    query = Article.filter(author_id__isnull=False)
    for article in await library.same(query.first):
        with pytest.raises(NotLoadedError, match="prefetch"):
            article.author  # noqa: B018 -- reading it is the test
        with pytest.raises(NotLoadedError, match="prefetch"):
            list(article.comments)


async def test_a_relation_is_one_more_statement(library: Doors) -> None:
    """Prefetched, nested and loaded later for all of a list, as on the general path."""
    one, other = await library.same(lambda: Article.order_by("id").prefetch("author.boss", "labels"))
    assert [_along(article) for article in one] == [_along(article) for article in other]
    for database in (library.database, library.general):
        with database.use():
            articles = await Article.order_by("id")
            await articles[0].load("comments")
            assert all(isinstance(list(article.comments), list) for article in articles)


def _along(article: Any) -> Any:
    author = article.author
    boss = author.boss if author is not None else None
    return author and author.name, boss and boss.name, [label.name for label in article.labels]


async def test_an_object_can_be_pickled_and_copied(library: Doors) -> None:
    """And is the same afterwards, with its key and without a change."""
    one, other = await library.compiled_same(lambda: Article.filter(id__lte=3).order_by("id"))
    for again in (_pickled, copy.deepcopy):
        assert [_plain(article) for article in again(one)] == [_plain(article) for article in again(other)]


def _pickled(objects: Any) -> Any:
    return pickle.loads(pickle.dumps(objects))  # noqa: S301 -- our own


def _plain(article: Any) -> Any:
    state = sa.inspect(article)
    return held_by(article), state.key, state.modified


async def test_labels_by_their_name_are_found(library: Doors) -> None:
    """A class without any relation to one asks just so."""
    found, _ = await library.compiled_same(lambda: Label.filter(weight__isnull=False).order_by("-weight"))
    assert all(label.weight is not None for label in found)

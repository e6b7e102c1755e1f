"""What may slip past a statement that is kept: odd parts of rules, listeners, units around a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from operator import attrgetter
from typing import Annotated, Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Header
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from portico.access import Policy, Principal, any_of
from portico.app import Portico
from portico.db.query import Q
from portico.db.session import Database, atomic, run
from tests.integration.compiled.reading.both import ON, both
from tests.integration.differential.world import METADATA, RELATIONS, Article, Comment, Label, Writer

SEED = 11
_ARTICLE: Any = attrgetter("article")(Comment)
"""The relation, which a type checker takes for an object."""
_limit: ContextVar[int] = ContextVar("limit", default=0)


class Limit(sa.ColumnElement[int]):
    """A construct whose SQL is another one in another context; SQLAlchemy does not cache it."""

    inherit_cache = False
    type = sa.Integer()


@compiles(Limit)
def _limit_sql(_element: Limit, _compiler: Any, **_: Any) -> str:
    return str(_limit.get())


class Least(sa.TypeDecorator[int]):
    """A type that sends another value in another context."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's
        """The limit of the context."""
        return None if value is None else _limit.get()


def _number(who: Principal) -> int:
    return int(who.id or 0)


RULES: dict[str, Callable[[int], Any]] = {
    "a condition beside the join of a subquery": lambda n: Article.id.in_(
        sa.select(Comment.article_id).join(_ARTICLE.and_(Article.author_id == n))
    ),
    "the same value there and elsewhere": lambda n: _twice(Article.author_id == n),
    "criteria of a subquery": lambda n: Article.author_id.in_(
        sa.select(Writer.id).options(with_loader_criteria(Writer, Writer.id == n))
    ),
    "a select as the value of a lookup": lambda n: Q(author__in=sa.select(Writer.id).where(Writer.id == n)),
    "a list in a tuple": lambda n: sa.tuple_(Article.author_id, Article.author_id).in_([(n, n)]),
    "a parameter that is called": lambda n: Article.author_id == sa.bindparam("n", callable_=lambda: n),
    "a limit in a subquery": lambda n: Article.id.in_(sa.select(Article.id).order_by(Article.id).limit(n)),
}


def _twice(condition: Any) -> Any:
    return Article.id.in_(sa.select(Comment.article_id).join(_ARTICLE.and_(condition)).where(condition))


@pytest.mark.parametrize("made", RULES.values(), ids=RULES)
async def test_each_caller_is_held_to_its_own_value(url: str, made: Callable[[int], Any]) -> None:
    """The second caller's rule differs from the first one's in a value alone, wherever that stands."""
    rules = {name: Policy(read=True) for name in RELATIONS}
    rules["articles"] = Policy(read=lambda who: made(_number(who)))
    async with both(url, SEED, rules) as doors:
        lists = [await doors.same("/articles", who=caller) for caller in ("1", "2", "3", "1")]
        for caller in ("1", "2", "3", "1"):
            await doors.same("/articles/2", who=caller)
            await doors.same("/writers?include=articles", who=caller)
    seen = [reply.json().get("items") for reply in lists]
    assert seen[0] == seen[3]


FIXED: dict[str, Any] = {
    "a parameter that is called": Article.likes >= sa.bindparam("n", callable_=_limit.get, type_=sa.Integer),
    "one in a lookup": Q(
        Article.likes >= sa.bindparam("n", callable_=_limit.get, type_=sa.Integer), id__gt=0
    ),
    "a construct of its own": Article.likes >= Limit(),
    "a type of its own": Article.likes >= sa.literal(0, Least()),
}


@pytest.mark.parametrize("rule", FIXED.values(), ids=FIXED)
async def test_a_rule_for_everybody_may_look_at_its_context(url: str, rule: Any) -> None:
    """It is one object for all, and yet another condition from one request to the next."""
    rules = {name: Policy(read=True) for name in RELATIONS} | {"articles": Policy(read=rule)}
    async with both(url, SEED, rules) as doors:
        seen: set[int] = set()
        for limit in (0, 4, 100, 0):
            kept = _limit.set(limit)
            try:
                seen.add((await doors.same("/articles?count=exact")).json()["page"]["count"])
                await doors.same("/writers?include=articles")
            finally:
                _limit.reset(kept)
        assert len(seen) > 1


def _raises(who: Principal) -> object:
    raise AttributeError(f"{who.id} has no company")


HIDDEN_BEHIND: dict[str, Any] = {
    "a closed include": ("/comments?include=article,article.author", {"articles": False}),
    "an include of a closed one": ("/comments/1?include=article,article.author", {"articles": False}),
    "a list that is closed": ("/articles?include=author", {"articles": False}),
    "a closed step of a filter": ("/comments?article.author.age__gte=0", {"articles": False}),
    "a closed step of an order": ("/comments?sort=article.author.age", {"articles": False}),
}


@pytest.mark.parametrize(("path", "closed"), HIDDEN_BEHIND.values(), ids=HIDDEN_BEHIND)
async def test_a_rule_that_nobody_would_ask_cannot_fail(url: str, path: str, closed: dict[str, Any]) -> None:
    """It is written for callers who come past the resource before it."""
    rules = {name: Policy(read=True) for name in RELATIONS} | {"writers": Policy(read=_raises)}
    rules |= {name: Policy(read=any_of(may, lambda _: False)) for name, may in closed.items()}
    async with both(url, SEED, rules) as doors:
        await doors.same(path, who="1")


@contextmanager
def _heard(name: str, listener: Callable[..., None]) -> Generator[None]:
    event.listen(Session, name, listener)
    try:
        yield
    finally:
        event.remove(Session, name, listener)


async def test_criteria_that_a_listener_adds_to_every_statement_hold(url: str) -> None:
    """SQLAlchemy's recipe for rows that are deleted softly or belong to a tenant: `do_orm_execute`."""

    def only_the_first(execution: ORMExecuteState) -> None:
        if execution.is_select:
            execution.statement = execution.statement.options(with_loader_criteria(Writer, Writer.id == 1))

    async with both(url, SEED, {name: Policy(read=True) for name in RELATIONS}) as doors:
        assert len((await doors.same("/writers?count=none")).json()["items"]) > 1
        with _heard("do_orm_execute", only_the_first):
            assert [row["id"] for row in (await doors.same("/writers?count=none")).json()["items"]] == [1]
            assert (await doors.same("/writers/2")).status_code == 404
        assert len((await doors.same("/writers?count=none")).json()["items"]) > 1


async def test_listeners_for_the_beginning_of_a_transaction_are_called(url: str) -> None:
    """They tell the database who asks, by which its own policies for rows go."""
    begun: list[object] = []

    def begin(_session: Session, _transaction: object, connection: sa.Connection) -> None:
        begun.append(connection)

    async with both(url, SEED, {name: Policy(read=True) for name in RELATIONS}) as doors:
        await doors.same("/writers/1")
        with _heard("after_begin", begin):
            for number in (1, 2):
                before = len(begun)
                await doors.compiled.get(f"/writers/{number}", headers={"x-user": "root"})
                assert len(begun) > before


UNITS: dict[str, Callable[[Database], Any]] = {
    "atomic": atomic,
    "a session": lambda database: database.session(),
}


@asynccontextmanager
async def _inside(database: Database, unit: Callable[[Database], Any]) -> AsyncGenerator[httpx.AsyncClient]:
    """An API whose requests stand in a unit of work: it has written a row, which it takes back."""
    await database.create_tables(METADATA)

    async def opened(x_name: Annotated[str, Header()]) -> AsyncGenerator[None]:
        with suppress(_UndoneError):
            async with unit(database):
                await run(database, sa.insert(METADATA.tables["labels"]).values(id=900, name=x_name))
                yield
                raise _UndoneError

    api = Portico(database, dependencies=[Depends(opened, scope="function")])
    api.expose(Label, policy="public")
    app = FastAPI()
    api.mount(app)

    @app.get("/there")
    async def there() -> int:
        return len((await run(database, sa.select(Label.id))).all())

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


class _UndoneError(Exception):
    """What was written is to be forgotten."""


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
async def test_a_dependency_that_opens_a_unit_shows_its_own_writes(
    url: str, unit: Callable[[Database], Any]
) -> None:
    """What it has written is read by its request, and by no other one."""
    async with Database(url, compiled=ON) as database, _inside(database, unit) as client:
        for name in ("one", "two"):
            sent = {"x-name": name}
            row = await client.get("/labels/900", headers=sent)
            assert (row.status_code, row.json().get("name")) == (200, name)
            page = (await client.get("/labels?count=exact", headers=sent)).json()
            assert ([one["name"] for one in page["items"]], page["page"]["count"]) == ([name], 1)
            assert (await client.get("/there")).json() == 0


async def test_rules_over_two_relations_to_one_class_are_two_rules(url: str) -> None:
    """One person is held to the author of an article, the other to that author's boss."""
    name: Any = Article.author.name
    boss: Any = Article.author.boss.name
    rules = {one: Policy(read=True) for one in RELATIONS}
    rules["articles"] = Policy(read=lambda who: (name if who.id == "1" else boss) == "a")
    async with both(url, SEED, rules) as doors:
        for path in (
            "/articles?limit=100&count=exact",
            "/articles/1",
            "/articles/2",
            "/writers?include=articles",
        ):
            for caller in ("1", "2", "1"):
                assert (await doors.same(path, who=caller)).status_code in (200, 404)


def _nobody(_: Any) -> bool:
    return False


def _popular(_: Any) -> Any:
    return Article.likes >= 4


async def test_a_rule_that_is_replaced_holds_from_then_on(url: str) -> None:
    """Whatever was learnt of the one before: that it opens everything, or is the same for everybody."""
    for first in (True, Q(likes__gte=0), Article.likes >= 0):
        policy: Any = Policy(read=first)
        rules = {one: Policy(read=True) for one in RELATIONS} | {"articles": policy}
        async with both(url, SEED, rules) as doors:
            for path in ("/articles", "/articles/1", "/comments?article.likes__gte=0"):
                assert (await doors.same(path)).status_code == 200
            policy.read = _nobody
            for path in ("/articles", "/articles/1", "/articles?limit=3"):
                assert (await doors.same(path)).status_code == 403
            policy.read = _popular
            reply = await doors.same("/articles?limit=100")
            assert all(item["likes"] >= 4 for item in reply.json()["items"])
            await doors.database.drop_tables(METADATA)

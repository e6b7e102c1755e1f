"""Doors below models and queries: plain sessions, connections, statements of SQLAlchemy, SQL as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached, selectinload

from portico.db.relations import relation
from portico.db.session import atomic, fetch, fetch_rows, fetch_written, run, stream
from tests.invariants.world import Target, World

from .table import Ask, Drive, drawn

_TEXT: Final = "SELECT * FROM vault_papers"


async def _in_session(w: World, work: Callable[[AsyncSession], Any]) -> Any:
    async with w.db.session() as session:
        return await work(session)


async def _everything(w: World, session: AsyncSession) -> Any:
    loads = (selectinload(relation(w.Paper.author)), joinedload(relation(w.Paper.labels)))
    return [*(await session.scalars(sa.select(w.Paper).options(*loads))).unique()]


async def _merged(w: World, it: Target, session: AsyncSession) -> Any:
    await session.merge(w.Label(id=it.key, word="own"))
    await session.flush()


async def _unseen(w: World, it: Target, session: AsyncSession) -> Any:
    """An object that was never read, deleted by its key."""
    known = w.Label(id=it.key)
    make_transient_to_detached(known)
    await session.delete(known)
    await session.flush()


async def _by_key(w: World, it: Target, session: AsyncSession) -> Any:
    await session.execute(sa.update(w.Label), [{"id": it.key, "word": "own"}])


async def _given(w: World) -> Any:
    """The session of a route."""
    source: Any = w.db.get_session()
    try:
        return (await (await anext(source)).scalars(sa.select(w.Paper))).all()
    finally:
        await source.aclose()


async def _connected(w: World, statement: Any) -> Any:
    async with w.db.engine.begin() as connection:
        found = await connection.execute(statement)
        return _given_by(found)


async def _of_own(w: World) -> Any:
    """A session of the application's own on the engine."""
    async with AsyncSession(w.db.engine) as session:
        found = list(await session.scalars(sa.select(w.Paper)))
        session.expunge_all()
        return found


async def _executed(w: World, statement: Any) -> Any:
    async with atomic(w.db) as unit:
        found: Any = await unit.execute(statement)
        return _given_by(found)


def _joined(w: World) -> Any:
    other = aliased(w.Paper)
    return sa.select(w.Person.name, other.title).join(other, other.author_id == w.Person.id, isouter=True)


def _union(w: World) -> Any:
    return sa.union_all(sa.select(w.Person.name), sa.select(w.Label.word), sa.select(w.Paper.notes))


def _cte(w: World) -> Any:
    papers = sa.select(w.Paper.title, w.Paper.author_id).cte()
    return sa.select(papers.c.title, w.Person.name).join(w.Person, w.Person.id == papers.c.author_id)


def _counted(w: World) -> Any:
    return sa.select(sa.func.count(), sa.func.max(w.Paper.title)).select_from(w.Paper)


def _exists(w: World, it: Target) -> Any:
    return sa.select(sa.exists().where(w.Paper.author_id == it.key))


async def _all_of(result: Any) -> Any:
    return _given_by(await result)


def _given_by(found: Any) -> Any:
    return found.all() if getattr(found, "returns_rows", False) else found.rowcount


def _run(w: World, it: Target) -> list[Ask]:
    paper, label = w.Paper.__table__, w.Label.__table__
    built: list[Callable[[], Any]] = [
        lambda: sa.select(paper),
        lambda: _joined(w),
        lambda: _union(w),
        lambda: _cte(w),
        lambda: _counted(w),
        lambda: _exists(w, it),
        lambda: sa.select(w.kind.metadata.tables[_junction(w)]),
        lambda: sa.select(paper.c.title, sa.func.count()).group_by(paper.c.title),
        lambda: sa.update(paper).values(title="own"),
        lambda: sa.update(label).where(label.c.id == it.key).values(word="own"),
        lambda: sa.update(paper).values(author_id=it.key),
        lambda: sa.insert(paper).values(title="own", notes="own", likes=0, author_id=it.key),
        lambda: sa.insert(label).from_select(["word"], sa.select(sa.literal("copy ") + w.Label.word)),
        lambda: sa.delete(label).where(label.c.id == it.key),
        lambda: sa.delete(paper),
    ]
    return [_running(w, make) for make in built]


def _running(w: World, make: Callable[[], Any]) -> Ask:
    return lambda: _all_of(run(w.db, make()))


def _junction(w: World) -> str:
    return next(name for name in w.kind.metadata.tables if name.endswith("vault_labels_papers"))


SESSIONS: Final[dict[str, Drive]] = {
    "Database.session": lambda w, it: [
        lambda: _in_session(w, lambda session: _everything(w, session)),
        lambda: _in_session(w, lambda session: session.get(w.Paper, it.key)),
        lambda: _in_session(w, lambda session: _merged(w, it, session)),
        lambda: _in_session(w, lambda session: _unseen(w, it, session)),
        lambda: _in_session(w, lambda session: _by_key(w, it, session)),
    ],
    "Database.get_session": lambda w, _: [lambda: _given(w)],
    "Database.engine": lambda w, it: [
        lambda: _connected(w, sa.select(w.Paper.__table__)),
        lambda: _connected(w, _counted(w)),
        lambda: _connected(w, sa.select(w.Paper.__table__).where(w.Paper.id == it.key)),
        lambda: _of_own(w),
    ],
    "Database.fetch_all": lambda w, _: [
        lambda: w.db.fetch_all(_TEXT),
        lambda: w.db.fetch_all(_TEXT, into=w.Paper),
    ],
    "Database.fetch_one": lambda w, _: [lambda: w.db.fetch_one(_TEXT)],
    "Database.execute_raw": lambda w, _: [
        lambda: w.db.execute_raw("UPDATE vault_papers SET title = 'own'"),
        lambda: w.db.execute_raw("DELETE FROM vault_papers"),
    ],
    "run": _run,
    "fetch": lambda w, it: [
        lambda: fetch(w.db, sa.select(w.Paper)),
        lambda: fetch(w.db, sa.select(w.Paper).where(w.Paper.id == it.key)),
    ],
    "fetch_rows": lambda w, _: [lambda: fetch_rows(w.db, sa.select(w.Paper, w.Paper.title))],
    "fetch_written": lambda w, _: [
        lambda: fetch_written(w.db, sa.update(w.Paper).values(likes=4).returning(w.Paper)),
    ],
    "stream": lambda w, _: [
        lambda: drawn(stream(w.db, sa.select(w.Paper))),
        lambda: drawn(stream(w.db, _joined(w))),
    ],
    "Unit.execute": lambda w, it: [
        lambda: _executed(w, sa.select(w.Paper.title)),
        lambda: _executed(w, sa.update(w.Label).where(w.Label.id == it.key).values(word="own")),
    ],
}

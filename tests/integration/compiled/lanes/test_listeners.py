"""Whoever listens to an engine or its pool is heard: no statement goes a way on which it would not be.

Applications set roles, tenants and search paths there, count and rewrite statements; a way past them would be
a way past the rules of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, pool

from portico.db.compiled.lanes import lane_of, listened_for
from portico.db.compiled.lanes.pooled import PooledLane
from portico.db.engine import Compiled
from portico.db.reflection import reflect
from portico.db.session import Database, run
from portico.testing.statements import statements

from .notes import GET, add, count, create_notes, get, lane, notes, rows, shape

STATEMENTS = (
    "engine_connect",
    "set_connection_execution_options",
    "begin",
    "before_execute",
    "before_cursor_execute",
    "after_cursor_execute",
    "after_execute",
    "commit",
    "rollback",
)
DIALECT = ("do_execute", "do_executemany", "do_execute_no_params", "do_setinputsizes", "handle_error")
POOL = ("checkout", "checkin", "reset", "invalidate", "soft_invalidate", "close", "detach", "close_detached")
CONNECTING = ("do_connect", "connect", "first_connect")


def _nothing(*_: Any) -> None:
    """A listener that is not there to do anything."""


@contextmanager
def heard(target: Any, name: str, listener: Callable[..., Any] = _nothing, **options: Any) -> Generator[None]:
    """Listen while the block runs."""
    event.listen(target, name, listener, **options)
    try:
        yield
    finally:
        event.remove(target, name, listener)


@pytest.mark.parametrize("name", STATEMENTS + DIALECT)
async def test_no_statement_goes_past_a_listener_for_statements(noted: Database, name: str) -> None:
    """A listener may come at any time, and go."""
    before = lane_of(noted)
    assert before is not None
    for engine in noted.engines.pooled():
        with heard(engine, name):
            assert (lane_of(noted), listened_for(noted)) == (None, name)
        assert lane_of(noted) is before


@pytest.mark.parametrize("name", POOL)
async def test_a_listener_for_connections_that_are_taken_is_heard_by_the_pool(
    noted: Database, name: str
) -> None:
    """Statements on connections of the pool are taken and given back as all others are."""
    before = lane_of(noted)
    for engine in noted.engines.pooled():
        with heard(engine, name):
            assert isinstance(lane_of(noted), PooledLane)
        with heard(engine.pool, name):
            assert isinstance(lane_of(noted), PooledLane)
        assert lane_of(noted) is before is not None


@pytest.mark.parametrize("name", CONNECTING)
async def test_a_listener_for_new_connections_is_heard(noted: Database, name: str, backend: str) -> None:
    """A lane's connections are opened by a copy of the pool; the one in the loop's thread is not."""
    before = lane_of(noted)
    for engine in noted.engines.pooled():
        with heard(engine, name):
            found = lane_of(noted)
            assert found is before if backend != "sqlite" else isinstance(found, PooledLane)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (sa.Engine, "before_cursor_execute"),
        (sa.Engine, "begin"),
        (sa.Engine, "handle_error"),
        (sa.Connection, "before_cursor_execute"),
        (sa.Engine, "checkout"),
        (pool.Pool, "checkout"),
        (pool.QueuePool, "checkin"),
        (sa.Dialect, "do_execute"),
    ],
)
async def test_listeners_of_all_engines_and_pools_count(noted: Database, target: Any, name: str) -> None:
    """That is how tracing is switched on, as a rule."""
    before = lane_of(noted)
    with heard(target, name):
        found = lane_of(noted)
        assert isinstance(found, PooledLane) if name in POOL else found is None
    assert lane_of(noted) is before is not None


@pytest.mark.parametrize(
    ("name", "options"),
    [("before_cursor_execute", {"named": True}), ("begin", {"once": True}), ("checkout", {"named": True})],
)
async def test_listeners_in_every_form_count(noted: Database, name: str, options: dict[str, bool]) -> None:
    """SQLAlchemy wraps them, so that the function in its list is its own."""

    def named(**_: Any) -> None: ...

    with heard(noted.engine.sync_engine, name, named if "named" in options else _nothing, **options):
        assert not isinstance(lane_of(noted), type(None)) if name == "checkout" else lane_of(noted) is None


async def test_a_listener_of_the_engine_for_single_statements_counts(noted: Database) -> None:
    """It is a view of the other engine, with listeners of its own beside those."""
    with heard(noted.engines.autocommit.sync_engine, "before_cursor_execute"):
        assert lane_of(noted) is None
    assert lane_of(noted) is not None


async def test_a_listener_that_came_first_counts(url: str, way: Compiled) -> None:
    """Before the engines were made, and before they were first used."""
    with heard(sa.Engine, "commit"):
        early = Database(url, name="early", compiled=way)
        await create_notes(early)
        assert lane_of(early) is None
    assert lane_of(early) is not None
    await early.close()
    with heard(early.engine.sync_engine, "checkout"):
        assert isinstance(lane_of(early), PooledLane)
    await early.close()


async def test_listeners_stay_when_the_connections_end(noted: Database) -> None:
    """A new pool takes over the listeners of the old one, ours and others'."""
    with heard(noted.engine.sync_engine, "checkin"):
        await noted.engines.dispose()
        assert isinstance(lane_of(noted), PooledLane)
    await noted.engines.dispose()
    event.listen(noted.engine.sync_engine, "checkin", _nothing)
    await noted.engines.dispose()
    assert isinstance(lane_of(noted), PooledLane)


async def test_our_own_listeners_change_nothing(noted: Database, backend: str) -> None:
    """Neither those of every engine, nor those that count statements, nor those of reflected files."""
    before = lane_of(noted)
    if backend == "sqlite":
        await reflect(noted)
    async with statements(noted) as seen:
        assert lane_of(noted) is before is not None
        await get(noted, 7)
        await count(noted)
    assert len(seen) == 2
    assert (lane_of(noted), listened_for(noted)) == (before, None)
    await noted.engines.dispose()
    assert lane_of(noted) is before


async def test_one_of_ours_that_goes_makes_no_room_for_another(noted: Database) -> None:
    """Listeners are told apart, not counted."""
    async with statements(noted):
        assert lane_of(noted) is not None
    for name in ("before_cursor_execute", "begin", "commit", "rollback"):
        event.listen(noted.engine.sync_engine, name, _nothing)
    assert lane_of(noted) is None


async def test_a_listener_that_comes_late_meets_the_next_connection(private: Database, backend: str) -> None:
    """The copy of the pool that opens the lane's connections is as old as the pool's listeners."""
    if backend == "sqlite":
        pytest.skip("the connection in the loop's thread is not the pool's, and a listener switches it off")
    await get(private, 1)
    opened: list[Any] = []

    def remember(connection: Any, _record: Any) -> None:
        opened.append(connection)

    for engine in private.engines.pooled():
        event.listen(engine, "connect", remember)
    driver = shape(private, {"postgresql": "SELECT pg_backend_pid()"}.get(backend, "SELECT connection_id()"))
    ((process,),) = await lane(private).fetch(driver, ())
    kill = {"postgresql": f"SELECT pg_terminate_backend({process})"}.get(backend, f"KILL {process}")
    await run(private, sa.text(kill))
    await get(private, 1)
    assert opened


async def test_a_checkout_that_begins_a_transaction_loses_no_write(noted: Database) -> None:
    """What a listener sends on a connection of PostgreSQL begins one, in SQLAlchemy's adapter."""

    def ask(connection: Any, _record: Any, _proxy: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()

    for engine in noted.engines.pooled():
        event.listen(engine, "checkout", ask)
    await add(noted, 100)
    assert await get(noted, 100) == (100, "new")
    assert await count(noted) == 101
    assert await lane(noted).execute(shape(noted, "DELETE FROM notes WHERE id < ?", writes=True), (5,)) == 5
    assert await count(noted) == 96
    assert await rows(noted, GET, 3) == []


async def test_a_statement_that_a_listener_rewrites_is_rewritten(noted: Database) -> None:
    """On the general path, which serves then."""

    def comment(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> tuple[str, Any]:
        return text.replace("99", "98"), values

    for engine in noted.engines.pooled():
        event.listen(engine, "before_cursor_execute", comment, retval=True)
    assert lane_of(noted) is None
    found = await run(noted, sa.select(notes.c.text).where(notes.c.id == sa.literal_column("99")))
    assert found.scalar_one() == "note 98"

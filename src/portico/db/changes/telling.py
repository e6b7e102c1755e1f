"""Watchers are told: before a write, after it, before the commit and after it.

This is what units of work call (`portico.db.session.recording`), and what the write paths of models open
around a write of objects:

    async with watched_write(db, Post, "update", [post]):
        ...                              # one unit; watchers are told when the objects say what was written
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.util import await_only

from portico.db.engine import guards
from portico.db.session import Database, Unit, current_unit, recording
from portico.db.session.levels import outermost
from portico.db.session.unit import UnitOptions, has_pending
from portico.errors import UsageError

from .flushes import flushing
from .guard import ChangesGuard, is_unrecorded
from .record import Kind, RowChange
from .sources import class_of
from .statements import execute, first_of, written_table
from .tables import known_tables
from .watching import Watcher, on_watch, watchers, watchers_of

log = logging.getLogger("portico.db.changes")
_ROUNDS: Final = 20
_LATER: Final = (KeyboardInterrupt, SystemExit)
"""What is about the process and not about the watcher: raised again once everybody was told."""


class UnitRecorder:
    """Shown all that units write."""

    def concerns(self, statement: Any, parameters: Any) -> bool:
        """Whether a statement needs a unit, to be recorded in."""
        return not is_unrecorded() and written_table(statement, first_of(parameters)) is not None

    def execute(self, unit: Unit, execution: ORMExecuteState) -> Any:
        """Record what a statement writes."""
        return None if is_unrecorded() else execute(unit, execution)

    def flushing(self, unit: Unit, session: Session) -> AbstractContextManager[None]:
        """Record what a flush writes, and tell those who look before; nearly every one finds nothing."""
        return _flushing(unit, session) if has_pending(session) else nullcontext()

    async def tell(self, unit: Unit) -> None:
        """Tell what was written since the last time."""
        untold = unit.root.written.untold
        for _ in range(_ROUNDS):
            if not untold:
                return
            changes = list(untold)
            untold.clear()
            await _each(changes, "after_write", lambda watcher, mine: watcher.after_write(unit, mine))
            await unit.flush()
        raise _restless("after_write")

    async def before_commit(self, unit: Unit) -> None:
        """Tell all that is about to be committed, and what watchers write then."""
        told: dict[int, int] = {}
        for _ in range(_ROUNDS):
            await unit.tell()
            if not await _tell_before_commit(unit, told):
                return
        raise _restless("before_commit")

    def after_commit(self, changes: list[Any]) -> None:
        """Tell all that was committed; nothing that a watcher does reaches the writer."""
        later: BaseException | None = None
        for watcher in _overriding("after_commit"):
            mine = _wanted(watcher, changes)
            try:
                if mine:
                    watcher.after_commit(mine)
            except BaseException as error:  # the commit stands, whatever this is
                log.exception("%s failed after a commit, which stands.", type(watcher).__name__)
                later = error if isinstance(error, _LATER) else later
        if later is not None:
            raise later


async def _tell_before_commit(unit: Unit, told: dict[int, int]) -> bool:
    """One round; whether there was anything to tell."""
    any_told = False
    for watcher in _overriding("before_commit"):
        changes = unit.written.changes
        mine = _wanted(watcher, changes[told.get(id(watcher), 0) :])
        told[id(watcher)] = len(changes)
        if mine:
            any_told = True
            await watcher.before_commit(unit, mine)
            await unit.flush()
    return any_told


async def _each(
    changes: Sequence[RowChange], name: str, tell: Callable[[Watcher, list[RowChange]], Awaitable[None]]
) -> None:
    for watcher in _overriding(name):
        mine = _wanted(watcher, changes)
        if mine:
            await tell(watcher, mine)


def _overriding(name: str) -> list[Watcher]:
    return [one for one in watchers() if getattr(type(one), name) is not getattr(Watcher, name)]


def _wanted(watcher: Watcher, changes: Sequence[RowChange]) -> list[RowChange]:
    return [change for change in changes if watcher in watchers_of(change.model)]


def _restless(moment: str) -> UsageError:
    return UsageError(
        f"Watchers wrote watched rows in {moment}, again and again.",
        hint="A watcher should not want what it writes itself.",
    )


# -- before a write --


def is_recorded(cls: type[Any], kind: Kind, names: Iterable[str] = ()) -> bool:
    """Whether writes of this class have to be recorded; also where others' rows follow its own.

    An update is asked for with the ``names`` that it sets, since others may follow some of them.
    """
    if not watchers():
        return False
    known, deletes = known_tables(), kind == "delete"
    return any(
        known.matters(table, deletes=deletes) or (kind == "update" and _hands_on(cls, table, names))
        for table in _tables_of(cls)
    )


def _hands_on(cls: type[Any], table: Any, names: Iterable[str]) -> bool:
    followed = known_tables().followed(table)
    if not followed:
        return False
    columns = cast("Mapper[Any]", sa.inspect(cls)).columns
    return any(columns[name].name in followed for name in names if name in columns)


def is_table_recorded(table: Any) -> bool:
    """The same of a table, such as a junction."""
    return bool(watchers()) and known_tables().matters(table)


def looks_before(cls: type[Any], kind: Kind) -> bool:
    """Whether somebody wants the objects before they are written."""
    return not is_unrecorded() and any(one.looks_before(cls, kind) for one in watchers_of(cls))


@asynccontextmanager
async def watched_write(
    database: Database, cls: type[Any], kind: Kind, rows: Sequence[Any] = ()
) -> AsyncGenerator[Unit]:
    """A write of objects: told before, in a unit, and told when the objects are settled."""
    unit = current_unit(database)
    if unit is None:
        async with outermost(database, UnitOptions()) as opened, _told(opened, cls, kind, rows):
            yield opened
    else:
        async with _told(unit, cls, kind, rows):
            yield unit


@asynccontextmanager
async def _told(unit: Unit, cls: type[Any], kind: Kind, rows: Sequence[Any]) -> AsyncGenerator[None]:
    written = unit.root.written
    with written.deferred(), announced(unit, rows) as fresh:
        await tell_before(unit, cls, kind, fresh)
        start = len(unit.written.changes)
        yield
        _put_instances(unit.written.changes[start:], rows)
    await unit.tell()


def _put_instances(changes: Sequence[RowChange], rows: Sequence[Any]) -> None:
    """Let changes know the objects that were written."""
    known = {(class_of(row), _key_of(row)): row for row in rows}
    for change in changes:
        if change.instance is None and (row := known.get((change.model, change.key))) is not None:
            object.__setattr__(change, "instance", row)


def _key_of(row: Any) -> tuple[Any, ...]:
    mapper = cast("Mapper[Any]", sa.inspect(class_of(row)))
    return tuple(row.__dict__.get(mapper.get_property_by_column(column).key) for column in mapper.primary_key)


async def tell_before(unit: Unit, cls: type[Any], kind: Kind, rows: Sequence[Any]) -> None:
    """Show objects to those who look before; one that raises fails the unit."""
    if not rows or is_unrecorded():
        return
    for watcher in watchers_of(cls):
        if watcher.looks_before(cls, kind):
            try:
                await watcher.before_write(kind, rows)
            except BaseException as error:
                unit.refuse(error)
                raise


@contextmanager
def announced(unit: Unit, rows: Sequence[Any]) -> Generator[list[Any]]:
    """Those of the objects that nobody was told of; nested writes of them are not told again."""
    known = unit.root.written.announced
    fresh = [row for row in rows if id(row) not in known]
    known.update(map(id, fresh))
    try:
        yield fresh
    finally:
        known.difference_update(map(id, fresh))


@contextmanager
def _flushing(unit: Unit, session: Session) -> Generator[None]:
    if is_unrecorded():
        yield
        return
    groups: list[tuple[Kind, list[Any]]] = [
        ("create", list(session.new)),
        ("update", [one for one in session.dirty if session.is_modified(one)]),
        ("delete", list(session.deleted)),
    ]
    every = [one for _, rows in groups for one in rows if watchers_of(class_of(one))]
    with announced(unit, every) as fresh:
        those = set(map(id, fresh))
        for kind, rows in groups:
            for row in rows:
                if id(row) in those:
                    await_only(tell_before(unit, class_of(row), kind, [row]))
        start = len(unit.written.changes)
        with flushing(unit, session):
            yield
        _put_instances(unit.written.changes[start:], every)


def _tables_of(cls: type[Any]) -> Sequence[Any]:
    # Tables of a mapped class; what is no class of SQLAlchemy has none.
    mapper: Any = getattr(cls, "__mapper__", None)
    return () if mapper is None else mapper.tables


@on_watch
def _begin() -> None:
    """The first watcher: from now on units show what they write."""
    if recording.by is None:
        recording.by = UnitRecorder()
        guards.append(ChangesGuard())

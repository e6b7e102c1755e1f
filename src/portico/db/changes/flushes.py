"""What a flush writes: the rows of its statements before each of them, and all of them after the flush.

A flush sends what SQLAlchemy's unit of work finds: new objects, changed and deleted ones, children that lose
their parent, rows of junctions. Each UPDATE and DELETE is looked at before it is sent; new rows are read by
the keys that their objects have afterwards.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlalchemy.sql import visitors

from portico.db.session import Unit

from .images import Images
from .sources import CHUNK, Key
from .statements import record, set_names, written_table
from .tables import known_tables

_here: ContextVar[Flush | None] = ContextVar("portico_flush", default=None)
_MANY: Final = CHUNK // 2


class Flush:
    """One flush that is under way."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.connection: sa.Connection | None = None
        self.images: Images | None = None
        self.new: list[InstanceState[Any]] = []
        self.replaced: set[tuple[Any, ...]] = set()
        """The identities of objects that go; a new one in the place of such is an update of the row."""
        self.links: dict[sa.Table, list[dict[Any, Any]]] = {}
        self.keys = [
            (state, state.key[1]) for state in map(instance_state, session.dirty) if state.key is not None
        ]

    def sends(self, connection: sa.Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """A statement is about to be sent."""
        table = written_table(statement, rows[0] if rows else None)
        if table is None:
            return
        self.images = self.images or Images(known_tables(), connection)
        self.connection = connection
        if statement.is_insert:
            self._inserts(table, rows)
            return
        names = set_names(statement, rows[0] if rows else None)
        deletes, condition = bool(statement.is_delete), statement.whereclause
        if len(rows) <= 1:
            self.images.see(table, condition, rows[0] if rows else None, deletes=deletes, written=names)
            return
        for start in range(0, len(rows), _MANY):
            several = [_filled(condition, one) for one in rows[start : start + _MANY]]
            self.images.see(table, sa.or_(*several), None, deletes=deletes, written=names)

    def _inserts(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        tables = known_tables()
        wanted = dict.fromkeys(c for link in tables.links(table) for c in (*link.near, *link.far))
        if wanted:
            found = [{column: one[str(column.key)] for column in wanted} for one in rows]
            self.links.setdefault(table, []).extend(found)

    def end(self, unit: Unit) -> None:
        """It is done: read what is there now."""
        if self.images is None or self.connection is None:
            return
        self._new_rows(self.images)
        for state, old in self.keys:
            if state.key is not None and tuple(state.key[1]) != tuple(old):
                self.images.moved(_table_of(state.mapper), tuple(old), tuple(state.key[1]))
        record(unit, self.images)

    def _new_rows(self, images: Images) -> None:
        keys: dict[sa.Table, list[Key]] = {}
        for state in self.new:
            table = _table_of(state.mapper)
            if state.key is None or state.key[:2] in self.replaced:
                continue
            if known_tables().matters(table):
                keys.setdefault(table, []).append(tuple(state.key[1]))
        for table, found in keys.items():
            images.made_with(table, found)
        for table, rows in self.links.items():
            if table not in keys:
                self._new_links(images, table, rows)

    def _new_links(self, images: Images, table: sa.Table, rows: Sequence[Mapping[Any, Any]]) -> None:
        assert self.connection is not None  # noqa: S101 -- set together with the images
        source = known_tables().source(table)
        for start in range(0, len(rows), _MANY):
            several = [
                sa.and_(*(column == value for column, value in one.items()))
                for one in rows[start : start + _MANY]
            ]
            images.made(table, source.where(self.connection, table, sa.or_(*several), None).values())


def _filled(condition: Any, values: Mapping[str, Any]) -> Any:
    """A condition with the values of one row of parameters in it."""

    def literal(element: Any, **_: Any) -> Any:
        bound = getattr(element, "__visit_name__", None) == "bindparam" and element.key in values
        return sa.literal(values[element.key], element.type) if bound else None

    return cast("Any", visitors.replacement_traverse(condition, {}, literal))


def flush_here() -> Flush | None:
    """The flush that is under way."""
    return _here.get()


@contextmanager
def flushing(unit: Unit, session: Session) -> Generator[None]:
    """Record what is written in this block."""
    flush = Flush(session)
    token = _here.set(flush)
    try:
        yield
    finally:
        _here.reset(token)
    flush.end(unit)


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, context: UOWTransaction) -> None:
    flush = _here.get()
    if flush is not None and flush.session is session:
        flush.new = [instance_state(one) for one in session.new]
        states = cast("dict[InstanceState[Any], tuple[bool, bool]]", cast("Any", context).states)
        flush.replaced = {
            state.key[:2] for state, (deleted, _) in states.items() if deleted and state.key is not None
        }


def _table_of(mapper: Mapper[Any]) -> sa.Table:
    root = mapper
    while root.inherits is not None and not root.concrete:
        root = root.inherits
    return cast("sa.Table", root.local_table)

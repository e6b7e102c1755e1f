"""The rows that a statement touches, before it and after it, and the changes between the two.

    images = Images(known_tables(), connection)
    images.see(table, condition, values, deletes=True)    # before: locked, with what depends on them
    ...                                                   # the statement is sent
    changes = images.changes()                            # after

Rows of other tables that the database deletes or empties by itself are among them, as deep as they go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from portico.db.scoping import (
    current_actor,
    current_request_id,
    get_current_tenant,
    is_shared,
    owner_column,
)
from portico.errors import UsageError

from .record import Kind, RowChange, is_same
from .sources import Key, Row, Source, chosen, named, unhindered
from .tables import Dependents, Link, Tables
from .watching import watched

Seen = dict[Key, Row]
_NOWHERE: Final[Mapping[Key, Key]] = MappingProxyType({})
_NONE: Final[frozenset[Key]] = frozenset()


class Images:
    """Rows by source and key."""

    def __init__(self, tables: Tables, connection: sa.Connection | None = None) -> None:
        self._tables = tables
        self.connection = connection
        self._before: dict[Source, Seen] = {}
        self._made: dict[Source, Seen] = {}
        self._moved: dict[Source, dict[Key, Key]] = {}
        self._carried: dict[Source, list[Dependents]] = {}
        """Foreign keys over which the database hands on new values of these rows."""

    def __bool__(self) -> bool:
        return bool(self._before or self._made)

    @property
    def _connection(self) -> sa.Connection:
        assert self.connection is not None  # noqa: S101 -- set before the first row is read
        return self.connection

    def see(
        self, table: sa.Table, condition: Any, values: Any, *, deletes: bool, written: Iterable[str] = ()
    ) -> Seen:
        """Rows that are about to be written, and those that follow them."""
        source = self._tables.source(table)
        rows = source.where(self._connection, table, condition, values)
        self._remember(source, rows, deletes=deletes, written=frozenset(written))
        return rows

    def made(self, table: sa.Table, rows: Iterable[Row]) -> None:
        """Rows that are new."""
        source = self._tables.source(table)
        key = source.key_in(table)
        self._made.setdefault(source, {}).update({tuple(row[c] for c in key): row for row in rows})

    def made_with(self, table: sa.Table, keys: Iterable[Key]) -> None:
        """The same for rows of which the keys are known."""
        source = self._tables.source(table)
        rows = source.rows(self._connection, list(keys))
        self._made.setdefault(source, {}).update(rows)
        for key in rows:  # written again by the flush that made it: it was not there before
            self._before.get(source, {}).pop(key, None)

    def moved(self, table: sa.Table, old: Key, new: Key) -> None:
        """A row gets another key."""
        self._moved.setdefault(self._tables.source(table), {})[old] = new

    def _remember(self, source: Source, rows: Seen, *, deletes: bool, written: frozenset[str]) -> None:
        known = self._before.setdefault(source, {})
        fresh = {key: row for key, row in rows.items() if key not in known}
        known.update(fresh)
        if not fresh:
            return
        for table in source.tables:
            for one in self._tables.dependents(table):
                touched = deletes or not written.isdisjoint(column.name for column in one.referred)
                if touched and self._tables.reaches(one, deletes=deletes):
                    self._follow(one, fresh.values(), deletes=deletes and one.on_delete == "CASCADE")
                    if not deletes:
                        self._carried.setdefault(source, []).append(one)

    def _follow(self, one: Dependents, rows: Iterable[Row], *, deletes: bool) -> None:
        keys = [_part(row, one.referred) for row in rows]
        pointed = [key for key in dict.fromkeys(keys) if None not in key]
        source = self._tables.source(one.table)
        names = frozenset(column.name for column in one.columns)
        for condition in chosen(one.columns, pointed):
            with unhindered(one.table):
                found = source.where(self._connection, one.table, condition, None)
            self._remember(source, found, deletes=deletes, written=frozenset() if deletes else names)

    # -- afterwards --

    def changes(self) -> list[RowChange]:
        """What has changed since."""
        found: list[RowChange] = []
        gone: dict[Source, Seen] = {}
        later = {source: self._settled(source) for source in self._before}
        for source, before in reversed(self._before.items()):
            for key, row in before.items():
                found += _of_row(source, (key, row), later[source].get(key))
            gone[source] = {key: row for key, row in before.items() if key not in later[source]}
        for source, made in self._made.items():
            for key, row in made.items():
                found += _of_row(source, None, (key, row))
        return [*found, *self._links(gone, later)]

    def _settled(self, source: Source) -> dict[Key, tuple[Key, Row]]:
        """The rows that are still there, with their keys of now, by the keys that they had."""
        before = self._before[source]
        found = self._now(source)
        for one in self._carried.get(source, ()):
            given = [(before[key], row) for key, (_, row) in found.items()]
            self._carry(one, {_part(old, one.referred): _part(row, one.referred) for old, row in given})
            if self._tables.source(one.table) is source:
                found = self._now(source)
        return found

    def _now(self, source: Source) -> dict[Key, tuple[Key, Row]]:
        before, moved = self._before[source], self._moved.get(source, {})
        now = {key: moved.get(key, key) for key in before}
        after = source.rows(self._connection, list(now.values())) if before else {}
        return {key: (now[key], after[now[key]]) for key in before if now[key] in after}

    def _carry(self, one: Dependents, values: Mapping[Key, Key]) -> None:
        """Rows whose own key holds what they refer to are found under a new one."""
        source = self._tables.source(one.table)
        columns = source.key_in(source.table)
        if not set(columns).intersection(one.columns):
            return
        moved = self._moved.setdefault(source, {})
        for key, row in self._before.get(source, {}).items():
            old = _part(row, one.columns)
            parts = dict(zip(one.columns, values.get(old, old), strict=True))
            new = zip(columns, moved.get(key, key), strict=True)
            moved[key] = tuple(parts.get(column, part) for column, part in new)

    def _links(
        self, gone: Mapping[Source, Seen], later: Mapping[Source, Mapping[Key, tuple[Key, Row]]]
    ) -> Iterator[RowChange]:
        for source in {**self._made, **gone}:
            for link in self._tables.links(source.table):
                was, now = self._turned(source, link, later.get(source, {}))
                was, now = was | gone.get(source, {}), now | self._made.get(source, {})
                lost, won = _ends(link, was, self._moved_owners(link)), _ends(link, now)
                deleted = {row_key for s, rows in gone.items() if _holds(s, link) for row_key in rows}
                for key in dict.fromkeys([*lost, *won]):
                    before, after = lost.get(key, _NONE), won.get(key, _NONE)
                    if key not in deleted and before != after:
                        values = {link.name: before - after}, {link.name: after - before}
                        made = change_of(link.owner, "update", key, *values)
                        yield _owned(made, source, next(iter((was | now).values())))

    def _turned(self, source: Source, link: Link, later: Mapping[Key, tuple[Key, Row]]) -> tuple[Seen, Seen]:
        """The rows of a junction that join something else than before, as they were and as they are."""
        columns = [*link.near, *link.far]
        before = self._before.get(source, {})
        turned = {
            key: row for key, row in later.items() if _part(before[key], columns) != _part(row[1], columns)
        }
        return {key: before[key] for key in turned}, dict(turned.values())

    def _moved_owners(self, link: Link) -> dict[Key, Key]:
        several = [moved for source, moved in self._moved.items() if _holds(source, link)]
        return {old: new for moved in several for old, new in moved.items()}


def _part(row: Row, columns: Iterable[Any]) -> Key:
    return tuple(row.get(column) for column in columns)


def _holds(source: Source, link: Link) -> bool:
    return source.mapper is not None and issubclass(link.owner, source.mapper.class_)


def _ends(link: Link, rows: Seen, moved: Mapping[Key, Key] = _NOWHERE) -> dict[Key, frozenset[Key]]:
    """The keys at the far end for each owner, by the key that it has now."""
    if rows and not link.whole:
        raise UsageError(
            f"{link.owner.__name__}.{link.name} is joined by something else than a key, so its links cannot "
            "be recorded.",
            hint="Let the junction be a model, and watch that.",
        )
    found: dict[Key, set[Key]] = {}
    for row in rows.values():
        key = tuple(row[column] for column in link.near)
        key = moved.get(key, key)
        found.setdefault(key, set()).add(tuple(row[column] for column in link.far))
    return {key: frozenset(ends) for key, ends in found.items()}


def _is_untouched(before: tuple[Key, Row] | None, after: tuple[Key, Row] | None) -> bool:
    return bool(before and after and before[0] == after[0] and is_same(before[1], after[1]))


def _of_row(
    source: Source, before: tuple[Key, Row] | None, after: tuple[Key, Row] | None
) -> Iterator[RowChange]:
    """The change of one row, if there is one that somebody wants to know of."""
    held = after or before
    cls = None if held is None else source.class_of(held[1])
    if cls is None or not watched(cls) or _is_untouched(before, after):
        return
    old = {} if before is None else named(cls, before[1])
    new = {} if after is None else named(cls, after[1])
    kind: Kind = "create" if before is None else "delete" if after is None else "update"
    key_before = () if before is None else before[0]
    key = key_before if after is None else after[0]
    made = change_of(cls, kind, key, old, new, key_before or key)
    yield made if held is None else _owned(made, source, held[1])


def _owned(change: RowChange, source: Source, row: Row) -> RowChange:
    """The change, as one of whom the row belongs to."""
    column = owner_column(source.tables)
    if column is not None and column in row:
        return replace(change, tenant=row[column], shared=False)
    return change if is_shared(source.tables) else replace(change, shared=False)


def change_of(  # noqa: PLR0913, PLR0917 -- what a change is made of
    model: type[Any],
    kind: Kind,
    key: Key,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    key_before: Key | None = None,
) -> RowChange:
    """A change by whoever acts here."""
    return RowChange(
        model=model,
        kind=kind,
        key=key,
        key_before=key_before or key,
        before=before,
        after=after,
        tenant=get_current_tenant(),
        actor=current_actor(),
        request_id=current_request_id(),
    )

"""Statements that write one row of a mapped class, compiled once for each set of columns.

    writes = row_writes(db, User)
    found = writes.insert(("username", "points"), returning=("id", "username"))
    rows = await lane.fetch(found.shape, found.arguments(["ann", 0]))

Values are those that `RowValues.stored` gives: what a column gets from the class when nobody says anything
(moments, versions, defaults of the table) is part of the statement, and moves as in any other write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from portico.db.compiled import Shape, Slots, shape_of
from portico.db.models.keys import key_attributes, mapper_of
from portico.db.models.schemas import column_specs
from portico.db.query import next_version
from portico.db.query.state import State
from portico.db.query.statements import own_conditions
from portico.db.scoping import Keeper, keeper_of
from portico.db.session import Database

from .suitability import statements_are_watched, unsuited_because, wants_context

MOST: Final = 200
"""How many inserts are kept for one class; callers choose the columns."""


@dataclass(frozen=True, slots=True)
class RowWrite:
    """One statement, what columns get that no value was given for, and the columns that it gives back."""

    shape: Shape
    fresh: tuple[Callable[[], Any], ...] = ()
    returning: tuple[str, ...] = ()

    def arguments(self, values: Iterable[Any]) -> list[Any]:
        """The driver's arguments: those of the values, in their order, and of what moves by itself."""
        return self.shape.arguments([*values, *[make() for make in self.fresh]])

    def read(self, row: Sequence[Any]) -> list[Any]:
        """The values of a row that it gave."""
        readers = self.shape.readers
        return [value if read is None else read(value) for read, value in zip(readers, row, strict=True)]


class Writing:
    """The table of a class, and statements for its rows; each is None where it cannot be compiled once."""

    def __init__(self, database: Database, cls: type[Any]) -> None:
        self._cls = cls
        self._dialect = database.engine.dialect
        self._table: Any = mapper_of(cls).local_table

    def insert(self, names: Sequence[str], returning: Sequence[str]) -> RowWrite | None:
        """``INSERT`` with values for the named columns."""
        given, returned = self._columns(names), self._columns(returning)
        if given is None or returned is None:
            return None
        taken = {column.name for column in given}
        made = [one for one in self._made("default") if one[0].name not in taken]
        slots = Slots(())
        values = {
            column.name: slots.parameter(number, None, column.type)
            for number, column in enumerate([*given, *(column for column, _ in made)])
        }
        if not values:
            return None  # SQLAlchemy would name every column.
        statement = sa.insert(self._table).values(values)
        return self._write(statement, returning, slots, [default for _, default in made])

    def update(
        self,
        conditions: Sequence[Any],
        asked: int,
        names: Sequence[str],
        returning: Sequence[str],
        slots: Slots,
    ) -> RowWrite | None:
        """``UPDATE`` of rows; the values of their conditions, ``asked`` many, come before the new ones."""
        given, returned = self._columns(names), self._columns(returning)
        if given is None or returned is None:
            return None
        columns = mapper_of(self._cls).columns
        values: dict[str, Any] = {
            columns[n].name: v for n, v in next_version(self._cls, dict.fromkeys(names)).items()
        }
        taken = values.keys() | {column.name for column in given}
        moved = [one for one in self._made("onupdate") if one[0].name not in taken]
        for number, column in enumerate([*given, *(column for column, _ in moved)], asked):
            values[column.name] = slots.parameter(number, None, column.type)
        statement = sa.update(self._table).where(*conditions).values(values)
        return self._write(statement, returning, slots, [default for _, default in moved])

    def mark(
        self, conditions: Sequence[Any], asked: int, keeper: Keeper, returning: Sequence[str], slots: Slots
    ) -> RowWrite | None:
        """``UPDATE`` that marks chosen rows as deleted, at the moment of each call."""
        found = self.update(conditions, asked, (keeper.name,), returning, slots)
        return None if found is None else replace(found, fresh=(keeper.moment, *found.fresh))

    def delete(self, conditions: Sequence[Any], returning: Sequence[str], slots: Slots) -> RowWrite | None:
        """``DELETE`` of chosen rows."""
        if self._columns(returning) is None:
            return None
        return self._write(sa.delete(self._table).where(*conditions), returning, slots, [])

    def _write(
        self, statement: Any, returning: Sequence[str], slots: Slots, made: Sequence[sa.ColumnDefault]
    ) -> RowWrite | None:
        if any(map(wants_context, made)):
            return None
        columns = self._columns(returning)
        sent = statement.returning(*columns) if columns else statement
        shape = shape_of(sent, slots, self._dialect, writes=True)
        return None if shape is None else RowWrite(shape, tuple(map(_maker, made)), tuple(returning))

    def _made(self, moment: str) -> Iterator[tuple[Any, sa.ColumnDefault]]:
        """The columns of the table whose values SQLAlchemy makes in Python for each statement."""
        for column in self._table.columns:
            default = getattr(column, moment)
            if isinstance(default, sa.ColumnDefault) and not default.is_clause_element:
                yield column, default

    def _columns(self, names: Sequence[str]) -> list[Any] | None:
        columns: list[Any] = [mapper_of(self._cls).columns[name] for name in names]
        return columns if all(isinstance(column, sa.Column) for column in columns) else None


class RowWrites:
    """The statements of one class on one database; None where rows are written as objects are.

    ``inserts``, ``updates`` and ``deletes`` say whether there can be any.
    """

    def __init__(self, database: Database, cls: type[Any]) -> None:
        self._cls = cls
        self._inserts: dict[Any, RowWrite | None] = {}
        self.because = unsuited_because(cls)
        """Why there are none."""
        suits, able = self.because is None, database.capabilities
        self.inserts = suits and able.insert_returning
        self.updates = suits and able.update_returning
        self.deletes = suits and able.delete_returning
        self._writing = Writing(database, cls)

    def insert(self, names: tuple[str, ...], returning: tuple[str, ...]) -> RowWrite | None:
        """``INSERT`` with values for the named columns, giving the others; RETURNING is needed for it."""
        if not self.inserts:
            return None
        key = (names, returning)
        if key not in self._inserts:
            if len(self._inserts) >= MOST:
                del self._inserts[next(iter(self._inserts))]
            self._inserts[key] = self._insert(names, returning)
        return self._inserts[key]

    def update(
        self, state: State, asked: int, names: Sequence[str], returning: Sequence[str], slots: Slots
    ) -> RowWrite | None:
        """``UPDATE`` of the rows of a query, whose own values, ``asked`` many, come before the new ones."""
        conditions = None if not self.updates or statements_are_watched() else _conditions(state)
        if conditions is None or self._keeps_secrets(names):
            return None
        return self._writing.update(conditions, asked, names, returning, slots)

    def delete(self, state: State, asked: int, slots: Slots) -> RowWrite | None:
        """``DELETE`` of the rows of a query with ``asked`` values, or their mark.

        It gives their keys; a mark gives nothing where an ``UPDATE`` cannot.
        """
        conditions, keys = _conditions(state), key_attributes(self._cls)
        keeper = keeper_of(mapper_of(self._cls).local_table)
        if conditions is None or self.because is not None:
            return None
        if keeper is not None:
            return self._writing.mark(conditions, asked, keeper, keys if self.updates else (), slots)
        return self._writing.delete(conditions, keys, slots) if self.deletes else None

    def _insert(self, names: tuple[str, ...], returning: tuple[str, ...]) -> RowWrite | None:
        return None if self._keeps_secrets(names) else self._writing.insert(names, returning)

    def _keeps_secrets(self, names: Sequence[str]) -> bool:
        """Whether a value has to be hashed first, which takes long."""
        specs = column_specs(self._cls)
        return any(specs[name].write_only for name in names)


def row_writes(database: Database, cls: type[Any]) -> RowWrites:
    """The statements of a class on a database, made when they are first asked for."""
    known = database.engines.statements
    found: RowWrites | None = known.get((RowWrites, cls))
    if found is None:
        found = known[RowWrites, cls] = RowWrites(database, cls)
    return found


def _conditions(state: State) -> list[Any] | None:
    """What is asked of the row alone; None where anything else comes in."""
    return None if state.is_sliced or state.joins else own_conditions(state)


def _maker(default: Any) -> Callable[[], Any]:
    argument = default.arg
    return (lambda: argument(None)) if default.is_callable else (lambda: argument)

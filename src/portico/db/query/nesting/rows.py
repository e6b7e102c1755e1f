"""Levels as rows: one more statement for each relation, its rows handed to their parents.

    writer = NestedRows(level, slots, database)       # NoWriterError, NoDocumentError where there is none
    await writer.many(lane, rows, values)             # b'[{"id":1,"comments":[{"id":7}]}]'; None: not by us

``rows`` have the attributes of the level in order, as their driver gives them. The statements are keyed by
how many parents there are: the number is filled up to a power of two, so that few texts serve all.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa

from portico.db.compiled import Lane, Shape, Slots, row_writer, shape_of
from portico.db.query.statements import is_heavy, number
from portico.db.session import Database

from .documents import NoDocumentError
from .levels import Branch, Level

CHUNK: Final = 512
"""The most parents whose rows one statement asks for."""
Rows = Sequence[Sequence[Any]]
Key = tuple[Any, ...]


class UnshownError(Exception):
    """A row holds what its columns should not, or what is below it has no shape."""


@contextmanager
def _or_general() -> Generator[None]:
    try:
        yield
    except Exception as error:  # whatever it is, the general path meets it, too, and says it its way
        raise UnshownError from error


class NestedRows:
    """Writes the rows of a level with all that is below them."""

    def __init__(self, level: Level, slots: Slots, database: Database) -> None:
        attributes = level.attributes
        self._width = len(level.columns)
        along = [branch.name for branch in level.branches]
        self._writer = row_writer(
            level.columns, database.engine.dialect, in_order=level.in_order, along=along
        )
        self._along = [_Fetched(branch, attributes, slots, database) for branch in level.branches]

    async def one(self, lane: Lane, row: Sequence[Any], values: Sequence[Any]) -> bytes | None:
        """One row with what is below it; None where the general path has to show it."""
        try:
            return self._writer.one((await self._filled(lane, [row], values))[0])
        except UnshownError:
            return None

    async def many(self, lane: Lane, rows: Rows, values: Sequence[Any]) -> bytes | None:
        """A list of rows with what is below them; None where the general path has to show them."""
        try:
            return self._writer.many(await self._filled(lane, rows, values))
        except UnshownError:
            return None

    async def structs(self, lane: Lane, rows: Rows, values: Sequence[Any]) -> list[Any]:
        """The same before it is written; UnshownError where the general path has to show them."""
        filled = await self._filled(lane, rows, values)
        with _or_general():
            return self._writer.structs(filled)

    async def _filled(self, lane: Lane, rows: Rows, values: Sequence[Any]) -> Rows:
        """The rows with what is below them behind their columns."""
        if not self._along or not rows:
            return rows
        columns = [await one.of(lane, rows, values) for one in self._along]
        width = self._width
        return [(*row[:width], *below) for row, below in zip(rows, zip(*columns, strict=True), strict=True)]


class _Fetched:
    """The rows of one relation."""

    def __init__(self, branch: Branch, held: Sequence[str], slots: Slots, database: Database) -> None:
        self._branch, self._slots, self._dialect = branch, slots, database.engine.dialect
        self._shapes: dict[int, Shape] = {}
        self._nothing: Any = [] if branch.many else None
        self._below: NestedRows | None = None
        if branch.level is None:
            return
        if not branch.shows_once:
            raise NoDocumentError(branch.name)
        plan = branch.plan
        self._places = [held.index(name) for name in plan.parent_names]
        mapper = branch.relation.parent
        self._readers = [_reader(mapper.columns[name].type, self._dialect) for name in plan.parent_names]
        self._width = len(branch.level.attributes)
        self._below = NestedRows(branch.level, slots, database)

    async def of(self, lane: Lane, rows: Rows, values: Sequence[Any]) -> list[Any]:
        """What each of the parents has."""
        if self._below is None:
            return [self._nothing] * len(rows)
        with _or_general():
            keys = [_key(row, self._places, self._readers) for row in rows]
        wanted = [key for key in dict.fromkeys(keys) if None not in key]
        found: dict[Key, Any] = {}
        for start in range(0, len(wanted), CHUNK):
            await self._fetch(lane, wanted[start : start + CHUNK], values, found)
        return [found.get(key, self._nothing) for key in keys]

    async def _fetch(
        self, lane: Lane, keys: Sequence[Key], values: Sequence[Any], found: dict[Key, Any]
    ) -> None:
        assert self._below is not None  # noqa: S101 -- for type checkers: `of` has looked
        width = 1 << (len(keys) - 1).bit_length()
        shape = self._shapes.get(width)
        if shape is None:
            shape = self._shapes[width] = self._made(width, len(values))
        # The last key once more changes nothing.
        padded = [*keys, *[keys[-1]] * (width - len(keys))]
        with _or_general():
            arguments = shape.arguments([*values, *(part for key in padded for part in key)])
        rows = await lane.fetch(shape, arguments)
        places = range(self._width, self._width + len(self._places))
        readers = shape.readers[self._width :]
        shown = await self._below.structs(lane, rows, values)
        with _or_general():
            found_by = [_key(row, places, readers) for row in rows]
        for key, one in zip(found_by, shown, strict=True):
            if self._branch.many:
                found.setdefault(key, []).append(one)
            else:
                found.setdefault(key, one)

    def _made(self, width: int, start: int) -> Shape:
        found_by = self._branch.plan.found_by
        parameters = (
            [
                self._slots.parameter(start + row * len(found_by) + i, None, column.type)
                for i, column in enumerate(found_by)
            ]
            for row in range(width)
        )
        targets, order = self._branch.targets(_among(found_by, parameters))
        selected = [*self._held(), *(column.label(f"portico_found_{i}") for i, column in enumerate(found_by))]
        chosen: Any = targets.with_only_columns(*selected, maintain_column_froms=True)
        limit = self._branch.limit
        if limit is None:
            chosen = chosen.order_by(None).order_by(*order)
        else:
            chosen = _first_of_each(chosen, found_by, order, number(limit))
        shape = shape_of(chosen, self._slots, self._dialect, heavy=is_heavy(targets))
        if shape is None:
            raise UnshownError
        return shape

    def _held(self) -> Iterable[Any]:
        assert self._branch.level is not None  # noqa: S101 -- as above
        return [one.label(f"portico_{i}") for i, one in enumerate(self._branch.level.held.values())]


def _among(columns: Sequence[Any], keys: Iterable[Sequence[Any]]) -> sa.ColumnElement[bool]:
    if len(columns) == 1:
        found: sa.ColumnElement[bool] = columns[0].in_([key[0] for key in keys])
        return found
    return sa.or_(*(sa.and_(*(one == part for one, part in zip(columns, key, strict=True))) for key in keys))


def _first_of_each(
    chosen: sa.Select[Any], found_by: Sequence[Any], order: Sequence[Any], limit: Any
) -> sa.Select[Any]:
    """The first rows of each parent."""
    rank = sa.func.row_number().over(partition_by=list(found_by), order_by=list(order))
    ranked = chosen.add_columns(rank.label("portico_rank")).order_by(None).subquery("portico_ranked")
    *columns, place = ranked.c
    return sa.select(*columns).where(place <= limit).order_by(place)


def _key(row: Sequence[Any], places: Iterable[int], readers: Sequence[Any]) -> Key:
    return tuple(
        [
            row[place] if reader is None or row[place] is None else reader(row[place])
            for place, reader in zip(places, readers, strict=True)
        ]
    )


def _reader(type_: Any, dialect: Any) -> Any:
    return type_.dialect_impl(dialect).result_processor(dialect, None)

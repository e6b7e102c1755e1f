"""Rows as JSON objects, through a struct of msgspec made for their columns.

    writer = row_writer([Field("id", sa.Integer(), spec)], dialect)
    writer.many([(1, "Hello")])          # b'[{"id":1,"title":"Hello"}]'

What is written is byte for byte what Pydantic writes of the same rows. A writer that meets a value which
its column should not hold (SQLite keeps text in a column of numbers) gives None: the general path shows such
rows.
Raises `NoWriterError` where the JSON of a column is not known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import msgspec
from sqlalchemy.engine import Dialect

from .columns import EVERY, Field, NoWriterError, Writing, without_null
from .kinds import column_writing


class UnfitError(Exception):
    """A row holds what its columns should not."""


class RowWriter:
    """Writes rows of certain columns; more columns behind these are left out."""

    def __init__(self, names: Sequence[str], how: Sequence[Writing]) -> None:
        keys = [f"f{i}" for i, _ in enumerate(names)]
        rename = dict(zip(keys, names, strict=True))
        try:
            made = msgspec.defstruct("Row", [(key, Any) for key in keys], rename=rename, gc=False)
        except ValueError:
            raise NoWriterError(
                "the name of a column has characters that JSON writes in another way"
            ) from None
        self._struct: Callable[..., Any] = made
        self._encode = msgspec.json.Encoder().encode
        self._accepts = [one.accepts for one in how]
        self._converts = [(i, one.convert) for i, one in enumerate(how) if one.convert is not None]
        self._bulks = [(i, one.bulk) for i, one in enumerate(how) if one.bulk is not None]
        self._mixed = [i for i, one in enumerate(how) if one.mixed]
        self._width = len(names)
        self.told_alike = all(one.told_alike for one in how)
        """Whether a row that its schema refuses shows the same values."""

    def one(self, row: Sequence[Any]) -> bytes | None:
        """One row; None where the general path has to show it."""
        try:
            return self._encode(self._made(row))
        except Exception:  # whatever it is, the general path meets it, too, and says it its way
            return None

    def many(self, rows: Sequence[Sequence[Any]]) -> bytes | None:
        """A list of rows; None where the general path has to show them."""
        if not rows:
            return b"[]"
        try:
            return self._encode(self._all_made(rows))
        except Exception:  # as above
            return None

    def structs(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """A list of rows as what stands within other rows; `UnfitError` and others as `many` gives None."""
        return self._all_made(rows) if rows else []

    def _made(self, row: Sequence[Any]) -> Any:
        values = list(row[: self._width])
        for value, accepts in zip(values, self._accepts, strict=True):
            if type(value) not in accepts:
                raise UnfitError
        for position, convert in self._converts:
            value = values[position]
            if value is not None:
                values[position] = convert(value)
        return self._struct(*values)

    def _all_made(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        unsure = self._unsure(rows[0])
        struct, width = self._struct, self._width
        if not unsure and not self._bulks:
            if len(rows[0]) == width:
                return [struct(*row) for row in rows]
            return [struct(*row[:width]) for row in rows]
        columns: list[Any] = list(zip(*rows, strict=True))[:width]
        for position in unsure:
            if not self._accepts[position].issuperset(map(type, columns[position])):
                raise UnfitError
        for position, bulk in self._bulks:
            columns[position] = bulk(columns[position])
        return list(map(struct, *columns))

    def _unsure(self, row: Sequence[Any]) -> list[int]:
        """The columns to look at in every row: where types differ, and where the first row has no value."""
        unsure = self._mixed.copy()
        for position, accepts in enumerate(self._accepts):
            found: type[Any] = row[position].__class__
            if found not in accepts:
                raise UnfitError
            if found is NoneType and position not in self._mixed:
                unsure.append(position)
        return unsure


def row_writer(
    fields: Sequence[Field], dialect: Dialect, *, in_order: bool = True, along: Sequence[str] = ()
) -> RowWriter:
    """A writer for rows of these columns; NoWriterError where a column has none.

    ``in_order`` says that a row which its schema refuses is shown with the same names in the same order; a
    NULL where there should be none then needs no look. ``along`` are members behind the columns, whose values
    are what other writers' `structs` gave.
    """
    how = [column_writing(field, dialect) for field in fields]
    if not (in_order and all(one.told_alike for one in how)):
        how = [
            one if field.spec.nullable or field.spec.python_type is Any else without_null(one)
            for field, one in zip(fields, how, strict=True)
        ]
    how += [Writing(accepts=EVERY) for _ in along]
    return RowWriter([*(field.name for field in fields), *along], how)

"""Rows of chosen columns: what `values` and `values_list` give.

    rows = Post.filter().values_list("title", flat=True)
    await rows.distinct().order_by("title")

They are narrowed, sliced and awaited like the query they came from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, Self, TypeVar

from portico._kernel.doors import register_calls
from portico.errors import UsageError

from . import execution
from .selection import Selection
from .state import Column, State

R = TypeVar("R")
Shape = Callable[[Any], R]


def as_dict(row: Any) -> dict[str, Any]:
    """A row as a dictionary."""
    return dict(row._mapping)  # noqa: SLF001 -- the public name of SQLAlchemy's Row starts so


def as_tuple(row: Any) -> tuple[Any, ...]:
    """A row as a plain tuple."""
    return tuple(row)


def as_row(row: Any) -> Any:
    """A row as SQLAlchemy gives it: a named tuple."""
    return row


def shape_of(given: Sequence[Any]) -> Shape[Any]:
    """Dictionaries where there are names, else rows."""
    return as_dict if any(isinstance(column, str) for column in given) else as_row


def first_of(columns: Sequence[Column]) -> Shape[Any]:
    """The value of the only column."""
    if len(columns) != 1:
        raise UsageError(f"flat=True takes one column, not {len(columns)}.")
    return _only


def _only(row: Any) -> Any:
    return row[0]


def _dicts(names: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def _tuples(_: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[Any]:
    return list(map(tuple, rows))


def _firsts(_: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [row[0] for row in rows]


_PLAIN: Final[Mapping[Shape[Any], Callable[[Sequence[Any], Sequence[Sequence[Any]]], list[Any]]]] = {
    as_dict: _dicts,
    as_tuple: _tuples,
    _only: _firsts,
}
"""Shapes for which the values of a row are enough, and how many rows are given them."""


class Rows(Selection[R]):
    """Rows of chosen columns, described and not yet asked for."""

    __slots__ = ("shape",)

    shape: Shape[R]

    def __init__(self, state: State, shape: Shape[R]) -> None:
        self.state = state
        self.shape = shape

    def _copy(self) -> Self:
        made = super()._copy()
        made.shape = self.shape
        return made

    async def listed(self) -> list[R]:
        """The rows."""
        plain = _PLAIN.get(self.shape)
        found = None if plain is None else await execution.plain_rows(self.state)
        if plain is None or found is None:
            return [self.shape(row) for row in await execution.rows(self.state)]
        return plain([column.name for column in self.state.columns], found)

    async def __aiter__(self) -> AsyncIterator[R]:
        async for row in execution.streamed_rows(self.state):
            yield self.shape(row)

    async def scalar(self) -> Any:
        """The first column of the first row; None when there is no row."""
        columns = self.state.columns[:1]
        return await Rows[Any](self.state.but(columns=columns), _only).first()


register_calls(
    "db/query",
    Rows,
    reads="filter exclude order_by join as_subquery "
    "listed first last one one_or_none some count exists scalar explain __await__ __aiter__",
)

"""`values` and `values_list`: rows of chosen columns instead of objects, typed by what is chosen.

    await Post.filter().values(Post.id, Post.author.username)      # list[Row[int, str]]
    await Post.filter().values("id", "author__username")           # list[dict[str, Any]]
    await Post.filter().values_list(Post.title, flat=True)         # list[str]

Names give dictionaries with these names as keys. Without any, all columns are given, except what is
write-only or secret. Raises `UnknownNameError` for a name that does not exist.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar, overload

from sqlalchemy import Row
from sqlalchemy import SQLColumnExpression as Column_

from .conditions import F
from .output import all_columns, columns_of
from .rows import Rows, as_dict, as_tuple, first_of, shape_of
from .selection import Selection

M = TypeVar("M")
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
K = TypeVar("K")
G = TypeVar("G")
H = TypeVar("H")


class Projecting(Selection[M], Generic[M]):
    """The part of `Query` that chooses columns."""

    __slots__ = ()

    @overload
    def values(self) -> Rows[dict[str, Any]]: ...
    @overload
    def values(self, *names: str) -> Rows[dict[str, Any]]: ...
    @overload
    def values(self, a: Column_[A], /) -> Rows[Row[A]]: ...
    @overload
    def values(self, a: Column_[A], b: Column_[B], /) -> Rows[Row[A, B]]: ...
    @overload
    def values(self, a: Column_[A], b: Column_[B], c: Column_[C], /) -> Rows[Row[A, B, C]]: ...
    @overload
    def values(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], /
    ) -> Rows[Row[A, B, C, D]]: ...
    @overload
    def values(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], e: Column_[E], /
    ) -> Rows[Row[A, B, C, D, E]]: ...
    @overload
    def values(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], e: Column_[E], f: Column_[K], /
    ) -> Rows[Row[A, B, C, D, E, K]]: ...
    @overload
    def values(
        self,
        a: Column_[A],
        b: Column_[B],
        c: Column_[C],
        d: Column_[D],
        e: Column_[E],
        f: Column_[K],
        g: Column_[G],
        /,
    ) -> Rows[Row[A, B, C, D, E, K, G]]: ...
    @overload
    def values(
        self,
        a: Column_[A],
        b: Column_[B],
        c: Column_[C],
        d: Column_[D],
        e: Column_[E],
        f: Column_[K],
        g: Column_[G],
        h: Column_[H],
        /,
    ) -> Rows[Row[A, B, C, D, E, K, G, H]]: ...
    @overload
    def values(self, *columns: str | F | Column_[Any]) -> Rows[Any]: ...
    def values(self, *columns: Any) -> Rows[Any]:
        """Dictionaries for names, typed rows for columns; a mixture gives dictionaries."""
        state = self.state
        if not columns:
            return Rows(state.but(columns=all_columns(state)), as_dict)
        return Rows(state.but(columns=columns_of(state, columns)), shape_of(columns))

    @overload
    def values_list(self, column: Column_[T], /, *, flat: Literal[True]) -> Rows[T]: ...
    @overload
    def values_list(self, name: str | F, /, *, flat: Literal[True]) -> Rows[Any]: ...
    @overload
    def values_list(self) -> Rows[tuple[Any, ...]]: ...
    @overload
    def values_list(self, *names: str) -> Rows[tuple[Any, ...]]: ...
    @overload
    def values_list(self, a: Column_[A], /) -> Rows[tuple[A]]: ...
    @overload
    def values_list(self, a: Column_[A], b: Column_[B], /) -> Rows[tuple[A, B]]: ...
    @overload
    def values_list(self, a: Column_[A], b: Column_[B], c: Column_[C], /) -> Rows[tuple[A, B, C]]: ...
    @overload
    def values_list(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], /
    ) -> Rows[tuple[A, B, C, D]]: ...
    @overload
    def values_list(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], e: Column_[E], /
    ) -> Rows[tuple[A, B, C, D, E]]: ...
    @overload
    def values_list(
        self, a: Column_[A], b: Column_[B], c: Column_[C], d: Column_[D], e: Column_[E], f: Column_[K], /
    ) -> Rows[tuple[A, B, C, D, E, K]]: ...
    @overload
    def values_list(
        self,
        a: Column_[A],
        b: Column_[B],
        c: Column_[C],
        d: Column_[D],
        e: Column_[E],
        f: Column_[K],
        g: Column_[G],
        /,
    ) -> Rows[tuple[A, B, C, D, E, K, G]]: ...
    @overload
    def values_list(
        self,
        a: Column_[A],
        b: Column_[B],
        c: Column_[C],
        d: Column_[D],
        e: Column_[E],
        f: Column_[K],
        g: Column_[G],
        h: Column_[H],
        /,
    ) -> Rows[tuple[A, B, C, D, E, K, G, H]]: ...
    @overload
    def values_list(self, *columns: str | F | Column_[Any], flat: bool = False) -> Rows[Any]: ...
    def values_list(self, *columns: Any, flat: bool = False) -> Rows[Any]:
        """Tuples; with ``flat`` the values of the one column."""
        state = self.state
        chosen = columns_of(state, columns) if columns else all_columns(state)
        return Rows(state.but(columns=chosen), first_of(chosen) if flat else as_tuple)

    @overload
    async def scalar(self, column: Column_[T], /) -> T | None: ...
    @overload
    async def scalar(self, column: str, /) -> Any: ...
    async def scalar(self, column: Any, /) -> Any:
        """One column of the first row; None when there is no row."""
        return await self.values_list(column, flat=True).first()

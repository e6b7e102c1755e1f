"""What `Query` and the rows of `values` have in common: the verbs that narrow, and those that answer.

    query = Post.filter(published=True).order_by("-created_at")
    await query[:20]
    await query.first()
    await query.count()

Each verb gives a new selection; nothing is sent before one is awaited. Raises `UsageError` where a selection
is used as if it were a list already.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Generator
from typing import Any, Generic, NoReturn, Self, TypeVar

from sqlalchemy import Select, select

from portico.db.session import Database, current_database
from portico.errors import MultipleFoundError, NotFoundError, UsageError

from . import execution
from .conditions import Condition, Negation, Node, Q, node_of
from .state import JoinKind, State
from .statements import by_key, check_element, check_sources, compile_keys, compile_select, join_of, sort_keys

R = TypeVar("R")
MAX_NUMBER = 2**63 - 1


class Selection(ABC, Generic[R]):
    """Rows of some shape, described and not yet asked for."""

    __slots__ = ("state",)

    state: State

    def _with(self, **changes: Any) -> Self:
        made = self._copy()
        made.state = self.state.but(**changes)
        return made

    def _copy(self) -> Self:
        made = object.__new__(type(self))
        made.state = self.state
        return made

    # ── narrowing ────────────────────────────────────────────────────────────────────────────────────

    def filter(self, /, *conditions: Condition, **lookups: Any) -> Self:
        """Only rows for which all of these are true."""
        return self._narrowed("filter", Q(*conditions, **lookups), negated=False)

    def exclude(self, /, *conditions: Condition, **lookups: Any) -> Self:
        """Only rows that `filter` with the same arguments would leave out, NULLs among them."""
        return self._narrowed("exclude", Q(*conditions, **lookups), negated=True)

    def _narrowed(self, verb: str, question: Q, *, negated: bool) -> Self:
        if self.state.sliced:
            raise UsageError(
                f"{verb}() after a slice would choose among the rows left.", hint="Filter first."
            )
        node = node_of(self.state.model, question)
        if node is None:
            return self
        if negated:
            return self.narrowed_by(Negation(node), ~question)
        return self.narrowed_by(node, question)

    def narrowed_by(self, node: Node, asked: Q | None = None) -> Self:
        """The selection with one more condition, already understood; ``asked`` is what it was made from."""
        check_sources(self.state, node)
        before = self.state.asked
        together = None if before is None or asked is None else (*before, asked)
        return self._with(where=(*self.state.where, node), asked=together)

    def all(self) -> Self:
        """Every row, said aloud: `update` and `delete` without a filter ask for it."""
        return self._with(everything=True)

    def order_by(self, *keys: Any) -> Self:
        """Sort by these keys, instead of any order given before; without keys, not at all."""
        if self.state.sliced:
            raise UsageError("order_by() after a slice would sort the rows left.", hint="Sort first.")
        if self.state.seek is not None:
            raise UsageError("order_by() after seek() would move the place.", hint="Sort first.")
        chosen = sort_keys(self.state.model, keys)
        for key in chosen:
            if not key.named:
                check_element(self.state, key.expression)
        return self._with(order=chosen)

    def limit(self, limit: int | None) -> Self:
        """At most so many rows; None for all."""
        return self._with(limit=None if limit is None else _counted("limit", limit))

    def offset(self, offset: int | None) -> Self:
        """Leave out so many rows at the beginning."""
        return self._with(offset=_counted("offset", offset or 0))

    def __getitem__(self, piece: slice[Any, Any, Any]) -> Self:
        if not hasattr(piece, "step"):
            raise UsageError(
                "A query has no elements before it is awaited.", hint="Await it, or use first() or get()."
            )
        if piece.step is not None:
            raise UsageError("A slice of a query has no step.", hint="Slice the list that awaiting it gives.")
        start = _counted("slice", piece.start or 0)
        stop = None if piece.stop is None else _counted("slice", piece.stop)
        room = self.state.limit
        length = None if stop is None else max(stop - start, 0)
        if room is not None:
            left = max(room - start, 0)
            length = left if length is None else min(length, left)
        return self._with(limit=length, offset=self.state.offset + start, sliced=True)

    def distinct(self) -> Self:
        """Each row once. Objects are given once anyway."""
        return self._with(distinct=True)

    def join(self, target: Any, on: Any = None, *, kind: JoinKind = "inner") -> Self:
        """Join a relation, or a mapped class on a condition."""
        return self._with(joins=(*self.state.joins, *join_of(self.state, target, on, kind)))

    def using(self, database: Database | str) -> Self:
        """Ask this database instead of the one in use."""
        return self._with(database=current_database(database) if isinstance(database, str) else database)

    # ── answering ────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    async def listed(self) -> list[R]:
        """The rows."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[R]:
        """The rows one after the other."""

    def __await__(self) -> Generator[Any, None, list[R]]:
        return self.listed().__await__()

    async def first(self) -> R | None:
        """The first row in the order given, or by key; None when there is none."""
        room = self.state.limit
        found = await self._with(order=by_key(self.state), limit=1 if room is None else min(room, 1)).listed()
        return found[0] if found else None

    async def last(self) -> R | None:
        """The last row in the order given, or by key; None when there is none."""
        if self.state.is_sliced:
            found = await self.listed()
            return found[-1] if found else None
        found = await self._with(order=by_key(self.state, backwards=True), limit=1).listed()
        return found[0] if found else None

    async def one(self) -> R:
        """The only row; NotFoundError or MultipleFoundError when there is not exactly one."""
        found = await self.one_or_none()
        if found is None:
            raise NotFoundError(f"No {self.state.model.__name__} was found.")
        return found

    async def one_or_none(self) -> R | None:
        """The only row or None; MultipleFoundError when there are several."""
        found = await self.some(2)
        if len(found) > 1:
            raise MultipleFoundError(
                f"One {self.state.model.__name__} was asked for and several match.",
                hint="Filter further, or take first().",
            )
        return found[0] if found else None

    async def some(self, most: int) -> list[R]:
        """At most so many rows, whichever the database finds first."""
        room = self.state.limit
        if room is not None or self.state.offset:
            return await self._with(limit=most if room is None else min(room, most)).listed()
        return await self._with(limit=most, unsorted=True).listed()

    async def count(self) -> int:
        """How many rows there are."""
        return await execution.count(self.state)

    async def exists(self) -> bool:
        """Whether there is any row."""
        return await execution.exists(self.state)

    async def explain(self, *, analyze: bool = False) -> str:
        """How the database would go about it; with ``analyze`` it does so and measures."""
        return await execution.explained(self.state, analyze=analyze)

    def as_subquery(self) -> Select[Any]:
        """What `in` compares with when a query is given to it."""
        chosen = compile_select(self) if self.state.columns else compile_keys(self.state)
        # MariaDB does not limit inside IN, but inside a derived table.
        return select(*chosen.subquery().c) if self.state.is_sliced else chosen

    # ── misuse ───────────────────────────────────────────────────────────────────────────────────────

    def __bool__(self) -> NoReturn:
        raise _unawaited("has no truth value", "await query.exists()")

    def __len__(self) -> NoReturn:
        raise _unawaited("has no length", "await query.count()")

    def __iter__(self) -> NoReturn:
        raise _unawaited(
            "cannot be looped over by `for`", "for row in await query, or async for row in query"
        )

    def __contains__(self, row: object) -> NoReturn:
        raise _unawaited("cannot be searched by `in`", "row in await query")

    def __repr__(self) -> str:
        # Never values: they may be secrets, and reprs end in logs.
        said = [f"{len(self.state.where)} conditions"] if self.state.where else []
        said += [f"order {', '.join(key.name for key in self.state.order)}"] if self.state.order else []
        said += [f"limit {self.state.limit}"] if self.state.limit is not None else []
        said += [f"offset {self.state.offset}"] if self.state.offset else []
        return f"<{type(self).__name__} {self.state.model.__name__}{': ' if said else ''}{'; '.join(said)}>"


def _counted(what: str, number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise UsageError(f"{what} is a whole number, not {type(number).__name__}.")
    if not 0 <= number <= MAX_NUMBER:
        raise UsageError(f"{what} must be between 0 and {MAX_NUMBER}, not {number}.")
    return number


def _unawaited(cannot: str, cure: str) -> UsageError:
    return UsageError(f"A query {cannot} before it is awaited.", hint=f"Write: {cure}.")

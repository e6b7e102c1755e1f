"""`Query[M]`: a question about one mapped class, put together step by step and asked by awaiting it.

    posts = await Query(Post).filter(Post.author.username == "ann", title__icontains="hello")
    post = await Query(Post).get(1)
    await Query(Post).filter(Post.likes == 0).delete()

Works on any mapped class. Each verb gives a new query, so one can be kept and used again. Raises
`UnknownNameError` and `UsageError` where the question is put, `NotFoundError` and `MultipleFoundError` where
one row is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, Self, TypeVar, overload

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico._kernel.doors import register_calls
from portico.db.relations import hooks
from portico.db.session import Database
from portico.errors import UsageError

from . import execution, keys, loading, planning, writing
from .conditions import Condition, Leaf
from .execution import Placed
from .prefetch import Prefetch
from .projection import Projecting
from .state import State, whole
from .statements import can_seek, seek_keys, sought

M = TypeVar("M")


class Query(Projecting[M]):
    """An immutable question about the objects of one mapped class."""

    __slots__ = ()

    def __init__(self, model: type[M], database: Database | None = None) -> None:
        if not isinstance(sa.inspect(model, raiseerr=False), Mapper):
            raise UsageError(
                f"{getattr(model, '__name__', model)} is not a mapped class.",
                hint="Give a Portico model or a SQLAlchemy mapped class; abstract models have no table.",
            )
        self.state = whole(model) if database is None else State(model=model, database=database)

    @property
    def model(self) -> type[M]:
        """The mapped class."""
        return self.state.model

    def only(self, *fields: Any) -> Self:
        """Load these columns only, and always the key; reading another one raises NotLoadedError."""
        chosen = loading.only_names(self.state, fields)
        return self._with(only=(*(self.state.only or ()), *chosen))

    def prefetch(self, *relations: str | Prefetch | Any) -> Self:
        """Load these relations too, one statement for each: "author", "author.posts", `Prefetch`."""
        asked = loading.prefetches_of(self.state, relations)
        return self._with(prefetches=(*self.state.prefetches, *asked))

    def with_deleted(self) -> Self:
        """The rows that are marked as deleted, too; related rows that are deleted stay hidden."""
        made = self._copy()
        made.state = writing.reaching_deleted(self.state, "with_deleted", only=False)
        return made

    def only_deleted(self) -> Self:
        """Only the rows that are marked as deleted."""
        made = self._copy()
        made.state = writing.reaching_deleted(self.state, "only_deleted", only=True)
        return made

    def seek(self, position: Sequence[Any], *, backwards: bool = False, inclusive: bool = False) -> Self:
        """Only rows after a position that `placed` gave; ``backwards`` those before, the nearest of them.

        Both come in the order of the query. A row at the position itself is left out unless ``inclusive``.
        """
        made = self._copy()
        made.state = sought(self.state, position, backwards=backwards, inclusive=inclusive)
        return made

    async def placed(self) -> Placed[M]:
        """The objects with their positions in the order, from which `seek` reads on."""
        if self.state.multiplies:
            raise UsageError("placed() needs objects in an order of their own.", hint="Leave join() out.")
        return await execution.placed(self.state.but(unsorted=False, order=seek_keys(self.state)))

    async def foreseen(self, *, keys_only: bool = False) -> planning.Foreseen:
        """What the database expects of this query: rows and cost, None where it does not say."""
        return await planning.foresee(self.state, keys_only=keys_only)

    @property
    def order_said(self) -> tuple[tuple[str, bool, bool | None, str], ...]:
        """The order that `placed` and `seek` go by: names, directions, where NULLs stand, types."""
        keys = seek_keys(self.state)
        return tuple(
            (key.name, key.descending, key.nulls_first, type(key.expression.type).__name__) for key in keys
        )

    @property
    def can_seek(self) -> bool:
        """Whether each row has a place of its own; not so in a view or table without a key."""
        return can_seek(self.state)

    def lock(self, *, read: bool = False, nowait: bool = False, skip_locked: bool = False) -> Self:
        """Hold the rows until the unit of work ends; with ``read`` others may hold them too."""
        return self._with(lock={"read": read, "nowait": nowait, "skip_locked": skip_locked})

    async def listed(self) -> list[M]:
        """The objects."""
        return await execution.objects(self.state)

    async def __aiter__(self) -> AsyncIterator[M]:
        async for each in execution.streamed(self.state):
            yield each

    async def get(self, key: Any = None, /, *conditions: Condition, **lookups: Any) -> M:
        """The one object with this key (a tuple for a composite key) or for which these are true."""
        return await keys.get(self, key, conditions, lookups)

    async def get_or_none(self, key: Any = None, /, *conditions: Condition, **lookups: Any) -> M | None:
        """Like `get`, but None when there is none."""
        return await keys.get_or_none(self, key, conditions, lookups)

    async def in_bulk(self, keys_: Iterable[Any], /) -> dict[Any, M]:
        """The objects with these keys, by key; keys without an object are left out."""
        return await keys.in_bulk(self, keys_)

    @overload
    async def update(
        self, /, *, returning: None = None, at_most: int | None = None, **values: Any
    ) -> int: ...
    @overload
    async def update(
        self, /, *, returning: Literal[True], at_most: int | None = None, **values: Any
    ) -> list[M]: ...
    @overload
    async def update(
        self, /, *, returning: Sequence[Any], at_most: int | None = None, **values: Any
    ) -> list[Any]: ...
    async def update(self, /, *, returning: Any = None, at_most: int | None = None, **values: Any) -> Any:
        """Set these values in every row by one statement; the number of rows, or what ``returning`` asks.

        Changing more than ``at_most`` rows raises PlanRefusedError and changes none.
        """
        return await writing.limited(
            self.state, at_most, lambda: writing.update(self.state, values, returning)
        )

    @overload
    async def delete(self, *, returning: None = None, at_most: int | None = None) -> int: ...
    @overload
    async def delete(self, *, returning: Literal[True], at_most: int | None = None) -> list[M]: ...
    @overload
    async def delete(self, *, returning: Sequence[Any], at_most: int | None = None) -> list[Any]: ...
    async def delete(self, *, returning: Any = None, at_most: int | None = None) -> Any:
        """Delete every row by one statement; the number of rows, or what ``returning`` asks.

        Deleting more than ``at_most`` rows raises PlanRefusedError and deletes none. A class that keeps its
        deleted rows marks them; those of its dependents that are to follow take a statement for each table.
        """
        return await writing.limited(self.state, at_most, lambda: writing.delete(self.state, returning))

    async def hard_delete(self, *, at_most: int | None = None) -> int:
        """Remove every row of a class that keeps its deleted rows, for good; the number of rows.

        With ``only_deleted()`` that empties the trash. The database's own foreign keys decide what follows.
        """
        removed: int = await writing.limited(
            self.state, at_most, lambda: writing.hard_delete(self.state, None)
        )
        return removed

    async def restore(self) -> int:
        """Restore the deleted rows of the query, with what was deleted along with them; their number.

        Raises `DuplicateError` where another row has taken the key of one, and restores none then.
        """
        return await writing.restore(self.state)


def _lent(cls: type[Any], condition: Any, database: Database) -> Query[Any]:
    """What relations ask for: the targets of one object, as a query."""
    return Query(cls, database).narrowed_by(Leaf(condition))


hooks.query = _lent

register_calls(
    "db/query",
    Query,
    reads="filter exclude order_by join prefetch as_subquery seek lock values values_list "
    "listed first last one one_or_none some count exists get get_or_none in_bulk placed scalar "
    "explain foreseen update delete __await__ __aiter__",
    writes="update delete",
)
register_calls(
    "db/query", Query, reads="with_deleted only_deleted", writes="hard_delete restore", passes=["deleted"]
)

"""The write paths of models, opened for watchers: they do nothing for a class that nobody watches.

@writes_one("create")
async def insert(database, instance, …): ...

@writes_many("create")
async def bulk_insert(database, instances, …): ...

@writes_keys(load)
async def bulk_delete(database, cls, instances_or_keys, …): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from portico.db.session import Database, Unit

from .record import Kind
from .sources import class_of
from .statements import grouped
from .telling import is_recorded, looks_before, watched_write

P = ParamSpec("P")
R = TypeVar("R")
OfOne: TypeAlias = Callable[Concatenate[Database, Any, P], Coroutine[Any, Any, R]]
OfMany: TypeAlias = Callable[Concatenate[Database, Sequence[Any], P], Coroutine[Any, Any, R]]
OfClass: TypeAlias = Callable[Concatenate[Database, type[Any], Iterable[Any], P], Coroutine[Any, Any, R]]
Loading: TypeAlias = Callable[[Database, type[Any], Sequence[Any]], Awaitable[Sequence[Any]]]


def writes_one(kind: Kind) -> Callable[[OfOne[P, R]], OfOne[P, R]]:
    """A function of a database and an instance."""

    def watching(write: OfOne[P, R]) -> OfOne[P, R]:
        @wraps(write)
        async def written(database: Database, instance: Any, /, *args: P.args, **options: P.kwargs) -> R:
            cls = class_of(instance)
            if not is_recorded(cls, kind):
                return await write(database, instance, *args, **options)
            async with watched_write(database, cls, kind, [instance]) as unit, _as_one(unit, kind):
                return await write(database, instance, *args, **options)

        return written

    return watching


def writes_many(kind: Kind) -> Callable[[OfMany[P, R]], OfMany[P, R]]:
    """A function of a database and instances of one class."""

    def watching(write: OfMany[P, R]) -> OfMany[P, R]:
        @wraps(write)
        async def written(
            database: Database, instances: Sequence[Any], /, *args: P.args, **options: P.kwargs
        ) -> R:
            if not instances or not is_recorded(class_of(instances[0]), kind):
                return await write(database, instances, *args, **options)
            async with watched_write(database, class_of(instances[0]), kind, instances):
                return await write(database, instances, *args, **options)

        return written

    return watching


def writes_keys(kind: Kind, load: Loading) -> Callable[[OfClass[P, R]], OfClass[P, R]]:
    """A function of a database, a class, and rows of it in any form, of which ``load`` makes objects."""

    def watching(write: OfClass[P, R]) -> OfClass[P, R]:
        @wraps(write)
        async def written(
            database: Database, cls: type[Any], rows: Iterable[Any], /, *args: P.args, **options: P.kwargs
        ) -> R:
            if not is_recorded(cls, kind):
                return await write(database, cls, rows, *args, **options)
            given: Sequence[Any] = list(rows)
            async with watched_write(database, cls, kind) as unit:
                if given and looks_before(cls, kind):
                    given = await load(database, cls, given)
                    async with watched_write(database, cls, kind, given), _as_one(unit, kind):
                        return await write(database, cls, given, *args, **options)
                async with _as_one(unit, kind):
                    return await write(database, cls, given, *args, **options)

        return written

    return watching


def _as_one(unit: Unit, kind: Kind) -> AbstractAsyncContextManager[None]:
    return grouped(unit) if kind == "delete" else nullcontext()

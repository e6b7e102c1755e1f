"""Query[M] in its first form: equality filters, order, limits and the simplest terminals."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portico.db.session import Database, current_database, fetch, run
from portico.errors import MultipleFoundError, NotFoundError, UnknownNameError

M = TypeVar("M")


class Query(Generic[M]):
    """An immutable question about one mapped class."""

    def __init__(self, model: type[M], database: Database | None = None) -> None:
        self.model = model
        self.database = database
        self._where: tuple[Any, ...] = ()
        self._order: tuple[Any, ...] = ()
        self._limit: int | None = None
        self._offset: int | None = None

    def _but(self, **changes: Any) -> Query[M]:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes)
        return new

    def _attr(self, name: str) -> Any:
        if name not in sa.inspect(self.model).attrs:
            raise UnknownNameError(f"{self.model.__name__} has no field {name!r}.", name=name)
        return getattr(self.model, name)

    def _key(self) -> list[Any]:
        mapper = sa.inspect(self.model)
        return [getattr(self.model, mapper.get_property_by_column(c).key) for c in mapper.primary_key]

    def filter(self, *conditions: Any, **lookups: Any) -> Query[M]:
        found = tuple(self._attr(k) == v for k, v in lookups.items())
        return self._but(_where=(*self._where, *conditions, *found))

    def order_by(self, *keys: Any) -> Query[M]:
        found = tuple(
            (self._attr(k[1:]).desc() if k.startswith("-") else self._attr(k)) if isinstance(k, str) else k for k in keys
        )
        return self._but(_order=found)

    def limit(self, limit: int | None) -> Query[M]:
        return self._but(_limit=limit)

    def offset(self, offset: int | None) -> Query[M]:
        return self._but(_offset=offset)

    def _db(self) -> Database:
        return self.database or current_database()

    def _select(self) -> Any:
        return sa.select(self.model).where(*self._where).order_by(*self._order).limit(self._limit).offset(self._offset)

    async def all(self) -> list[M]:
        return await fetch(self._db(), self._select())

    def __await__(self) -> Generator[Any, None, list[M]]:
        return self.all().__await__()

    async def first(self) -> M | None:
        query = self if self._order else self._but(_order=tuple(self._key()))
        rows = await query.limit(1).all()
        return rows[0] if rows else None

    async def get(self, key: Any = None, /, **lookups: Any) -> M:
        query = self.filter(**lookups)
        if key is not None:
            parts = key if isinstance(key, tuple) else (key,)
            query = query.filter(*(c == p for c, p in zip(query._key(), parts, strict=True)))
        rows = await query.limit(2).all()
        if not rows:
            raise NotFoundError(f"No {self.model.__name__} found.")
        if len(rows) > 1:
            raise MultipleFoundError(f"Several {self.model.__name__} found.")
        return rows[0]

    async def count(self) -> int:
        inner = sa.select(sa.literal(1)).select_from(self.model).where(*self._where)
        inner = inner.limit(self._limit).offset(self._offset)
        result = await run(self._db(), sa.select(sa.func.count()).select_from(inner.subquery()))
        return int(result.scalar_one())

    async def exists(self) -> bool:
        return await self.count() > 0

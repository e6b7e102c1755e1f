"""Ways to read or change what stands in a house, each as a function of the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from portico.db.query import F
from portico.db.relations import relation
from portico.db.session import Database, atomic, run

from .world import Chair, Room

Door = Callable[[Database], Awaitable[Any]]


def _query(ask: Callable[[], Any]) -> Door:
    async def door(_: Database) -> Any:
        return await ask()

    return door


def _core(build: Callable[[], Any]) -> Door:
    async def door(db: Database) -> Any:
        return (await run(db, build())).all()

    return door


async def _session(db: Database) -> Any:
    wanted = sa.select(Chair).options(selectinload(relation(Chair.colours)), joinedload(relation(Chair.room)))
    async with db.session() as session:
        found = [*(await session.scalars(wanted)).unique()]
        return [(chair.name, chair.room.name) for chair in found]


async def _own_session(db: Database) -> Any:
    async with AsyncSession(db.engine) as session:
        return [chair.name for chair in await session.scalars(sa.select(Chair))]


async def _get(db: Database) -> Any:
    async with db.session() as session:
        found = await session.get(Chair, 1)
        return found and found.name


async def _streamed(_: Database) -> Any:
    return [chair.name async for chair in Chair.order_by("id")]


async def _prefetched(_: Database) -> Any:
    return [[chair.name for chair in room.chairs] for room in await Room.prefetch("chairs")]


READING: Final[dict[str, Door]] = {
    "values": _query(lambda: Chair.all().values_list("name", flat=True)),
    "related": _query(lambda: Chair.all().values_list("room__name", flat=True)),
    "through": _query(lambda: Room.filter(chairs__colours__word="red").values_list("name", flat=True)),
    "get": _get,
    "session": _session,
    "own_session": _own_session,
    "streamed": _streamed,
    "prefetched": _prefetched,
    "core": _core(lambda: sa.select(Chair.__table__)),
    "joined": _core(lambda: sa.select(Room.name).join(Chair, Chair.room_id == Room.id)),
    "union": _core(lambda: sa.union_all(sa.select(Room.name), sa.select(Chair.name))),
}


async def _saved(_: Database) -> Any:
    chair = await Chair.get(1)
    chair.legs = 3
    await chair.save()


async def _flushed(db: Database) -> Any:
    async with db.session() as session:
        (await session.get_one(Chair, 1)).legs = 3
        session.add(Room(name="new"))


async def _atomic(_: Database) -> Any:
    async with atomic():
        await Chair.all().update(legs=F("legs") + 1)
        await Room.create(name="other")


WRITING: Final[dict[str, Door]] = {
    "saved": _saved,
    "flushed": _flushed,
    "atomic": _atomic,
    "bulk": _query(lambda: Room.bulk_create([Room(name=f"room {n}") for n in range(200)])),
    "bulk_unread": _query(
        lambda: Room.bulk_create([Room(name=f"room {n}") for n in range(200)], returning=False)
    ),
    "update": _query(lambda: Chair.all().update(legs=2)),
    "delete": _query(lambda: Room.all().delete()),
    "core": _query(lambda: Chair.filter(id=1).delete()),
}

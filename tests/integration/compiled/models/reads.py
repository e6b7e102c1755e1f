"""The same calls by two doors to the same rows: one with compiled statements, one without.

async with both(url) as doors:
    one, other = await doors.same(lambda: Post.filter(likes=3))     # equal in all that can be seen
    assert doors.compiled                                           # and a compiled statement was sent
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState

from portico.db.models import DjangoModel
from portico.db.session import Database
from portico.errors import PorticoError
from tests.integration.compiled.reading.both import ON

Ask = Callable[[], Awaitable[Any]]


@dataclass
class Doors:
    """Both databases, and the texts of compiled statements sent so far."""

    database: Database
    general: Database
    compiled: list[str] = field(default_factory=list[str])

    async def same(self, ask: Ask) -> tuple[Any, Any]:
        """What both give: equal objects, or equal errors."""
        one, other = await outcome(self.database, ask), await outcome(self.general, ask)
        assert shown(one) == shown(other)
        return one, other

    async def compiled_same(self, ask: Ask) -> tuple[Any, Any]:
        """The same where the one comes by a compiled statement, and no more than one."""
        before = len(self.compiled)
        found = await self.same(ask)
        assert len(self.compiled) == before + 1, self.compiled[before:]
        return found

    async def general_same(self, ask: Ask) -> tuple[Any, Any]:
        """The same where the general path serves both."""
        before = len(self.compiled)
        found = await self.same(ask)
        assert self.compiled[before:] == []
        return found


@asynccontextmanager
async def both(url: str, metadata: sa.MetaData) -> AsyncGenerator[Doors]:
    """Two databases at one place, with empty tables."""
    async with (
        Database(url, name="compiled", compiled=ON) as database,
        Database(url, name="general", compiled="off") as general,
    ):
        await database.create_tables(metadata)
        doors = Doors(database, general)
        database.engines.hearers.append(doors.compiled.append)
        yield doors


async def outcome(database: Database, ask: Ask) -> Any:
    """What a call gives with this database in use, or the error that it raises."""
    with database.use():
        try:
            return await ask()
        except PorticoError as error:
            return error


def shown(value: Any) -> Any:
    """Everything that can be seen of a value, so that equal ones can be compared."""
    several: Any = value
    if isinstance(value, list | tuple):
        return type(several), [shown(one) for one in several]
    if isinstance(value, dict):
        return {key: shown(one) for key, one in several.items()}
    if isinstance(value, DjangoModel):
        return shown_object(value)
    if isinstance(value, PorticoError):
        return type(value), str(value), getattr(value, "hint", None), getattr(value, "fields", None)
    return type(value), value, repr(value)


def held_by(instance: Any) -> dict[str, Any]:
    """What its attributes hold."""
    held: dict[str, Any] = instance.__dict__
    return {name: one for name, one in held.items() if not name.startswith("_sa_")}


def shown_object(instance: Any) -> Any:
    """An object: its class, its attributes with what they hold, and what SQLAlchemy knows of it."""
    state: InstanceState[Any] = sa.inspect(instance)
    held = {name: shown(one) for name, one in held_by(instance).items()}
    pickled = state.__getstate__()
    return (
        type(instance),
        held,
        {
            "key": state.key,
            "identity": state.identity,
            "token": state.identity_token,
            "flags": (state.transient, state.pending, state.persistent, state.detached, state.deleted),
            "modified": (state.modified, dict(state.committed_state), state.session),
            "unloaded": sorted(state.unloaded),
            "expired": (state.expired, sorted(state.expired_attributes)),
            "closed": sorted(state.callables.items(), key=lambda item: item[0]),
            "options": (len(state.load_options), state.load_path.serialize()),
            "pickled": sorted(pickled),
            "peers": len(state.__dict__.get("_portico_peers", ())),
        },
    )

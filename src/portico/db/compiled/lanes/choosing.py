"""Which lane serves a database: decided by its driver and by what was asked for, never by a request."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from portico.db.engine import Engines
from portico.db.session import current_unit
from portico.db.session.handle import Handle

from .audience import OPENING, POOL, SENDING, STATEMENTS, Audience
from .drivers import DRIVERS, Driver
from .lane import Lane
from .pooled import PooledLane
from .private import PrivateLane
from .sqlite import SqliteLane

_LISTENERS: Final[Any] = Session().dispatch
"""What is listened for in every session; those of the general path are such sessions."""
_OF_SESSIONS: Final = ("do_orm_execute", "after_begin")


class _Choice:
    """The lane that was chosen for some engines, which may be none; it lives and ends with them."""

    def __init__(self, engines: Engines) -> None:
        self.audience = Audience(engines)
        self._pooled: Lane | None = None
        self._lane: Lane | None = None
        self._past: tuple[str, ...] = POOL
        driver = _driver(engines)
        if driver is None:
            return
        pooled = PooledLane(engines, driver)
        self._pooled = self._lane = pooled
        if engines.options.compiled == "pooled":
            return
        if engines.url.get_backend_name() == "sqlite":
            self._lane = SqliteLane(engines, pooled)
            self._past = (*POOL, *OPENING)
        else:
            self._lane = PrivateLane(engines, driver)

    def lane(self) -> Lane | None:
        """The lane on which everybody who listens is heard."""
        audience = self.audience
        if audience.is_empty():
            return self._lane
        if audience.event(STATEMENTS) is not None:
            return None
        return self._lane if audience.event(self._past) is None else self._pooled

    def leave(self, *, forked: bool) -> None:
        """The engines have moved to another loop or process."""
        if self._lane is not None:
            self._lane.leave(forked=forked)

    async def close(self, *, final: bool) -> None:
        """The engines close their connections."""
        if self._lane is not None:
            await self._lane.close(final=final)

    def listened_for(self) -> str | None:
        """The event for whose sake another lane serves than the one that was asked for, or none."""
        return self.audience.event((*STATEMENTS, *self._past))


def lane_of(database: Handle) -> Lane | None:
    """The lane of a database; None where the general path serves.

    That is so inside a unit of work of this database, which alone sees its own writes; with replicas; for
    SQLite in memory, which has one connection for everything; with a driver that has no lane; with
    ``compiled="off"``; with ``row_security``, where each statement needs a transaction; and while somebody
    listens for the statements or the beginnings of sessions, engines or connections, which is how tenants are
    kept apart and deleted rows left out. Who listens for what a pool does is heard on its connections. Raises
    `CrossTaskError` where the unit around belongs to another task.
    """
    if current_unit(database) is not None or _LISTENERS.do_orm_execute or _LISTENERS.after_begin:
        return None
    return _choice(database.engines.here()).lane()


def listened_for(database: Handle) -> str | None:
    """The event that keeps compiled statements off the quickest way, since it is listened for."""
    of_sessions = (name for name in _OF_SESSIONS if getattr(_LISTENERS, name))
    return next(of_sessions, None) or _choice(database.engines.here()).listened_for()


def is_overheard(database: Handle) -> bool:
    """Whether somebody listens for what is sent, so that no statement of a unit may go past SQLAlchemy."""
    if database.engines.options.row_security:
        return True
    return _choice(database.engines.here()).audience.event(SENDING) is not None


def _choice(engines: Engines) -> _Choice:
    choice = engines.companion
    if type(choice) is not _Choice:
        choice = engines.companion = _Choice(engines)
    return choice


def _driver(engines: Engines) -> Driver | None:
    """The driver of the lanes; None where there is no lane."""
    options = engines.options
    if options.compiled == "off" or engines.memory or engines.replicas or options.row_security:
        return None
    driver = DRIVERS.get(engines.url.get_driver_name())
    if driver is not None and options.echo:
        engines.hearers.append(engines.transactional.sync_engine.logger.info)
    return driver

"""Which lane serves a database: decided by its driver and by what was asked for, never by a request."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from portico.db.engine import Engines
from portico.db.session import current_unit
from portico.db.session.handle import Handle

from .drivers import DRIVERS
from .lane import Lane
from .pooled import PooledLane
from .private import PrivateLane
from .sqlite import SqliteLane

_LISTENERS: Final[Any] = Session().dispatch
"""What is listened for in every session; those of the general path are such sessions."""


class _Choice:
    """The lane that was chosen for some engines, which may be none; it lives and ends with them."""

    def __init__(self, lane: Lane | None) -> None:
        self.lane = lane

    def leave(self, *, forked: bool) -> None:
        """The engines have moved to another loop or process."""
        if self.lane is not None:
            self.lane.leave(forked=forked)

    async def close(self, *, final: bool) -> None:
        """The engines close their connections."""
        if self.lane is not None:
            await self.lane.close(final=final)


def lane_of(database: Handle) -> Lane | None:
    """The lane of a database; None where the general path serves.

    That is so inside a unit of work of this database, which alone sees its own writes; with replicas; for
    SQLite in memory, which has one connection for everything; with a driver that has no lane; with
    ``compiled="off"``; and while somebody listens for the statements or the beginnings of all sessions, which
    is how tenants are kept apart and deleted rows left out. Raises `CrossTaskError` where the unit around
    belongs to another task.
    """
    if current_unit(database) is not None or _LISTENERS.do_orm_execute or _LISTENERS.after_begin:
        return None
    engines = database.engines.here()
    choice = engines.companion
    if type(choice) is not _Choice:
        choice = engines.companion = _Choice(_chosen(engines))
    return choice.lane


def _chosen(engines: Engines) -> Lane | None:
    options = engines.options
    driver = DRIVERS.get(engines.url.get_driver_name())
    if options.compiled == "off" or driver is None or engines.memory or engines.replicas:
        return None
    if options.echo:
        engines.hearers.append(engines.transactional.sync_engine.logger.info)
    if options.compiled == "pooled":
        return PooledLane(engines, driver)
    if engines.url.get_backend_name() == "sqlite":
        return SqliteLane(engines, PooledLane(engines, driver))
    return PrivateLane(engines, driver)

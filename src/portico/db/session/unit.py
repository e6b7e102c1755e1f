"""The unit of work that the running code is inside of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from portico.errors import CrossTaskError

from .handle import Handle


class Unit:
    """A session and its transaction, owned by one task."""

    def __init__(self, database: Handle, session: AsyncSession, parent: Unit | None = None) -> None:
        self.database = database
        self.session = session
        self.parent = parent
        self.owner_task = asyncio.current_task()
        self.closed = False
        self.callbacks: list[Callable[[], Any]] = []

    def on_commit(self, callback: Callable[[], Any]) -> None:
        """Call this after the outermost commit."""
        self.callbacks.append(callback)

    def created(self, instance: object) -> None:
        """Remember that this unit created the object."""

    def changed(self, instance: object, old: Mapping[str, Any]) -> None:
        """Remember the values that this unit replaced."""

    def deleted(self, instance: object) -> None:
        """Remember that this unit deleted the object."""


frames: ContextVar[tuple[Unit | Handle, ...]] = ContextVar("portico_frames", default=())


def current_unit(database: Handle) -> Unit | None:
    """The open unit of this database, or None outside of any."""
    for frame in reversed(frames.get()):
        if isinstance(frame, Unit) and frame.database is database and not frame.closed:
            if frame.owner_task is not asyncio.current_task():
                raise CrossTaskError("This unit of work belongs to another task.")
            return frame
    return None

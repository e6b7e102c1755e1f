"""The session inside a unit of work: a plain `AsyncSession` that tells its unit when it commits."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from portico.errors import UsageError

from .preimages import UNIT


class Committing(Protocol):
    """The part of a unit that its session talks to."""

    managed: bool

    async def after_commit(self) -> None:
        """The session has committed."""
        ...

    def after_rollback(self) -> None:
        """The session has rolled back."""
        ...


class UnitSession(AsyncSession):
    """A plain session; under ``db.session()`` the user may commit and roll back, under ``atomic()`` not."""

    async def commit(self) -> None:
        """Commit what was done so far and go on in a new transaction."""
        unit = self._unit("commit")
        await super().commit()
        if unit is not None:
            await unit.after_commit()

    async def rollback(self) -> None:
        """Roll back what was done so far and go on in a new transaction."""
        unit = self._unit("roll back")
        await super().rollback()
        if unit is not None:
            unit.after_rollback()

    def _unit(self, verb: str) -> Committing | None:
        unit: Committing | None = self.info.get(UNIT)
        if unit is not None and unit.managed:
            raise UsageError(
                f"A unit does not {verb} in the middle: it commits at its end and rolls back on an error.",
                hint="Leave the `async with` block, or use `async with db.session()` instead of atomic().",
            )
        return unit

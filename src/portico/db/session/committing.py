"""The session inside a unit of work: a plain `AsyncSession` that tells its unit when it commits."""

from __future__ import annotations

from typing import Any, Protocol, cast

from sqlalchemy.ext.asyncio import AsyncSession

from portico.errors import UsageError

from .context import recording
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

    async def before_commit(self) -> None:
        """The session is about to commit."""
        ...

    async def tell(self) -> None:
        """The session has written something."""
        ...


class UnitSession(AsyncSession):
    """A plain session; under ``db.session()`` the user may commit and roll back, under ``atomic()`` not."""

    async def commit(self) -> None:
        """Commit what was done so far and go on in a new transaction."""
        unit = self._unit("commit")
        if unit is not None and recording.by is not None:
            try:
                await self.flush()
                await unit.before_commit()
            except BaseException:
                await self.rollback()
                raise
        await super().commit()
        if unit is not None:
            await unit.after_commit()

    async def rollback(self) -> None:
        """Roll back what was done so far and go on in a new transaction."""
        unit = self._unit("roll back")
        await super().rollback()
        if unit is not None:
            unit.after_rollback()

    async def execute(self, *args: Any, **options: Any) -> Any:
        """Run a statement; watchers are told of what it wrote."""
        result: Any = await super().execute(*args, **options)
        await self._told()
        return result

    async def scalars(self, *args: Any, **options: Any) -> Any:
        """The same for the first column of its rows."""
        result: Any = await super().scalars(*args, **options)
        await self._told()
        return result

    async def flush(self, objects: Any = None) -> None:
        """Write what waits; watchers are told of it."""
        await super().flush(objects)
        await self._told()

    async def _told(self) -> None:
        if recording.by is not None and (unit := self.info.get(UNIT)) is not None:
            await cast("Committing", unit).tell()

    def _unit(self, verb: str) -> Committing | None:
        unit: Committing | None = self.info.get(UNIT)
        if unit is not None and unit.managed:
            raise UsageError(
                f"A unit does not {verb} in the middle: it commits at its end and rolls back on an error.",
                hint="Leave the `async with` block, or use `async with db.session()` instead of atomic().",
            )
        return unit

"""SQLAlchemy's own errors: those that no database has raised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import exc as orm

from portico.errors import (
    CrossTaskError,
    MultipleFoundError,
    NotFoundError,
    PorticoError,
    SessionClosedError,
    TimedOutError,
    UsageError,
    VersionConflictError,
)

WRAP = (
    "Wrap the statement that may fail in `async with atomic():` of its own, and catch the error around that."
)
AWAIT_ONE_BY_ONE = "Await one call after the other, or give each task its own unit of work."
READ_AGAIN = "A unit of work that can run again does both by itself: atomic.run(work, retries=…)."


def translate_sqlalchemy(error: sa_exc.SQLAlchemyError) -> PorticoError:
    """Our error for one of SQLAlchemy's."""
    if isinstance(error, sa_exc.TimeoutError):
        return TimedOutError(
            "No database connection became free in time.",
            hint="Raise PoolOptions(size=…), or look for units of work that stay open while they wait.",
        )
    if isinstance(error, sa_exc.PendingRollbackError):
        return UsageError("This unit of work failed at an earlier statement and was rolled back.", hint=WRAP)
    if isinstance(error, orm.StaleDataError):
        return VersionConflictError("The row was changed or deleted in between.")
    if isinstance(error, orm.ObjectDeletedError | sa_exc.NoResultFound):
        return NotFoundError("No row was found.")
    if isinstance(error, sa_exc.MultipleResultsFound):
        return MultipleFoundError("One row was asked for and several matched.")
    return _misuse(error)


def version_conflict(what: str, *, repeatable: bool = True) -> VersionConflictError:
    """The error for a row that somebody else has changed."""
    return VersionConflictError(
        f"Somebody else has changed this {what} in between. Read it again, and decide anew.",
        hint=READ_AGAIN,
        repeatable=repeatable,
    )


def conflict_among(error: orm.StaleDataError, mappers: Iterable[Mapper[Any]]) -> PorticoError:
    """The same for what a session says of a stale object: it names the table, or the object, in its text."""
    text = str(error)
    named = {
        mapper.class_.__name__
        for mapper in mappers
        if mapper.version_id_col is not None
        and (
            f"<{mapper.class_.__name__} at " in text
            or any(f"table '{getattr(table, 'description', '')}'" in text for table in mapper.tables)
        )
    }
    return version_conflict(named.pop()) if len(named) == 1 else translate_sqlalchemy(error)


def _misuse(error: sa_exc.SQLAlchemyError) -> PorticoError:
    if isinstance(error, sa_exc.IllegalStateChangeError) or error.code == "isce":
        return CrossTaskError("Two tasks used one session at the same time.", hint=AWAIT_ONE_BY_ONE)
    if isinstance(error, sa_exc.MissingGreenlet | orm.DetachedInstanceError):
        return UsageError(
            "An attribute that is not loaded was read where no query can be awaited.",
            hint="Load it before: prefetch(…), or await instance.load(…).",
        )
    message = str(error.args[0]) if error.args else type(error).__name__
    if isinstance(error, sa_exc.ResourceClosedError) and "transaction" in message.lower():
        return SessionClosedError("The transaction of this session has ended.")
    return UsageError(message)

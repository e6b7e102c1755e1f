"""SQLAlchemy's own errors: those that no database has raised."""

from __future__ import annotations

from sqlalchemy import exc as sa_exc
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

"""The sentences of our database errors: what happened, where, and the next step. No SQL, no values."""

from __future__ import annotations

from collections.abc import Callable

from portico.errors import (
    CheckError,
    ConflictError,
    CrossTaskError,
    DatabaseUnavailableError,
    DeadlockError,
    DuplicateError,
    ForeignKeyError,
    InvalidError,
    NoTenantError,
    PorticoError,
    RequiredError,
    RetryableError,
    SerializationError,
    TimedOutError,
    UnavailableError,
    UsageError,
)

from .failures import Finding, Kind
from .sqlalchemy_errors import AWAIT_ONE_BY_ONE, WRAP

RETRY = "Run the unit of work again: @atomic(retries=3)."


def error_for(finding: Finding) -> PorticoError:
    """The error for a finding whose columns carry their final names."""
    return _WORDINGS[finding.kind](finding)


def _fields(finding: Finding) -> str:
    return ", ".join(finding.columns)


def _place(finding: Finding) -> str:
    return f" in {finding.table}" if finding.table else ""


def _messages(finding: Finding, message: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(finding.columns or ("",), (message,))


def _unique(finding: Finding) -> PorticoError:
    what = f"{_fields(finding)} is taken" if finding.columns else "a unique value is taken"
    return DuplicateError(f"This {what} already{_place(finding)}.", fields=finding.columns)


def _conflict(finding: Finding) -> PorticoError:
    return ConflictError(f"The row conflicts with another one{_place(finding)}.", fields=finding.columns)


def _missing_parent(finding: Finding) -> PorticoError:
    row = f"row of {finding.other}" if finding.other else "row"
    return ForeignKeyError(
        f"{_fields(finding) or 'A reference'} refers to a {row} that does not exist.", fields=finding.columns
    )


def _still_referred(finding: Finding) -> PorticoError:
    by = f" by {finding.other}" if finding.other else ""
    return ForeignKeyError(f"The row{_place(finding)} is still referred to{by}.", fields=finding.columns)


def _check(finding: Finding) -> PorticoError:
    name = f" {finding.constraint}" if finding.constraint else ""
    message = f"The check{name} refused the row{_place(finding)}."
    return CheckError(
        message, constraint=finding.constraint, fields=_messages(finding, "This value is not allowed.")
    )


def _required(finding: Finding) -> PorticoError:
    message = f"{_fields(finding) or 'A value'} is required{_place(finding)}."
    return RequiredError(message, fields=_messages(finding, "A value is required."))


def _invalid(reason: str) -> Callable[[Finding], PorticoError]:
    def build(finding: Finding) -> PorticoError:
        where = f" for {_fields(finding)}" if finding.columns else ""
        return InvalidError(
            f"A value{where}{_place(finding)} {reason}.", fields=_messages(finding, f"The value {reason}.")
        )

    return build


def _lock_timeout(_: Finding) -> PorticoError:
    return TimedOutError(
        "Another transaction held a lock for too long.",
        hint="Keep units of work short; TimeoutOptions(lock=…) sets the limit.",
    )


def _statement_timeout(_: Finding) -> PorticoError:
    return TimedOutError("The database took too long.", hint="TimeoutOptions(statement=…) sets the limit.")


def _idle_timeout(_: Finding) -> PorticoError:
    return TimedOutError(
        "The transaction was idle for too long and the database ended it.",
        hint="Do not wait for anything else inside a unit of work; TimeoutOptions(idle_in_transaction=…).",
    )


def _refused_login(_: Finding) -> PorticoError:
    return DatabaseUnavailableError(
        "The database refused the connection.", hint="Check user, password and database name in its URL."
    )


def _schema(finding: Finding) -> PorticoError:
    said = f": {finding.words}" if finding.words else ""
    return UsageError(f"The database does not understand the statement{said}.")


def _no_place(_: Finding) -> PorticoError:
    return NoTenantError(
        "The tenant that is set has no schema in this database, or not all of its tables.",
        hint="await TenantSchemas(db).create(tenant) makes what is missing.",
    )


_WORDINGS: dict[Kind, Callable[[Finding], PorticoError]] = {
    Kind.UNIQUE: _unique,
    Kind.CONFLICT: _conflict,
    Kind.MISSING_PARENT: _missing_parent,
    Kind.STILL_REFERRED: _still_referred,
    Kind.CHECK: _check,
    Kind.REQUIRED: _required,
    Kind.TOO_LONG: _invalid("is too long"),
    Kind.OUT_OF_RANGE: _invalid("is out of range"),
    Kind.INVALID: _invalid("cannot be stored or compared"),
    Kind.SERIALIZATION: lambda _: SerializationError(
        "The row was changed by another transaction.", hint=RETRY
    ),
    Kind.DEADLOCK: lambda _: DeadlockError("Two transactions waited for each other.", hint=RETRY),
    Kind.STALE_PLAN: lambda _: RetryableError("A table changed while it was in use.", hint=RETRY),
    Kind.LOCK_TIMEOUT: _lock_timeout,
    Kind.STATEMENT_TIMEOUT: _statement_timeout,
    Kind.IDLE_TIMEOUT: _idle_timeout,
    Kind.UNAVAILABLE: lambda _: DatabaseUnavailableError("The database cannot be reached."),
    Kind.REFUSED_LOGIN: _refused_login,
    Kind.READ_ONLY: lambda _: UsageError("A write was sent to a read-only database or transaction."),
    Kind.ABORTED: lambda _: UsageError("This unit of work failed at an earlier statement.", hint=WRAP),
    Kind.CONCURRENT_USE: lambda _: CrossTaskError(
        "Two tasks used one connection at the same time.", hint=AWAIT_ONE_BY_ONE
    ),
    Kind.SCHEMA: _schema,
    Kind.NO_PLACE: _no_place,
    Kind.UNKNOWN: lambda _: UnavailableError("The database reported an error that has no translation."),
}

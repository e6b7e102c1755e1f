"""Every error that Portico raises, grouped by who can act on it.

    from portico.errors import NotFoundError

    try:
        post = await Post.get(1)
    except NotFoundError as error:
        print(error.code, error)

The family:

    PorticoError
    ├─ ConfigurationError   the developer, at start
    ├─ UsageError           the developer, at the call
    ├─ RequestError         the caller can change it
    └─ UnavailableError     the operator, or time

Facts live in attributes; the message says what happened, where, and the next step. No class here knows
an HTTP status (``portico.web.problems`` is the one table) or holds SQL, parameters or secrets. Each code
has a page under ``docs/errors/``. This module imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

DOCS = "https://portico.readthedocs.io/errors"


class PorticoError(Exception):
    """The root of the family: catch it to catch everything that Portico raises on purpose."""

    code: ClassVar[str] = "portico"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    @property
    def docs_url(self) -> str:
        """Where this error is explained."""
        return f"{DOCS}/{self.code}"


# ── the developer, at start ──────────────────────────────────────────────────────────────────────────


class ConfigurationError(PorticoError):
    """The application is put together wrongly; it should not start."""

    code = "configuration"


class MissingExtraError(ConfigurationError, ImportError):
    """A feature needs a package that is not installed; the hint is the command that installs it."""

    code = "missing-extra"


class DuplicateNameError(ConfigurationError):
    """Two things were registered under one name."""

    code = "duplicate-name"


class UnknownFieldError(ConfigurationError):
    """A declaration names a field that the model does not have."""

    code = "unknown-field"


# ── the developer, at the call ───────────────────────────────────────────────────────────────────────


class UsageError(PorticoError):
    """A call that cannot mean what it says; the program has to change."""

    code = "usage"


class NotLoadedError(UsageError):
    """A relation or column was read that this object did not load."""

    code = "not-loaded"

    def __init__(self, message: str, *, model: str, attribute: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.model = model
        self.attribute = attribute


class SessionClosedError(UsageError):
    """A unit of work was used after its end."""

    code = "session-closed"


class StaleQueryError(UsageError):
    """A result was used after the rows behind it had changed."""

    code = "stale-query"


class CrossTaskError(UsageError):
    """A task used a unit of work that belongs to another task."""

    code = "cross-task"


class MultipleFoundError(UsageError):
    """One row was asked for and several matched."""

    code = "multiple-found"


class UnknownNameError(UsageError):
    """A field, lookup, sort key or keyword does not exist; ``choices`` holds those that do."""

    code = "unknown-name"

    def __init__(
        self,
        message: str,
        *,
        name: str,
        choices: Sequence[str] = (),
        nearest: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.name = name
        self.choices = tuple(choices)
        self.nearest = nearest


class NoTenantError(UsageError):
    """A statement is about rows of tenants, and no tenant is set."""

    code = "no-tenant"


# ── the caller can change it ─────────────────────────────────────────────────────────────────────────


class RequestError(PorticoError):
    """The request cannot be carried out as it stands; the caller can send another one.

    ``item`` is the place in a batch, from 0, of what was refused; None where there is no batch.
    """

    code = "request"
    item: int | None = None


class InvalidError(RequestError):
    """Values were refused; ``fields`` says which and why (an empty key means the whole)."""

    code = "invalid"

    def __init__(
        self, message: str, *, fields: Mapping[str, Sequence[str]] | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.fields: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in (fields or {}).items()}


class InvalidParameterError(InvalidError):
    """A parameter of a request was refused; ``parameter`` names it, ``choices`` what would be accepted."""

    code = "invalid-parameter"

    def __init__(
        self,
        message: str,
        *,
        parameter: str,
        choices: Sequence[str] = (),
        nearest: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, fields={parameter: [message]}, hint=hint)
        self.parameter = parameter
        self.choices = tuple(choices)
        self.nearest = nearest


class RequiredError(InvalidError):
    """A value that must be there is missing."""

    code = "required"


class CheckError(InvalidError):
    """A check constraint of the database refused a row; ``constraint`` is its name."""

    code = "check"

    def __init__(
        self,
        message: str,
        *,
        constraint: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, fields=fields, hint=hint)
        self.constraint = constraint


class InvalidCursorError(RequestError):
    """A page cursor was changed, or belongs to another query."""

    code = "invalid-cursor"


class MissedMessagesError(RequestError):
    """Messages after this position are gone; ``oldest`` is a position from which the rest can be read."""

    code = "missed-messages"

    def __init__(self, message: str, *, oldest: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.oldest = oldest


class NotFoundError(RequestError):
    """No row, or none within reach."""

    code = "not-found"


class ConflictError(RequestError):
    """The request conflicts with the present state of the data."""

    code = "conflict"

    def __init__(self, message: str, *, fields: Sequence[str] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fields: tuple[str, ...] = tuple(fields)


class DuplicateError(ConflictError):
    """A unique value exists already; ``fields`` names the columns of the key."""

    code = "duplicate"


class ForeignKeyError(ConflictError):
    """A reference points nowhere, or a row is still referred to."""

    code = "foreign-key"


class VersionConflictError(ConflictError):
    """Somebody else changed the row in between.

    A unit of work that can run again does so, unless it is not ``repeatable``: the caller has said which
    version is meant, and would say it again.
    """

    code = "version-conflict"

    def __init__(
        self, message: str, *, fields: Sequence[str] = (), hint: str | None = None, repeatable: bool = True
    ) -> None:
        super().__init__(message, fields=fields, hint=hint)
        self.repeatable = repeatable


class PreconditionFailedError(RequestError):
    """The row is not, or no longer, what the caller thinks it is; read it again and decide."""

    code = "precondition-failed"


class PreconditionRequiredError(RequestError):
    """Writing this needs the caller to say which state of the row is meant."""

    code = "precondition-required"


class UnauthenticatedError(RequestError):
    """Nobody is logged in, and somebody has to be."""

    code = "unauthenticated"


class ForbiddenError(RequestError):
    """Whoever asks may not do this."""

    code = "forbidden"


class TooManyRequestsError(RequestError):
    """Too many requests; ``retry_after`` is in seconds."""

    code = "too-many-requests"

    def __init__(self, message: str, *, retry_after: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PlanRefusedError(RequestError):
    """A request is well formed but asks for more than the limits allow."""

    code = "plan-refused"


# ── the operator, or time ────────────────────────────────────────────────────────────────────────────


class UnavailableError(PorticoError):
    """Something outside the program is not there; later it may be."""

    code = "unavailable"


class TimedOutError(UnavailableError):
    """A statement, lock or connection took longer than its limit."""

    code = "timed-out"


class CircuitOpenError(UnavailableError):
    """Calls are held back after repeated failures."""

    code = "circuit-open"


class DatabaseUnavailableError(UnavailableError):
    """The database cannot be reached."""

    code = "database-unavailable"


class CacheUnavailableError(UnavailableError):
    """The cache cannot be reached."""

    code = "cache-unavailable"


class StorageUnavailableError(UnavailableError):
    """The file store cannot be reached."""

    code = "storage-unavailable"


class PubSubUnavailableError(UnavailableError):
    """The server that passes messages on cannot be reached, or takes none."""

    code = "pub-sub-unavailable"


class RetryableError(UnavailableError):
    """The unit of work failed for a reason that goes away when it is run again."""

    code = "retryable"


class SerializationError(RetryableError):
    """Concurrent transactions could not be put in an order."""

    code = "serialization"


class DeadlockError(RetryableError):
    """Two transactions waited for each other, and this one was chosen to give way."""

    code = "deadlock"


class OutcomeUnknownError(UnavailableError):
    """The connection broke while a write was under way: it may or may not have happened."""

    code = "outcome-unknown"

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import exc as orm_exc

from portico.db.dialects import translate
from portico.errors import (
    CrossTaskError,
    InvalidError,
    MultipleFoundError,
    NotFoundError,
    PorticoError,
    SessionClosedError,
    TimedOutError,
    UnavailableError,
    UsageError,
    VersionConflictError,
)

CASES: list[tuple[Exception, type[PorticoError]]] = [
    (sa_exc.TimeoutError("QueuePool limit"), TimedOutError),
    (sa_exc.PendingRollbackError("rolled back"), UsageError),
    (orm_exc.StaleDataError("0 rows"), VersionConflictError),
    (sa_exc.NoResultFound("none"), NotFoundError),
    (sa_exc.MultipleResultsFound("two"), MultipleFoundError),
    (sa_exc.IllegalStateChangeError("in progress"), CrossTaskError),
    (sa_exc.InvalidRequestError("concurrent operations are not permitted", code="isce"), CrossTaskError),
    (sa_exc.MissingGreenlet("greenlet_spawn has not been called"), UsageError),
    (sa_exc.ResourceClosedError("This transaction is closed"), SessionClosedError),
    (sa_exc.ArgumentError("no such thing"), UsageError),
    (TimeoutError(), TimedOutError),
    (RuntimeError("?"), UnavailableError),
]


@pytest.mark.parametrize(("error", "kind"), CASES)
def test_what_no_database_raised_is_translated_too(error: Exception, kind: type[PorticoError]) -> None:
    """Nobody above needs to know SQLAlchemy's errors."""
    assert type(translate(error)) is kind


def test_an_error_of_ours_inside_of_a_statement_comes_out() -> None:
    """A type that refuses a value says why, and that is the error."""
    ours = InvalidError("naive", fields={"at": ["no zone"]})
    assert translate(sa_exc.StatementError("wrapped", "INSERT", {}, ours)) is ours


def test_a_value_that_a_type_cannot_take_is_invalid() -> None:
    """SQLAlchemy wraps it together with the statement, which is left out."""
    error = sa_exc.StatementError(
        "(builtins.ValueError) canary", "INSERT canary", {"x": "canary"}, ValueError("canary")
    )
    found = translate(error)
    assert type(found) is InvalidError
    assert "canary" not in f"{found}{error}"


def test_a_missing_parameter_is_named() -> None:
    """It is the developer's mistake."""
    with (
        pytest.raises(sa_exc.StatementError) as caught,
        sa.create_engine("sqlite://").connect() as connection,
    ):
        connection.execute(sa.text("SELECT :who"))
    assert "who" in str(translate(caught.value))

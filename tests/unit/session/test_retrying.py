from __future__ import annotations

import sqlite3

import pytest

from portico.db.dialects import translate
from portico.db.session import RetryOptions
from portico.db.session.retrying import Attempts, is_retryable
from portico.errors import (
    DeadlockError,
    DuplicateError,
    OutcomeUnknownError,
    SerializationError,
    TimedOutError,
)


def timed_out(code: str) -> TimedOutError:
    """A timeout as it comes from the database."""
    cause = sqlite3.OperationalError("…")
    cause.sqlite_errorname = code
    error = translate(cause)
    assert isinstance(error, TimedOutError)
    error.__cause__ = cause
    return error


def test_only_what_was_surely_rolled_back_is_retried() -> None:
    """A lock that was waited for too long is like a deadlock; a slow statement will be slow again."""
    assert is_retryable(SerializationError("."))
    assert is_retryable(DeadlockError("."))
    assert is_retryable(timed_out("SQLITE_BUSY"))
    assert not is_retryable(timed_out("SQLITE_INTERRUPT"))
    assert not is_retryable(TimedOutError("."))
    assert not any(map(is_retryable, [OutcomeUnknownError("."), DuplicateError("."), ValueError(), None]))


class _Place:
    """Stands for the database whose units take turns."""


async def test_no_attempt_starts_when_the_budget_is_spent() -> None:
    """Retries must not outlive the caller's patience."""
    attempts = Attempts(RetryOptions(retries=100, budget=0.05, first_wait=0.02), _Place())
    made = 0
    while attempts.may_retry():
        made += 1
        await attempts.wait()
    assert 1 <= made < 100


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_the_number_of_retries_is_a_limit(retries: int) -> None:
    """The first attempt is none of them."""
    attempts = Attempts(RetryOptions(retries=retries), _Place())
    assert [attempts.may_retry() for _ in range(retries + 1)] == [True] * retries + [False]

"""One table turns errors into replies."""

from __future__ import annotations

import pytest

from portico import errors
from portico.errors import (
    DeadlockError,
    DuplicateError,
    ForeignKeyError,
    InvalidError,
    InvalidParameterError,
    NotFoundError,
    NotLoadedError,
    PorticoError,
    RequiredError,
    UnauthenticatedError,
)
from portico.web.problems import problem_of, status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("x"), 404),
        (DuplicateError("x"), 409),
        (ForeignKeyError("x"), 409),
        (InvalidError("x"), 422),
        (RequiredError("x"), 422),
        (InvalidParameterError("x", parameter="a"), 422),
        (UnauthenticatedError("x"), 401),
        (DeadlockError("x"), 503),
        (errors.InvalidCursorError("x"), 400),
        (errors.UnknownNameError("x", name="a"), 422),
        (NotLoadedError("x", model="A", attribute="b"), 500),
    ],
    ids=lambda value: getattr(value, "code", str(value)),
)
def test_every_error_has_its_status(error: PorticoError, status: int) -> None:
    """Subclasses take the status of their nearest ancestor in the table."""
    assert status_of(error) == status


def test_fields_are_pointers_and_parameters_are_parameters() -> None:
    """RFC 9457 clients show messages beside the inputs they belong to."""
    body = problem_of(InvalidError("No.", fields={"age": ["Too low."], "": ["Odd."], "a/b~": ["x"]}), "r1")
    assert [(fault.pointer, fault.message) for fault in body.errors] == [
        ("/age", "Too low."), ("", "Odd."), ("/a/b~0", "x"),
    ]  # fmt: skip
    query = problem_of(InvalidParameterError("No.", parameter="sort", choices=["id"]), "r1")
    assert [(fault.parameter, fault.pointer) for fault in query.errors] == [("sort", None)]


def test_a_conflict_names_its_fields() -> None:
    """A form must be able to mark the field that is taken."""
    problem = problem_of(DuplicateError("username exists already.", fields=["username"]), "r1")
    assert problem.status == 409
    assert problem.code == "duplicate"
    assert [fault.pointer for fault in problem.errors] == ["/username"]
    assert problem.type.endswith("/duplicate")
    assert problem.detail == "username exists already."

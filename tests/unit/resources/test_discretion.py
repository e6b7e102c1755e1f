"""Errors of the data layer name no field that is hidden."""

from __future__ import annotations

import pytest
from tests.unit.resources.blog import blog

from portico.errors import DuplicateError, InvalidError, RequestError, RequiredError
from portico.resources.writing.discretion import guarded

USERS = blog()["users"]


@pytest.mark.parametrize(
    "error",
    [
        RequiredError(
            "users.notes is required.", fields={"notes": ["Is required."], "username": ["Too long."]}
        ),
        InvalidError("notes: too long.", fields={"notes": ["Too long."]}),
        DuplicateError("notes exists already.", fields=["notes"]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_hidden_field_is_not_named(error: RequestError) -> None:
    """A refusal must not tell that there is a column, nor what stands in it."""
    with pytest.raises(RequestError) as caught, guarded(USERS):
        raise error
    assert "notes" not in str(caught.value)
    assert "notes" not in getattr(caught.value, "fields")  # noqa: B009 -- both families have it


def test_what_a_client_knows_is_named() -> None:
    """The usual case passes through as it is."""
    error = DuplicateError("username exists already.", fields=["username"])
    with pytest.raises(DuplicateError) as caught, guarded(USERS):
        raise error
    assert caught.value is error

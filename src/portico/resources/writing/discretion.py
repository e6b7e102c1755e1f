"""Errors must not name what is hidden.

with guarded(resource):
await insert(db, row)       # "UNIQUE: users.internal_code" becomes a conflict without a field
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from portico.errors import ConflictError, InvalidError
from portico.resources.description import Resource


@contextmanager
def guarded(resource: Resource) -> Generator[None]:
    """Let errors through that speak of fields a client knows; blur the others."""
    try:
        yield
    except InvalidError as error:
        if resource.known_names >= set(error.fields) - {""}:
            raise
        shown = {name: messages for name, messages in error.fields.items() if name in resource.known_names}
        raise InvalidError(f"The {resource.title} was refused.", fields=shown) from None
    except ConflictError as error:
        if resource.known_names >= set(error.fields):
            raise
        raise type(error)(f"The {resource.title} conflicts with another row.") from None

"""Who acts, and for which request, as far down as it is recorded.

    with acting(user.id, request_id="7f3a"):
        await post.save()
    current_actor()      # None again

Tasks that are started inside take it with them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class _Acting:
    actor: Any = None
    request_id: str | Callable[[], str] | None = None


_NOBODY: Final = _Acting()
_acting: ContextVar[_Acting] = ContextVar("portico_acting", default=_NOBODY)


@contextmanager
def acting(actor: Any, *, request_id: str | Callable[[], str] | None = None) -> Generator[None]:
    """Let what is written in this block be the work of this actor, usually a key; an inner block wins.

    A function is asked for the request's id when it is needed.
    """
    token = _acting.set(_Acting(actor, request_id or _acting.get().request_id))
    try:
        yield
    finally:
        _acting.reset(token)


def current_actor() -> Any:
    """Who acts here; None when nobody was named."""
    return _acting.get().actor


def current_request_id() -> str | None:
    """The request that is being answered here; None outside of one."""
    found = _acting.get().request_id
    return found() if callable(found) else found

"""Who acts while a generated endpoint answers: what is written then is recorded with it.

    answer = acted(answer)             # a generated endpoint; a principal with id 7 is the actor 7

Nothing is set for requests that only read. Endpoints of the application's own have it from `api.tenant`, or
say it themselves with `portico.db.scoping.acting`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, Final, TypeAlias, cast

from fastapi import Request, Response

from portico.db.scoping import acting, current_actor
from portico.errors import PorticoError

from .context import request_id_of

Answer: TypeAlias = Callable[..., Coroutine[Any, Any, Response]]
_READING: Final = frozenset({"GET", "HEAD"})


def acted(answer: Answer) -> Answer:
    """The endpoint, with its principal as the actor and its request as the one that is answered."""

    async def answered(*, request: Request, **given: Any) -> Response:
        if request.scope["method"] in _READING:
            return await answer(request=request, **given)
        with acting_for(given.get("principal"), request.scope):
            return await answer(request=request, **given)

    answered.__name__ = getattr(answer, "__name__", "answer")
    return answered


def acting_for(principal: Any, scope: Any) -> AbstractContextManager[None]:
    """A block whose writes are the work of a principal, for a request; without one, of who acts already."""
    actor = identity_of(principal)
    actor = current_actor() if actor is None else actor
    return acting(actor, request_id=partial(request_id_of, scope))


def identity_of(principal: Any) -> Any:
    """The key of whoever asks: the principal itself if it is one, else its ``id``."""
    if principal is None or isinstance(principal, str | int):
        return principal
    with suppress(AttributeError, KeyError, PorticoError):
        return cast("dict[str, Any]", principal)["id"] if isinstance(principal, dict) else principal.id
    return None

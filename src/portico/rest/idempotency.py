"""Carry out a write once, however often the request arrives, or only for show.

    return await performed(request, scope, posts, create)       # create() gives the Response

With ``Idempotency-Key`` the answer is kept in the transaction of the write, and given again to the same
request of the same caller for `KEPT` seconds; one that arrives meanwhile waits for the first. What fails
keeps nothing, so it can be sent again. With ``Prefer: tx=rollback`` everything runs and is undone.
Raises `RequestError` for a key that cannot be one and where answers cannot be kept (a key must not be passed
over silently), `InvalidParameterError` for a key that was sent with another request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

from fastapi import Request, Response

from portico.db.idempotency import Answer, KeyTakenError, answer_of, claim, forget_before, has_table, keep
from portico.db.scoping import get_current_tenant
from portico.db.session import Database, atomic, rehearse
from portico.errors import InvalidParameterError, PorticoError, RequestError
from portico.resources import RETRIES, Resource, Scope

from .preferences import ROLLBACK, mark_applied, preferences_of
from .reply import path_of

Work: TypeAlias = Callable[[], Awaitable[Response]]

HEADER: Final = "Idempotency-Key"
_NAME: Final = HEADER.lower().encode("latin-1")
REPLAYED: Final = "Idempotent-Replayed"
KEPT: Final = 24 * 60 * 60
_SWEEP_EVERY: Final = 60
_TURNS: Final = 5
_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_swept: WeakKeyDictionary[Database, float] = WeakKeyDictionary()

KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "The same key again gives the answer to the first request, and writes nothing.",
}


async def performed(request: Request, scope: Scope, resource: Resource, work: Work) -> Response:
    """The response of some work that writes: done, done once, or undone, as the request wishes."""
    wishes = preferences_of(request)
    if not wishes.rollback and (request.method != "POST" or not _has_key(request)):
        return await work()
    database = scope.home(resource)
    if wishes.rollback:
        made = await rehearse(work, database=database, retries=RETRIES)
        return mark_applied(made, ROLLBACK)
    return await _once(request, scope, database, work)


async def _once(request: Request, scope: Scope, database: Database, work: Work) -> Response:
    key = _key_of(request, scope.principal)
    fingerprint = await _fingerprint(request)
    if not await has_table(database):
        raise RequestError(
            f"{HEADER} is not offered here, since answers are kept nowhere.",
            hint="Send the request without it, or ask for the table portico_idempotency to be created.",
        )
    await _sweep(database)
    for _ in range(_TURNS):
        now = _now()
        try:
            return await _first(database, key, fingerprint, now, work)
        except KeyTakenError:
            kept = await answer_of(database, key)
        if kept is not None and kept.claimed_at >= now - KEPT:
            return _again(kept, fingerprint)
        # It is too old, or whoever had it is gone by now.
        await forget_before(database, now - KEPT, key)
    raise RequestError(f"This {HEADER} is in use.", hint="Send the request again a little later.")


async def _first(database: Database, key: str, fingerprint: str, now: int, work: Work) -> Response:
    async def unit() -> Response:
        await claim(database, key, fingerprint, now)
        response = await work()
        await keep(database, key, _kept(response))
        return response

    return await atomic.run(unit, database=database, retries=RETRIES)


def _kept(response: Response) -> Answer:
    pairs = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in response.raw_headers]
    told = [pair for pair in pairs if pair[0] != "content-length"]
    return Answer(status=response.status_code, headers=json.dumps(told), body=bytes(response.body))


def _again(kept: Answer, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise InvalidParameterError(
            f"This {HEADER} was sent with another request before.",
            parameter=HEADER,
            hint="Take a new key for each thing to do.",
        )
    response = Response(kept.body, status_code=kept.status)
    for name, text in json.loads(kept.headers):
        response.headers[name] = text
    response.headers[REPLAYED] = "true"
    return response


def _has_key(request: Request) -> bool:
    return _NAME in [name for name, _ in request.scope["headers"]]


def _key_of(request: Request, principal: Any) -> str:
    """A digest of the key and of who sent it: nobody meets the keys of others."""
    sent = request.headers.getlist(HEADER)
    if len(sent) != 1 or not _KEY.fullmatch(sent[0]):
        raise RequestError(f"{HEADER} is one text of 1 to 255 printable ASCII characters.")
    tenant = get_current_tenant()
    return _digest([_who(request, principal), *([] if tenant is None else [repr(tenant)]), sent[0]])


def _who(request: Request, principal: Any) -> list[str]:
    """Who asks, as a text that is the same next time: the identity, else the credentials that were sent."""
    kind = f"{type(principal).__module__}.{type(principal).__qualname__}"
    if isinstance(principal, str | int):
        return [kind, str(principal)]
    identity: Any = None
    with suppress(AttributeError, KeyError, PorticoError):
        identity = cast("dict[str, Any]", principal)["id"] if isinstance(principal, dict) else principal.id
    if identity is not None:
        return [kind, str(identity)]
    return [kind, *(request.headers.get(name, "") for name in ("authorization", "cookie", "x-api-key"))]


async def _fingerprint(request: Request) -> str:
    """What is asked for: method, path, query and body; spaces and the order of names in JSON do not count."""
    body = await request.json() if await request.body() else None
    return _digest([request.method, path_of(request), sorted(request.query_params.multi_items()), body])


def _digest(content: object) -> str:
    # Numbers as they were written: two that a float cannot tell apart are two.
    text = json.dumps(_written(content), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _written(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _written(value) for name, value in cast("dict[str, Any]", content).items()}
    if isinstance(content, list | tuple):
        return [_written(value) for value in cast("list[Any]", content)]
    return f"number {content!s}" if isinstance(content, float) else content


def _now() -> int:
    return int(dt.datetime.now(dt.UTC).timestamp())


async def _sweep(database: Database) -> None:
    """Forget what is too old, now and then, and never at the cost of the request."""
    now = time.monotonic()
    if now - _swept.get(database, -_SWEEP_EVERY) >= _SWEEP_EVERY:
        _swept[database] = now
        with suppress(PorticoError):
            await forget_before(database, _now() - KEPT)

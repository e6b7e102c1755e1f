"""What came out of a door as one text: results, errors with all that hangs on them, replies, open cursors."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import httpx

DEEP: Final = 7
_TOKEN: Final = re.compile(r"[A-Za-z0-9_\-+/=]{12,}")
_VOLATILE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+")
_LEFT_OUT: Final = {"etag", "x-request-id", "content-length"}


@dataclass(frozen=True)
class Outcome:
    """What somebody who opened a door has learned."""

    text: str
    error: BaseException | None
    status: int | None
    said: str

    @property
    def class_of_answer(self) -> str:
        """The answer without what differs between any two: numbers, and names made up on the spot."""
        return _VOLATILE.sub("#", self.said)


async def outcome(ask: Callable[[], Awaitable[Any]]) -> Outcome:
    """Open a door once."""
    try:
        found = await ask()
    except Exception as error:  # whatever it is, it came out
        return Outcome("\n".join(_of_error(error)), error, None, f"{type(error).__name__}: {error}")
    status = found.status_code if isinstance(found, httpx.Response) else None
    text = told(found)
    return Outcome(text, None, status, text)


def _of_error(error: BaseException) -> Iterator[str]:
    """The error, its attributes, and those it came from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__name__} {one} {one!r} {told(vars(one))} {told(one.args)}"
        waiting += [one.__cause__, one.__context__]


def told(found: Any, depth: int = DEEP) -> str:
    """Everything that was found; objects that hold each other are followed some steps."""
    if isinstance(found, httpx.Response):
        headers = {name: value for name, value in found.headers.items() if name not in _LEFT_OUT}
        return f"{found.status_code} {headers} {found.text}" + "".join(_opened(f"{headers} {found.text}"))
    if depth == 0:
        return "…"
    if _is_mapping(found):
        return "; ".join(f"{told(key)}={told(value, depth - 1)}" for key, value in found.items())
    if _is_several(found):
        return ", ".join(told(each, depth - 1) for each in found)
    held: dict[str, Any] = {} if isinstance(found, type) else getattr(found, "__dict__", {})
    seen = {name: value for name, value in held.items() if name[0] != "_"}
    return f"{found!r} {told(seen, depth - 1)}" if seen else repr(found)


def _opened(text: str) -> Iterator[str]:
    """What stands in tokens, for those who look into them."""
    for token in _TOKEN.findall(text):
        try:
            inside = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            continue
        if b"canary" in inside or b"ghost" in inside:
            yield inside.decode(errors="replace")


def _is_mapping(found: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(found, Mapping)


def _is_several(found: object) -> TypeGuard[Collection[Any]]:
    return isinstance(found, Collection) and not isinstance(found, (type, str, bytes))

"""What an operation answers, before it is bytes: content, status and headers.

Reply({"id": 1}, headers={"ETag": '"a1"'}).response()
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec
from fastapi import Request, Response
from pydantic_core import to_json

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./~,-]*")
"""What stands in an address as it is."""
_encoded: Final = msgspec.json.Encoder().encode
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(slots=True)  # not frozen: that costs, and one is made for every request
class Reply:
    """A reply in the making; content None means no body."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def with_headers(self, headers: Mapping[str, str]) -> Reply:
        """The same with more headers."""
        return Reply(self.content, self.status, {**self.headers, **headers}) if headers else self

    def response(self, more: Mapping[str, str] = _NONE) -> Response:
        """The bytes, with more headers."""
        headers = {**self.headers, **more}
        if self.content is None:
            return Response(status_code=self.status, headers=headers)
        return Written(_rendered(self.content), self.status, headers)


class Written(Response):
    """A response of JSON that is bytes already, with nothing left to find out about it."""

    media_type = "application/json"

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [(_name(name), text.encode("latin-1")) for name, text in headers.items()]
        self.raw_headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]


@lru_cache(maxsize=256)
def _name(header: str) -> bytes:
    return header.lower().encode("latin-1")


def written_json(content: bytes) -> Any:
    """JSON that is written already, as the whole content or as one member of it."""
    return msgspec.Raw(content)


def enveloped(name: str, rows: Any, rest: Mapping[str, Any]) -> Any:
    """An object that begins with rows, whether they are written already or not."""
    if not isinstance(rows, msgspec.Raw):
        return {name: rows, **rest}
    return msgspec.Raw(b"".join((b'{"', name.encode(), b'":', rows, b",", _encoded(rest)[1:])))


def _rendered(content: Any) -> bytes:
    if isinstance(content, msgspec.Raw):
        return bytes(content)
    members = cast("dict[str, Any]", content).values() if isinstance(content, dict) else ()
    if any(isinstance(one, msgspec.Raw) for one in members):
        return _encoded(content)
    return to_json(content, inf_nan_mode="null")


def root_of(request: Request) -> str:
    """Where the application is mounted, as a client sees it."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def path_of(request: Request) -> str:
    """The path that was asked for as a client sees it, without a trailing slash."""
    root = root_of(request)
    path = request.scope["path"].rstrip("/")
    seen = path if root and path.startswith(root) else root + path
    return seen if _PLAIN.fullmatch(seen) else quote(seen, safe="/~,:@!$&'()*+;=-._")

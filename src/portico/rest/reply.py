"""What an operation answers, before it is bytes: content, status and headers.

Reply({"id": 1}, headers={"ETag": '"a1"'}).response()
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in the making; content None means no body."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_headers(self, headers: Mapping[str, str]) -> Reply:
        """The same with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def response(self) -> Response:
        """The bytes."""
        headers = dict(self.headers)
        if self.content is None:
            return Response(status_code=self.status, headers=headers)
        raw = to_json(self.content, inf_nan_mode="null")
        return Response(raw, status_code=self.status, media_type="application/json", headers=headers)


def root_of(request: Request) -> str:
    """Where the application is mounted, as a client sees it."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def path_of(request: Request) -> str:
    """The path that was asked for as a client sees it, without a trailing slash."""
    root = root_of(request)
    path = request.scope["path"].rstrip("/")
    seen = path if root and path.startswith(root) else root + path
    return quote(seen, safe="/~,:@!$&'()*+;=-._")

"""Entity tags and the conditions that clients make of them: ``ETag``, ``If-Match``, ``If-None-Match``.

    match_of(request, posts)                            # what a write is meant for; None when nobody says
    unless_known(request, reply, tag_of(posts, post), caching)   # 200 with its ETag, or 304 without a body

Tags are strong. A header that is no list of tags is refused with `RequestError`: a condition that cannot be
understood must not be passed over. Raises `PreconditionRequiredError` where a write has to name a state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from pydantic_core import to_json

from portico.errors import PreconditionRequiredError, RequestError
from portico.resources import Match, Resource, etag_of, tagged

from .reply import Reply

_LIST: Final = re.compile(r'[\s,]*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,[\s,]*|$))+')
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LONGEST: Final = 8000
ANY: Final = "*"
_DOCUMENTED: Final[dict[str, Any]] = {
    "type": "string",
    "if": {"const": ANY},
    "else": {"pattern": '^(W/)?"[!#-~]{0,100}"(, (W/)?"[!#-~]{0,100}"){0,5}$'},
}
"""One pattern would say it as well; tools make no header of one that asks for an odd character first."""
ETAG_HEADER: Final[dict[str, Any]] = {
    "ETag": {"schema": {"type": "string"}, "description": "The state of the row, for If-Match."}
}


def tag_of(resource: Resource, row: Any, shown: dict[str, Any] | None = None) -> str:
    """The tag of a row; of what is ``shown`` of it, where that is not its own columns alone."""
    tag = etag_of(resource, row)
    return f'"{tag if shown is None else tagged(tag, to_json(shown, inf_nan_mode="null"))}"'


def match_of(request: Request, resource: Resource) -> Match | None:
    """The states that a write is meant for."""
    wanted, unwanted = _tags(request, "If-Match"), _tags(request, "If-None-Match")
    if wanted is None and resource.require_if_match:
        raise PreconditionRequiredError(
            f"Say which state of the {resource.title} is meant.", hint="Send its ETag as If-Match."
        )
    if wanted is None and unwanted is None:
        return None
    strong = None if wanted is None else tuple(tag for weak, tag in wanted if not weak)
    return Match(wanted=strong, unwanted=tuple(tag for _, tag in unwanted or ()))


def unless_known(request: Request, reply: Reply, tag: str, caching: Mapping[str, str]) -> Reply:
    """The reply with its tag and the headers for caches, or 304 where the client has just that already."""
    known = _tags(request, "If-None-Match")
    if known is not None and any(one in (ANY, tag.strip('"')) for _, one in known):
        own = {name: text for name, text in reply.headers.items() if name in ("Cache-Control", "Vary")}
        return Reply(status=304, headers={**own, **caching, "ETag": tag})
    return reply.with_headers({**caching, "ETag": tag})


def if_match_parameter(resource: Resource) -> dict[str, Any]:
    """``If-Match`` as OpenAPI describes it."""
    text = "Tags of the states that the write is meant for; 412 when the row is in another by now."
    return _header("If-Match", text, required=resource.require_if_match)


def if_none_match_parameter() -> dict[str, Any]:
    """``If-None-Match`` as OpenAPI describes it."""
    return _header("If-None-Match", "Tags of what the client has already; 304 when it is still that.")


def _header(name: str, text: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": _DOCUMENTED, "description": text}


def _tags(request: Request, name: str) -> list[tuple[bool, str]] | None:
    """Whether each tag is weak, and the tag; None without the header, `ANY` for the asterisk."""
    wanted = name.lower().encode()
    sent = [value.decode("latin-1") for key, value in request.scope["headers"] if key == wanted]
    text = ", ".join(sent).strip()
    if not sent:
        return None
    if text == ANY:
        return [(False, ANY)]
    if len(text) > _LONGEST or not _LIST.fullmatch(text):
        raise RequestError(f'{name} is no list of entity tags such as "a1", "b2".')
    return [(bool(weak), tag) for weak, tag in _TAG.findall(text)]

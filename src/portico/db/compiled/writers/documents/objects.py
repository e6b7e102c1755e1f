"""JSON objects and lists put together of texts.

object_text([("id", Written("{0}::text", posts.c.id))])      # '{"id":' || posts.id::text || '}'
list_text(sa.select(text).order_by(posts.c.id))              # a list of what the select gives, in its order
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json

from .texts import Written, escaped, quoted


def object_text(members: Sequence[tuple[str, Any]]) -> Written:
    """One object; a member that is NULL would make all of it NULL."""
    pieces: list[str] = []
    before = "{"
    for number, (name, _) in enumerate(members):
        pieces += [escaped(quoted(f"{before}{to_json(name).decode()}:")), f"{{{number}}}"]
        before = ","
    pieces.append(escaped(quoted("}" if members else "{}")))
    return Written(f"({' || '.join(pieces)})", *(text for _, text in members))


def list_text(chosen: sa.Select[Any]) -> Written:
    """What a select of one text gives, as a list in its order; `[]` when it gives nothing."""
    return Written("('[' || array_to_string(ARRAY{0}, ',') || ']')", chosen.scalar_subquery())


def only_text(chosen: sa.Select[Any]) -> Written:
    """The text that a select gives, or null."""
    return Written("coalesce({0}, 'null')", chosen.scalar_subquery())

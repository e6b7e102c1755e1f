"""The state of a row as a short text that changes with it, and what a client says about that text.

    tag = etag_of(posts, post)                    # "v3" of a version column, else a digest of its document
    Match(wanted=(tag,)).check(posts, post)       # PreconditionFailedError when the row is another one by now

The tag is of the row's own columns that everybody who may read it sees, in no order that a request could
choose: one tag to write by, whatever was read along. What shows more or less than them has a tag of its own,
which begins with the row's: `tagged` makes it, and `Match` looks at the beginning alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

from portico.errors import PreconditionFailedError

from .description import Resource
from .documents import own_columns

_LENGTH: Final = 32
_BETWEEN: Final = "."
ANY: Final = "*"


def etag_of(resource: Resource, row: Any) -> str:
    """The tag of a row, without quotes."""
    if resource.version is not None:
        return version_tag(getattr(row, resource.version))
    return digest(to_json(own_columns(resource, row), inf_nan_mode="null"))


def version_tag(version: Any) -> str:
    """The tag of a row whose version is known."""
    return f"v{version}"


def tagged(tag: str, shown: bytes) -> str:
    """The tag of a representation that is not the row's own columns alone."""
    return f"{tag}{_BETWEEN}{digest(shown)[:16]}"


@dataclass(frozen=True, slots=True)
class Match:
    """Which states of a row a write is meant for: one of ``wanted``, none of ``unwanted``; `ANY` is every.

    Tags that a client sent as weak are not in ``wanted``: they never match in the strong sense.
    """

    wanted: tuple[str, ...] | None = None
    unwanted: tuple[str, ...] = ()

    def check(self, resource: Resource, row: Any) -> None:
        """Refuse a row in another state."""
        tag = etag_of(resource, row)
        if (self.wanted is not None and not _names(self.wanted, tag)) or _names(self.unwanted, tag):
            raise PreconditionFailedError(
                f"This {resource.title} has changed since it was read.",
                hint="Read it again, and decide anew.",
            )


def _names(tags: tuple[str, ...], tag: str) -> bool:
    return ANY in tags or tag in (one.partition(_BETWEEN)[0] for one in tags)


def digest(content: bytes) -> str:
    """The tag of a document as it is sent."""
    return hashlib.sha256(content).hexdigest()[:_LENGTH]

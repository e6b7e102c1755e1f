"""Which fields of a row are shown and which are written, said once for every door.

    FieldRules(hidden=["notes"], read_only=["balance"], write_once=["slug"])

``hidden`` is nowhere: not shown, asked for, sorted by, counted, written or named in an error. ``read_only``
is shown and never written by a client. ``write_once`` is given with a new row and stays as it is. Names are
those of columns and relations; `expose` refuses a name that the model does not have.
Guide: docs/how-to/access.md. Room: access (no login, no HTTP).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Write: TypeAlias = Literal["create", "update"]


@dataclass(frozen=True, kw_only=True)
class FieldRules:
    """Fields that are not open to everything; join two with ``|``."""

    hidden: Collection[str] = frozenset()
    read_only: Collection[str] = frozenset()
    write_once: Collection[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("hidden", "read_only", "write_once"):
            given: Collection[str] = getattr(self, name)
            # One name is a collection of letters; it is taken for what was meant.
            object.__setattr__(self, name, frozenset([given] if isinstance(given, str) else given))

    def __or__(self, other: FieldRules) -> FieldRules:
        return FieldRules(
            hidden={*self.hidden, *other.hidden},
            read_only={*self.read_only, *other.read_only},
            write_once={*self.write_once, *other.write_once},
        )

    def sealed(self, write: Write) -> frozenset[str]:
        """The names that a client may not write in a create or in an update."""
        always = {*self.hidden, *self.read_only}
        return frozenset(always | {*self.write_once} if write == "update" else always)


NO_RULES: Final = FieldRules()
"""Every field is open to everything."""

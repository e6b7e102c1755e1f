"""One row that was written.

    change.kind          # "update"
    change.key           # (7,)
    change.changed       # frozenset({"title"})
    change.before["title"], change.after["title"]

Values are those of Python, by the names of attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias, TypeGuard
from uuid import UUID, uuid4

Kind: TypeAlias = Literal["create", "update", "delete"]
_PLAIN: Final = frozenset({str, int, bool, bytes, type(None), datetime, UUID})
"""Types of which equal values are one, asked first: most values are of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row before and after one write; values by attribute name, as Python has them.

    Secrets are among them: whoever hands a change on masks what is secret.

    ``before`` is empty for a new row and ``after`` for one that is gone; otherwise both hold every column
    that is known. ``key`` is the key after the write (before it, for a deleted row), in key order.
    """

    model: type[Any]
    kind: Kind
    key: tuple[Any, ...]
    key_before: tuple[Any, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    tenant: Any = None
    """Whose row it is; of a row that all share, the tenant in which it was written."""
    shared: bool = True
    """Whether all tenants share the row, or the links that were written."""
    actor: Any = None
    request_id: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: UUID = field(default_factory=uuid4)
    instance: Any = field(default=None, repr=False, compare=False)
    """The object that was written, where there was one: not after a set-based statement."""

    @property
    def changed(self) -> frozenset[str]:
        """The columns whose value is another one now; all of them for a new or a deleted row."""
        if self.kind != "update":
            return frozenset(self.after or self.before)
        missing = object()
        return frozenset(
            name for name, value in self.after.items() if not is_same(self.before.get(name, missing), value)
        )


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are one to a database: JSON tells true from 1 and 1 from 1.0, unlike Python."""
    if type(one) is type(other) and type(one) in _PLAIN:
        return bool(one == other)
    if _is_map(one) and _is_map(other):
        return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124 -- not a number
    return bool(one == other)


def _is_map(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)

"""Who is asking: an identity, its roles, and whether it may do everything.

    ann = Principal(id=1, roles={"editor"})
    ANONYMOUS.is_anonymous      # True
    ANONYMOUS.id                # raises UnauthenticatedError

Reading the ``id`` of nobody raises `UnauthenticatedError`: a policy such as
``lambda principal: Post.author_id == principal.id`` must refuse a caller who is not logged in, and never
compare with NULL.
Guide: docs/how-to/access.md. Room: access (no login, no HTTP).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portico.errors import UnauthenticatedError


class Principal:
    """Somebody who asks for something; immutable, and equal by content."""

    __slots__ = ("_id", "_is_admin", "_roles")

    def __init__(self, id: Any = None, *, roles: Iterable[str] = (), is_admin: bool = False) -> None:  # noqa: A002 -- the word users look for
        self._id = id
        self._roles = frozenset(roles)
        self._is_admin = is_admin

    @property
    def id(self) -> Any:
        """The identity; `UnauthenticatedError` when there is none."""
        if self._id is None:
            raise UnauthenticatedError("This needs somebody to be logged in.")
        return self._id

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles held."""
        return self._roles

    @property
    def is_admin(self) -> bool:
        """Whether this principal administers the application."""
        return self._is_admin

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in."""
        return self._id is None

    def has_role(self, *names: str) -> bool:
        """Whether any of the roles is held."""
        return not self._roles.isdisjoint(names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Principal):
            return NotImplemented
        return self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def __repr__(self) -> str:
        if self.is_anonymous:
            return "Principal(anonymous)"
        return f"Principal(id={self._id!r}, roles={sorted(self._roles)}, is_admin={self._is_admin})"

    def _facts(self) -> tuple[Any, frozenset[str], bool]:
        return self._id, self._roles, self._is_admin


ANONYMOUS = Principal()

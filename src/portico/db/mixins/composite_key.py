"""Rows known by several columns: the key as one value, and equality by key.

    class Vote(CompositeKeyMixin, Model):
        user_id: Mapped[int] = ForeignKeyField(User, primary_key=True)
        post_id: Mapped[int] = ForeignKeyField(Post, primary_key=True)

    vote = await Vote.get_by_composite_key(user_id=1, post_id=2)
    vote.pk          # (1, 2)
    vote.key_dict()  # {"user_id": 1, "post_id": 2}

Raises `UnknownNameError` for a name that is not part of the key, `UsageError` for a part that is missing.
"""

from __future__ import annotations

from typing import Any, Self

from portico._kernel.doors import register_calls
from portico._kernel.suggest import unknown_name
from portico.db.models import key_attributes, key_of
from portico.db.query import Query
from portico.errors import UsageError


class CompositeKeyMixin:
    """Adds ``pk``, ``key_dict``, ``get_by_composite_key``, and equality and hash by key."""

    @property
    def pk(self) -> tuple[Any, ...]:
        """The parts of the key, in key order."""
        return key_of(self)

    def key_dict(self) -> dict[str, Any]:
        """The parts of the key by name."""
        return dict(zip(key_attributes(type(self)), key_of(self), strict=True))

    @classmethod
    async def get_by_composite_key(cls, **parts: Any) -> Self:
        """The row with this key, its parts given by name."""
        names = key_attributes(cls)
        for name in parts:
            if name not in names:
                raise unknown_name(f"{name!r} is not part of the key of {cls.__name__}.", name, names)
        if missing := [name for name in names if name not in parts]:
            raise UsageError(f"The key of {cls.__name__} also needs {', '.join(missing)}.")
        return await Query(cls).get(tuple(parts[name] for name in names))

    def __eq__(self, other: object) -> bool:
        """Equal when class and key are; a row without a whole key equals only itself."""
        if self is other:
            return True
        return type(self) is type(other) and None not in self.pk and self.pk == key_of(other)

    def __hash__(self) -> int:
        """By key, which must be whole before the row is put into a set."""
        return hash((type(self), self.pk))


register_calls("db/mixins", CompositeKeyMixin, reads="get_by_composite_key")

"""`UtilsMixin`: what applications write again and again.

    class Post(UtilsMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        slug: Mapped[str] = StringField(max_length=50, unique=True)
        likes: Mapped[int] = IntegerField(default=0)

    post, created = await Post.upsert({"slug": "a"}, on=["slug"])
    await post.increment("likes")

None of these names can be a column of the model; class creation says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

from portico._kernel.doors import register_calls
from portico.db.models.model import database_of
from portico.db.query import Condition, Query
from portico.db.query.keys import parts
from portico.db.query.state import key_operands

from . import cloning, counting, locking, sampling, showing, upserting

Number = int | float | Decimal


class UtilsMixin:
    """Adds calls, and no column."""

    # ── several rows ─────────────────────────────────────────────────────────────────────────────────

    @classmethod
    async def upsert(cls, values: Mapping[str, Any], *, on: Sequence[str]) -> tuple[Self, bool]:
        """Make a row, or change the one with the same unique key ``on``; and whether it was made."""
        return await upserting.upsert(database_of(cls), cls, values, on)

    @classmethod
    async def upsert_many(
        cls, rows: Sequence[Mapping[str, Any]], *, on: Sequence[str]
    ) -> list[tuple[Self, bool]]:
        """The same for many, all of them or none; results in the order of the rows."""
        return await upserting.upsert_many(database_of(cls), cls, rows, on)

    @classmethod
    async def get_many(cls, keys: Iterable[Any]) -> list[Self | None]:
        """The rows with these keys, in their order; None for a key without a row."""
        wanted = [_key(cls, key) for key in keys]
        found = await Query(cls, database_of(cls)).in_bulk(wanted)
        return [found.get(key) for key in wanted]

    @classmethod
    async def exists_many(cls, keys: Iterable[Any]) -> list[bool]:
        """For each key whether there is a row, in their order."""
        wanted = [_key(cls, key) for key in keys]
        names = [operand.name for operand in key_operands(cls)]
        found = await Query(cls, database_of(cls)).only(*names).in_bulk(wanted)
        return [key in found for key in wanted]

    @classmethod
    async def random(cls) -> Self | None:
        """A row at random, each as likely as any other; None in an empty table."""
        found = await sampling.sample(Query(cls, database_of(cls)), 1)
        return found[0] if found else None

    @classmethod
    async def sample(cls, number: int) -> list[Self]:
        """So many different rows at random, in random order; all of them where there are fewer."""
        return await sampling.sample(Query(cls, database_of(cls)), number)

    # ── one row, where it stands ─────────────────────────────────────────────────────────────────────

    async def increment(
        self, field: str, by: Number = 1, *, at_least: Number | None = None, at_most: Number | None = None
    ) -> Any:
        """Add to a number where it stands, within limits; gives the sum.

        Raises `ConflictError` where the sum would leave the limits of the field, or these.
        """
        return await counting.added(self, field, by, at_least=at_least, at_most=at_most)

    async def decrement(
        self, field: str, by: Number = 1, *, at_least: Number | None = None, at_most: Number | None = None
    ) -> Any:
        """Take from a number where it stands, within limits; gives what is left."""
        return await counting.added(self, field, -by, at_least=at_least, at_most=at_most)

    async def update_if(self, condition: Condition, /, **values: Any) -> bool:
        """Set these values if the condition holds for the row in the database; whether it did."""
        return await counting.updated_if(self, condition, values)

    async def lock(self, *, nowait: bool = False, skip_locked: bool = False) -> bool:
        """Hold the row until the unit of work ends, and read it again.

        ``nowait`` raises where somebody else holds it, ``skip_locked`` gives False.
        """
        return await locking.locked(self, nowait=nowait, skip_locked=skip_locked)

    async def clone(self, *, relations: Sequence[str] = (), **overrides: Any) -> Self:
        """A new row with the values of this one: see `cloning` for relations and unique values."""
        return await cloning.clone(self, overrides, relations)

    # ── what it holds ────────────────────────────────────────────────────────────────────────────────

    def changed_fields(self) -> tuple[str, ...]:
        """The fields that were assigned and not saved; what was done inside a list is not seen."""
        return showing.changed_fields(self)

    def diff(self, other: Self) -> dict[str, tuple[Any, Any]]:
        """The fields in which two objects differ, each with both values; no secrets."""
        return showing.diff(self, other)

    def to_dict(
        self,
        *,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        relations: Collection[str] = (),
    ) -> dict[str, Any]:
        """The values that the Read schema shows, with relations that are loaded; no secrets."""
        return showing.to_dict(self, include, exclude, relations)

    def to_json(
        self,
        *,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        relations: Collection[str] = (),
    ) -> str:
        """The same as JSON."""
        return showing.to_json(self, include, exclude, relations)


def _key(cls: type[Any], key: Any) -> Any:
    """A key as `in_bulk` gives it back."""
    row = parts(key_operands(cls), key)
    return row[0] if len(row) == 1 else row


register_calls(
    "db/mixins",
    UtilsMixin,
    reads="upsert upsert_many get_many exists_many random sample lock clone update_if",
    writes="upsert upsert_many increment decrement update_if clone",
)

"""Deleted rows stay in their table, marked and out of sight, until they are restored or removed for good.

    class Post(SoftDeleteMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        slug: Mapped[str] = StringField(max_length=80, unique=True)

    await post.delete()                             # no statement sees it any more
    await Post.only_deleted().order_by("-deleted_at")
    await post.restore()                            # with the comments that went with it
    await post.hard_delete()

`unique` means: among the rows that are there. Raises `NotFoundError` for a row that is deleted already, and
`DuplicateError` where a restored row would have a key that another one has taken.
Guide: docs/how-to/soft-delete.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from sqlalchemy.orm import Mapped

from portico._kernel.doors import register_calls
from portico.db.models import Part
from portico.db.query import Query

from .marks import Deleted
from .part import SoftDeletePart, kept


class SoftDeleteMixin:
    """Adds ``deleted_at``, ``is_deleted``, ``restore``, ``hard_delete``, and queries of deleted rows."""

    deleted_at: Mapped[datetime | None] = Deleted()
    __portico_part__: ClassVar[Part] = SoftDeletePart("deleted_at")

    @property
    def is_deleted(self) -> bool:
        """Whether the row is marked as deleted, as far as this object knows."""
        return self.deleted_at is not None

    @classmethod
    def with_deleted(cls) -> Query[Self]:
        """Every row, those that are deleted among them; related rows that are deleted stay hidden."""
        return Query(cls).with_deleted()

    @classmethod
    def only_deleted(cls) -> Query[Self]:
        """The rows that are deleted."""
        return Query(cls).only_deleted()

    async def restore(self) -> None:
        """Let the row be there again, with what was deleted along with it; nothing happens to one that is.

        Raises `DuplicateError` where another row has taken its key, `ConflictError` where a row that it
        belongs to is deleted, `NotFoundError` where it was removed for good.
        """
        keeper, database = kept(self)
        await keeper.restore_object(database, self)

    async def hard_delete(self) -> None:
        """Remove the row for good, deleted or not; the database decides what follows, by ``on_delete``."""
        keeper, database = kept(self)
        await keeper.remove_object(database, self)


register_calls(
    "db/mixins",
    SoftDeleteMixin,
    reads="with_deleted only_deleted",
    writes="restore hard_delete",
    passes=["deleted"],
)

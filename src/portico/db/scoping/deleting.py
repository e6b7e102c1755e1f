"""The tables that keep what is deleted from them, and who sees to that.

    keep_deleted(posts, keeper)
    keeper_of(posts).column       # posts.deleted_at: NULL in a row that is there
    keeper_of(tags)               # None: what is deleted from there is gone

Whatever deletes rows asks here first. Statements do not see rows that are marked, unless the criterion
"deleted" is lifted for the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import sqlalchemy as sa

from .criteria import keep_rows

_KEY: Final = "portico_keeper"


class Keeper(Protocol):
    """Marks the rows of one table as deleted, and takes the mark away again."""

    @property
    def model(self) -> type[Any]:
        """The class of the rows."""
        ...

    @property
    def name(self) -> str:
        """The attribute of the mark."""
        ...

    @property
    def column(self) -> sa.Column[Any]:
        """Its column, which holds the moment in which a row was deleted."""
        ...

    @property
    def is_alone(self) -> bool:
        """Whether no other table has anything to do with a deletion, so that it is one statement."""
        ...

    def moment(self) -> datetime:
        """The mark of a deletion that begins now."""
        ...

    async def delete_object(self, database: Any, instance: Any) -> None:
        """Mark the row of an object."""

    async def delete_many(self, database: Any, picked: Sequence[Any], given: Sequence[Any]) -> int:
        """Mark the rows that were picked, of which some are ``given`` as objects; how many were there."""
        ...

    async def delete_rows(self, state: Any, returning: Any) -> Any:
        """Mark the rows of a query; their number, or what ``returning`` asks."""

    async def restore_rows(self, state: Any) -> int:
        """Take the mark from the deleted rows of a query; their number."""
        ...


def keep_deleted(table: sa.Table, keeper: Keeper) -> None:
    """Keep what is deleted from this table from now on; a DELETE that does not mean it is refused."""
    table.info[_KEY] = keeper
    keep_rows(table)


def keeper_of(table: sa.FromClause) -> Keeper | None:
    """Who keeps the deleted rows of a table; None where they are gone."""
    found: Keeper | None = getattr(table, "info", {}).get(_KEY)
    return found

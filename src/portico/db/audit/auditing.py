"""`audit`: what may be asked of the trail, and what keeps it.

await audit.trail(Post, 7)
await audit.restore(Post, 7, at=monday)
async with audit.sealing(every=timedelta(seconds=1)):      # as long as the application runs
    ...
assert (await audit.verify()).intact
await audit.forget(before=last_year)
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from portico._kernel.doors import register_calls
from portico.db.models.model import database_of
from portico.db.scoping import get_current_tenant
from portico.db.session import Database, current_database
from portico.errors import UsageError

from .chain import (
    AuditHead,
    Verification,
    forget,
    heads,
    seal,
    sealing,
    tables_with_entries,
    verify,
)
from .hashing import keys
from .options import recorded
from .restoring import Row, differences
from .tables import require_tables
from .trail import NO_KEY, Trail, aware, trail_of

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class Audit:
    """The trail of each database; without a name, that of the model or the current one is meant."""

    def use_keys(self, *signing: bytes) -> None:
        """Sign entries with the first of these keys and accept each of them; none for plain hashes."""
        keys.use(*signing)

    def trail(
        self, model: type[Any] | None = None, key: Any = NO_KEY, /, *, database: Database | None = None
    ) -> Trail:
        """The entries: all, those of a class, or those of one row."""
        return trail_of(_chosen(database, model), model, key)

    async def restore_point(
        self, model: type[Any], key: Any, /, *, at: datetime, database: Database | None = None
    ) -> dict[str, Any] | None:
        """A row as it was at a moment, without what is masked; None when it was not there."""
        return await Row(_chosen(database, model), model, key).at(at)

    async def difference(
        self, model: type[Any], key: Any, /, start: datetime, end: datetime
    ) -> dict[str, tuple[Any, Any]]:
        """The columns in which a row at one moment differs from the same row at another."""
        row = Row(_chosen(None, model), model, key)
        return differences(await row.at(start), await row.at(end))

    async def restore(
        self, model: type[Any], key: Any, /, *, at: datetime, given: Mapping[str, Any] = _NONE
    ) -> Any:
        """Write a row back as it was, which is one more change; gives its object.

        ``given`` are values that the trail does not know: a masked column that must not be empty, where the
        row has to be made again. Raises `UsageError` when there was no row at that moment.
        """
        return await Row(_chosen(None, model), model, key).restore(at, given)

    async def seal(self, database: Database | None = None) -> int:
        """Give what was committed its place in the chain; how many batches got one."""
        return await seal(_chosen(database, None))

    def sealing(
        self, database: Database | None = None, *, every: timedelta = timedelta(seconds=1)
    ) -> AbstractAsyncContextManager[None]:
        """Seal in the background while the block runs, and once more at its end."""
        return sealing(_chosen(database, None), every)

    async def heads(self, database: Database | None = None) -> dict[str, AuditHead]:
        """The end of each chain, to be noted where the database is not."""
        return await heads(_chosen(database, None))

    async def verify(
        self, database: Database | None = None, *, expected: Mapping[str, AuditHead] = _NONE
    ) -> Verification:
        """Whether the trail is as it was written, and agrees with heads that were noted earlier."""
        return await verify(_chosen(database, None), expected)

    async def forget(
        self, *, before: datetime, model: type[Any] | None = None, database: Database | None = None
    ) -> int:
        """Delete what is older, of one model or of all tables, and say so in the trail; how many entries."""
        moment, where = aware(before), _chosen(database, model)
        await require_tables(where)
        if get_current_tenant() is not None:
            raise UsageError(
                "The trail is forgotten for all tenants at once.", hint="Call it inside of unscoped()."
            )
        about = None if model is None else recorded(model)
        if model is not None and about is None:
            raise UsageError(f"{model.__name__} is not audited.", hint="Add AuditMixin to its bases.")
        await seal(where)
        tables = await tables_with_entries(where) if about is None else [about.table]
        return sum([await forget(where, table, moment) for table in tables])


audit: Final = Audit()


def _chosen(database: Database | None, model: type[Any] | None) -> Database:
    if database is not None:
        return database
    return current_database() if model is None else database_of(model)


register_calls(
    "db/audit", Audit, reads="trail restore_point difference", writes="restore", passes=["deleted"]
)
register_calls(
    "db/audit", Audit, reads="verify heads", writes="seal sealing forget", passes=["tenant", "deleted"]
)

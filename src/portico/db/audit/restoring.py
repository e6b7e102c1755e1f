"""A row as it was at a moment, the difference between two moments, and the way back.

    await audit.restore_point(Post, 7, at=monday)                 # {"id": 7, …}; None: no row
    await audit.difference(Post, 7, monday, tuesday)              # {"title": ("Draft", "Hello")}
    await audit.restore(Post, 7, at=monday)                       # written back, as one more change

A value is that of the last entry before the moment, else the old value of the first entry after it, else (of
a column that never changed since the trail began) that of the row as it is now. Masked columns and those that
are left out are in none of it: their values are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portico.db.changes import is_same
from portico.db.models.keys import as_key, key_attributes, mapper_of, table_of, where_key
from portico.db.models.schemas import column_specs
from portico.db.models.writing import insert, update
from portico.db.query import Query
from portico.db.scoping import keeper_of, lifted
from portico.db.session import Database, atomic, run
from portico.errors import UsageError

from .encoding import MASKED, Opaque
from .keys import spell_key
from .options import recorded
from .trail import AuditEntry, aware, trail_of

_DELETED = "deleted"


@dataclass(frozen=True)
class Row:
    """One row of which the trail is asked."""

    database: Database
    model: type[Any]
    key: Any

    async def at(self, moment: datetime) -> dict[str, Any] | None:
        """Its values at a moment; None when there was no such row."""
        cls, key = self.model, as_key(self.model, self.key)
        entries = await trail_of(self.database, cls, self.key)
        split = aware(moment)
        past = [entry for entry in entries if entry.at <= split]
        coming = [entry for entry in entries if entry.at > split]
        now = await self._now(key)
        if not _was_there(spell_key(key), past, coming, now):
            return None
        names = self._names()
        values: dict[str, Any] = {}
        for source in (now or {}, *(entry.before for entry in reversed(coming)), *_after(past)):
            values.update((name, source[name]) for name in names if name in source)
        values.update(zip(key_attributes(cls), key, strict=True))
        return {name: values[name] for name in names if name in values and values[name] is not MASKED}

    async def restore(self, moment: datetime, given: Mapping[str, Any]) -> Any:
        """Write back what it was; ``given`` are values for columns that the trail does not know."""
        async with atomic(self.database):
            values = await self.at(moment)
            if values is None:
                raise UsageError(
                    f"There was no such {self.model.__name__} at that moment.",
                    hint="Delete the row, if it should not be there.",
                )
            wanted = {name: value for name, value in values.items() if name not in self._moving()}
            if opaque := [name for name, value in wanted.items() if isinstance(value, Opaque)]:
                raise UsageError(f"The trail knows only how {opaque[0]} looked, not its value.")
            await self._uncover(values)
            return await self._write(wanted | dict(given))

    async def _uncover(self, values: Mapping[str, Any]) -> None:
        """Let a row be there again that is marked as deleted and was not, with what went along with it."""
        keeper = keeper_of(table_of(self.model))
        if keeper is not None and keeper.name in values and values[keeper.name] is None:
            key = zip(key_attributes(self.model), as_key(self.model, self.key), strict=True)
            await Query(self.model, self.database).only_deleted().filter(**dict(key)).restore()

    async def _write(self, values: Mapping[str, Any]) -> Any:
        with lifted(_DELETED):
            found = await Query(self.model).get_or_none(as_key(self.model, self.key))
            if found is None:
                made = self.model(**values)
                await insert(self.database, made)
                return made
            for name, value in values.items():
                if not is_same(found.__dict__.get(name), value):
                    setattr(found, name, value)
            await update(self.database, found)
            return found

    def _names(self) -> list[str]:
        about = recorded(self.model)
        hidden = frozenset[str]() if about is None else about.masked | about.left_out
        return [name for name in column_specs(self.model) if name not in hidden]

    def _moving(self) -> set[str]:
        """What moves by itself with each write: versions, stamps, computed columns."""
        mapper = mapper_of(self.model)
        version = mapper.version_id_col
        moving = {name for name, spec in column_specs(self.model).items() if spec.auto_now or spec.read_only}
        return moving if version is None else moving | {mapper.get_property_by_column(version).key}

    async def _now(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """The row as it is, also when it is marked as deleted."""
        mapper, names = mapper_of(self.model), self._names()
        columns = [mapper.columns[name].label(f"c{number}") for number, name in enumerate(names)]
        statement = sa.select(*columns).select_from(mapper.persist_selectable)
        with lifted(_DELETED):
            row = (await run(self.database, statement.where(where_key(self.model, key)))).first()
        return None if row is None else dict(zip(names, row, strict=True))


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> dict[str, tuple[Any, Any]]:
    """The columns whose values differ, with both values."""
    old, new = before or {}, after or {}
    pairs = {name: (old.get(name), new.get(name)) for name in {**old, **new}}
    return {name: pair for name, pair in pairs.items() if not is_same(*pair)}


def _after(past: Sequence[AuditEntry]) -> Iterable[Mapping[str, Any]]:
    """The values since the row was made the last time."""
    made = max((number for number, entry in enumerate(past) if entry.operation == "create"), default=0)
    return (entry.after for entry in past[made:])


def _was_there(key: str, past: Sequence[AuditEntry], coming: Sequence[AuditEntry], now: object) -> bool:
    if past:
        return past[-1].operation != "delete" and past[-1].key == key
    if coming:
        # It took this key, or was made, only later; otherwise it was there before the trail began.
        return coming[0].operation != "create" and not (coming[0].key_before and coming[0].key == key)
    return now is not None

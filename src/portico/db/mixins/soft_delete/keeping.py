"""How the rows of one table are marked as deleted, and restored: what every way of deleting asks for.

One statement where no other table has anything to do with it; otherwise a unit of work, in which what
follows goes by a statement for each foreign key and level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from portico.db.models import key_attributes, key_here, mapper_of, refresh
from portico.db.models.inheritance import among
from portico.db.models.keys import class_of
from portico.db.models.shapes import Picked, facts_of
from portico.db.models.writing import delete_for_good, update_columns
from portico.db.query import Query, next_version
from portico.db.query.conditions import Leaf
from portico.db.query.keys import narrowed_to, with_keys
from portico.db.query.state import DELETED, State
from portico.db.query.writing import assign, for_good
from portico.db.scoping import lifted
from portico.db.session import Database, atomic, current_unit
from portico.errors import UsageError

from .dependents import dependents_of, owners_of
from .following import delete_along, marking, refuse_orphans, restore_along
from .marks import next_moment

CHUNK: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The rows of one table; a `Keeper`."""

    model: type[Any]
    table: sa.Table
    name: str

    @property
    def column(self) -> sa.Column[Any]:
        """The column of the mark."""
        return mapper_of(self.model).columns[self.name]

    @property
    def is_alone(self) -> bool:
        """Whether a deletion is one statement."""
        return not dependents_of(self.table)

    def moment(self) -> datetime:
        """The mark of a deletion that begins now."""
        return next_moment()

    async def delete_object(self, database: Database, instance: Any) -> None:
        """Mark the row of an object."""
        _key(instance, "delete")
        moment = next_moment()
        if self.is_alone:
            await self._mark(database, instance, moment)
            return
        async with atomic(database):
            await self._mark(database, instance, moment)
            await delete_along(database, self.table, moment)

    async def _mark(self, database: Database, instance: Any, moment: datetime) -> None:
        await update_columns(database, instance, {self.name: moment}, checked=True)
        unit = current_unit(database)
        if unit is not None and instance in unit.session:
            unit.session.expunge(instance)

    async def delete_many(self, database: Database, picked: Sequence[Picked], given: Sequence[Any]) -> int:
        """Mark the rows that were picked, of which some are ``given`` as objects; how many were there."""
        moment, number = next_moment(), 0
        whole = len(picked) == 1 and not picked[0].versioned and self.is_alone
        async with nullcontext() if whole else atomic(database):
            for one in picked:
                state = State(model=self.model, database=database, where=(_leaf(one.condition),))
                found = await self._mark_rows(state, moment)
                await one.check_gone(database, found)
                number += found
            if not self.is_alone:
                await delete_along(database, self.table, moment)
            for each in given:
                if isinstance(each, self.model):
                    self._tell(database, each, moment)
        return number

    def _tell(self, database: Database, instance: Any, moment: datetime) -> None:
        """Let an object that was deleted by its key say so."""
        held = cast("dict[str, Any]", vars(instance))
        version = facts_of(class_of(instance)).version
        values: dict[str, Any] = {self.name: moment}
        if version is not None and isinstance(held.get(version), int):
            values[version] = held[version] + 1
        if held.get(self.name) == moment:
            return
        if (unit := current_unit(database)) is not None:
            unit.changed(instance, {name: held[name] for name in values if name in held})
        for name, value in values.items():
            set_committed_value(instance, name, value)

    async def delete_rows(self, state: State, returning: Any) -> Any:
        """Mark the rows of a query; their number, or what ``returning`` asks."""
        moment = next_moment()
        if self.is_alone:
            return await self._mark_rows(state, moment, returning)
        async with atomic(state.chosen_database):
            result = await self._mark_rows(state, moment, returning)
            await delete_along(state.chosen_database, self.table, moment)
            return result

    async def _mark_rows(self, state: State, moment: datetime, returning: Any = None) -> Any:
        if state.deleted:
            there: Any = Query(self.model).filter(**{f"{self.name}__isnull": True})
            state = state.but(where=(*state.where, *there.state.where))
        result = await assign(state, marking(self, moment), returning, afterwards=self._all_seen)
        unit = current_unit(state.chosen_database)
        if unit is not None:
            for one in list(unit.session.identity_map.values()):
                if isinstance(one, self.model) and vars(one).get(self.name) == moment:
                    unit.session.expunge(one)
        return result

    def _all_seen(self) -> AbstractContextManager[None]:
        return lifted((DELETED, self.table))

    async def restore_rows(self, state: State) -> int:
        """Take the mark from the deleted rows of a query; their number."""
        database = state.chosen_database
        if self.is_alone and not owners_of(self.table):
            number: int = await assign(state, marking(self, None), None)
            return number
        async with atomic(database):
            return await self._restore_with_others(database, state)

    async def _restore_with_others(self, database: Database, state: State) -> int:
        query: Query[Any] = Query(state.model, database)
        query.state = state
        rows = await query.lock().values_list(*key_attributes(state.model), self.name)
        by_moment: dict[datetime, list[Any]] = {}
        for *key, moment in rows:
            by_moment.setdefault(moment, []).append(tuple(key))
        for moment, keys in by_moment.items():
            for some in _chunks(keys):
                chosen = with_keys(State(model=state.model, database=database, deleted=True), some)
                await assign(chosen, marking(self, None), None)
            await restore_along(database, self.table, moment)
        for some in _chunks([tuple(key) for *key, _ in rows]):
            await refuse_orphans(database, self.table, among(mapper_of(state.model).primary_key, some))
        return len(rows)

    async def restore_object(self, database: Database, instance: Any) -> None:
        """Restore the row of an object; nothing happens to one that is there."""
        cls = class_of(instance)
        query = narrowed_to(Query(cls, database).only_deleted(), [_key(instance, "restore")])
        names = {self.name, *next_version(cls, {}), *facts_of(cls).moved()}
        held = cast("dict[str, Any]", vars(instance))
        before = {name: held[name] for name in names if name in held}
        moves = await self.restore_rows(query.state)
        if (unit := current_unit(database)) is not None:
            unit.changed(instance, before)
        await refresh(database, instance, *names)
        version = facts_of(cls).version
        seen = before.get(version) if version is not None else None
        if version is not None and isinstance(seen, int) and held[version] != seen + moves:
            # It was stale before and stays so: it lacks what others wrote, and its save is refused.
            set_committed_value(instance, version, seen)

    async def remove_object(self, database: Database, instance: Any) -> None:
        """Remove the row of an object for good, deleted or not."""
        _key(instance, "delete")
        with lifted((DELETED, self.table)), for_good(self.table):
            await delete_for_good(database, instance)


def _key(instance: Any, what: str) -> tuple[Any, ...]:
    if instance_state(instance).key is None:
        name = class_of(instance).__name__
        raise UsageError(f"This {name} is not in the database.", hint=f"There is nothing to {what}.")
    return key_here(instance)


def _leaf(condition: sa.ColumnElement[bool]) -> Leaf:
    return Leaf(condition, (), total=True)


def _chunks(keys: list[Any]) -> Iterator[list[Any]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))

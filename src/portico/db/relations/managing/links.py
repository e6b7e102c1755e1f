"""Link and unlink objects: the rows first, then the objects in hand.

Targets are objects or keys. Objects must be saved; their foreign keys and both loaded ends follow what was
written. Raises `UsageError` for what cannot be linked, `NotFoundError` when a child row is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.fields import spec_of, validate
from portico.db.relations.hooks import hooks
from portico.db.relations.loading import joins_by_keys
from portico.db.relations.sides import (
    is_stored,
    key_pairs,
    put_quietly,
    reverse_of,
    set_quietly,
    state_of,
    take_out_quietly,
)
from portico.db.session import Database, atomic, current_unit
from portico.errors import NotFoundError, UsageError

from .rows import CHUNK, ChildRows, JunctionRows, Key, equal


class Links:
    """The links of one object over one relation."""

    def __init__(
        self, owner: Any, relation: RelationshipProperty[Any], database: Database | None = None
    ) -> None:
        self.owner = owner
        self.relation = relation
        self.name = f"{owner.__class__.__name__}.{relation.key}"
        self.target: type[Any] = relation.mapper.class_
        self.database = database or hooks.database_of(owner.__class__)
        self.rows = self._rows()

    def _rows(self) -> ChildRows | JunctionRows:
        if self.relation.viewonly or not joins_by_keys(self.relation):
            raise UsageError(
                f"{self.name} is only for reading: it is viewonly, or its join is more than keys.",
                hint="Write the rows that make the link.",
            )
        junction = self.relation.secondary is not None
        pairs = self.relation.synchronize_pairs if junction else self.relation.local_remote_pairs
        mapper = self.relation.parent
        key = tuple(self.owner.__dict__.get(mapper.get_property_by_column(local).key) for local, _ in pairs)
        if not is_stored(self.owner) or None in key:
            raise UsageError(
                f"This {type(self.owner).__name__} is not in the database yet: nothing can be linked to it.",
                hint="Save it first: await obj.save().",
            )
        return (JunctionRows if junction else ChildRows)(self.database, self.relation, key)

    async def add(self, targets: Sequence[Any], values: Mapping[str, Any] | None = None) -> None:
        """Link these; those that are linked already stay so."""
        keys = list(dict.fromkeys(self.key_of(target) for target in targets))
        if not keys:
            return
        several = len(keys) > 1 and isinstance(self.rows, ChildRows)
        async with self.together() if several or len(keys) > CHUNK else nullcontext():
            found = await self.rows.add(keys, values)
            if found < len(keys):
                raise NotFoundError(
                    f"{self.name}: {len(keys) - found} of {len(keys)} are not in the database."
                )
        objects = self._in_hand(targets)
        if len(objects) < len(keys):
            self.forget()
        for target in objects:
            self.linked(target)

    async def remove(self, targets: Sequence[Any]) -> None:
        """Unlink these; those that are not linked are passed over."""
        keys = list(dict.fromkeys(self.key_of(target) for target in targets))
        if not keys:
            return
        self._check_emptiable()
        async with self.together() if len(keys) > CHUNK else nullcontext():
            await self.rows.remove(keys)
        objects = self._in_hand(targets)
        if len(objects) < len(keys):
            self.forget()
        for target in objects:
            self._unlinked(target)

    async def clear(self) -> None:
        """Unlink everything."""
        self._check_emptiable()
        await self.rows.clear()
        for target in list(self.owner.__dict__.get(self.relation.key) or ()):
            self._unlinked(target)
        self._record(self.owner, self.relation)
        set_committed_value(self.owner, self.relation.key, [])

    async def set(self, targets: Sequence[Any]) -> None:
        """Link exactly these: what is missing is added, what is too much removed, in one unit."""
        wanted = {self.key_of(target): target for target in targets}
        async with atomic(self.database):
            held = set(await self.rows.keys())
            surplus = [key for key in held if key not in wanted]
            loaded = {self.key_of(known): known for known in self.owner.__dict__.get(self.relation.key) or ()}
            if surplus:
                await self.remove([loaded.get(key, _as_given(key)) for key in surplus])
            await self.add([target for key, target in wanted.items() if key not in held])
        objects = self._in_hand(targets)
        self._record(self.owner, self.relation)
        if len(objects) == len(wanted):
            set_committed_value(self.owner, self.relation.key, objects)
        else:
            self.forget()

    def key_of(self, target: Any) -> Key:
        """The key of an object or of a key as the caller wrote it."""
        mapper = self.relation.mapper
        if isinstance(target, self.target):
            if not is_stored(target):
                raise UsageError(
                    f"{self.name}: this {self.target.__name__} is not in the database yet.",
                    hint=f"Save it first, or make it here: await obj.{self.relation.key}.create(…).",
                )
            return tuple(
                target.__dict__.get(mapper.get_property_by_column(c).key) for c in self._far_columns()
            )
        given: Any = target
        key: Key = given if isinstance(target, tuple) else (given,)
        if sa.inspect(given.__class__, raiseerr=False) is not None or len(key) != len(mapper.primary_key):
            raise UsageError(
                f"{self.name} takes {self.target.__name__} objects or keys, not {given.__class__.__name__}."
            )
        names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        specs = {name: spec_of(mapper.column_attrs[name]) for name in names}
        given_by_name = dict(zip(names, key, strict=True))
        return tuple(validate(specs, given_by_name, partial=True, where=self.name).values())

    def condition(self) -> sa.ColumnElement[bool]:
        """The condition, on the target's class, of being linked to the owner."""
        rows = self.rows
        if isinstance(rows, ChildRows):
            return equal(rows.foreign, rows.owner)
        pairs = self.relation.secondary_synchronize_pairs or ()
        same = sa.and_(equal(rows.near, rows.owner), *(target == far for target, far in pairs))
        return (
            sa.select(sa.literal(1)).select_from(rows.table).where(same).correlate_except(rows.table).exists()
        )

    def together(self) -> AbstractAsyncContextManager[Any]:
        """A unit for several statements."""
        return atomic(self.database)

    def forget(self) -> None:
        """The loaded content is no longer known to be complete; reading it asks for a load."""
        held = self.owner.__dict__.pop(self.relation.key, None)
        if held is not None:
            state_of(self.owner).committed_state.pop(self.relation.key, None)

    def _far_columns(self) -> Iterable[Any]:
        if isinstance(self.rows, JunctionRows):
            return [column for column, _ in self.relation.secondary_synchronize_pairs or ()]
        return self.relation.mapper.primary_key

    def _check_emptiable(self) -> None:
        if isinstance(self.rows, ChildRows) and not self.rows.emptiable:
            names = ", ".join(column.name for column in self.rows.foreign)
            raise UsageError(
                f"{self.name}: a {self.target.__name__} cannot be without its {names}.",
                hint=f"Give it to another with .add(), or delete it: "
                f"await {self.target.__name__.lower()}.delete().",
            )

    def _in_hand(self, targets: Iterable[Any]) -> list[Any]:
        """The objects among the targets, and those that the unit knows by the keys among them."""
        unit = current_unit(self.database)
        found: dict[int, Any] = {}
        for target in targets:
            known = target
            if not isinstance(target, self.target):
                identity = self.relation.mapper.identity_key_from_primary_key(self.key_of(target))
                known = unit.session.sync_session.identity_map.get(identity) if unit else None
            if known is not None:
                found[id(known)] = known
        return list(found.values())

    def linked(self, target: Any) -> None:
        """Let both objects know of a link that is in the database."""
        reverse = reverse_of(self.relation)
        if isinstance(self.rows, ChildRows):
            pairs = key_pairs(self.relation)
            old = target.__dict__.get(reverse.key) if reverse is not None else None
            self._record(old, self.relation)
            self._write_key(target, {foreign: self.owner.__dict__.get(key) for foreign, key in pairs})
            if old is not None and old is not self.owner:
                take_out_quietly(old, self.relation, target)
        if reverse is not None:
            self._record(target, reverse)
            put_quietly(target, reverse, self.owner)
        self._record(self.owner, self.relation)
        put_quietly(self.owner, self.relation, target)

    def _unlinked(self, target: Any) -> None:
        reverse = reverse_of(self.relation)
        if isinstance(self.rows, ChildRows):
            pairs = key_pairs(self.relation)
            if any(target.__dict__.get(foreign) != self.owner.__dict__.get(key) for foreign, key in pairs):
                return
            empty = {column.name for column in self.rows.emptiable}
            mapper = self.relation.mapper
            self._write_key(target, {f: None for f, _ in pairs if mapper.columns[f].name in empty})
            if reverse is not None and reverse.key in target.__dict__:
                set_quietly(target, reverse, None)
        elif reverse is not None:
            self._record(target, reverse)
            take_out_quietly(target, reverse, self.owner)
        self._record(self.owner, self.relation)
        take_out_quietly(self.owner, self.relation, target)

    def _write_key(self, target: Any, values: Mapping[str, Any]) -> None:
        unit = current_unit(self.database)
        if unit is not None:
            unit.changed(target, {name: target.__dict__.get(name) for name in values})
        for name, value in values.items():
            set_committed_value(target, name, value)

    def _record(self, instance: Any, relation: RelationshipProperty[Any]) -> None:
        """A unit that rolls back restores what was loaded before."""
        unit = current_unit(self.database)
        if unit is not None and instance is not None and relation.uselist:
            held = instance.__dict__.get(relation.key)
            if held is not None:
                unit.changed(instance, {relation.key: list(held)})


def _as_given(key: Key) -> Any:
    return key[0] if len(key) == 1 else key

"""The version of a row: a number that moves with every write, and what a write that finds another one says.

    version_name(Post)              # "version"; None for a class without one
    expected_version(post)          # 3: the row must still be at 3 for this object to be written
    raise await not_found(db, Post, (1,))      # VersionConflictError, or NotFoundError: the row is gone

A version that was assigned to an object is the one that the caller has seen, and no new value: what is
written is always the number after the one in the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import instance_state

from portico.db.dialects import version_conflict
from portico.db.models.inheritance import among
from portico.db.models.keys import class_of, mapper_of
from portico.db.session import Database, run
from portico.errors import NotFoundError, PorticoError, VersionConflictError


def version_name(cls: type[Any]) -> str | None:
    """The attribute that counts the writes of a row; None where none does."""
    mapper = mapper_of(cls)
    column: Any = mapper.version_id_col
    if column is None or mapper.version_id_generator is False or not isinstance(column.type, sa.Integer):
        return None
    return mapper.get_property_by_column(column).key


def expected_version(instance: Any, name: str | None) -> int | None:
    """The version that a row must have for this object to be written; None where that is not known."""
    if name is None:
        return None
    state = instance_state(instance)
    for held in (state.committed_state.get(name), state.dict.get(name)):
        if isinstance(held, int):
            return held
    return None


def without_version(instance: Any, name: str | None, changed: dict[str, Any]) -> dict[str, Any]:
    """What is to be written, without the version, which moves by itself.

    Raises `VersionConflictError` where one was assigned that is not the one in hand: whoever said it has
    seen another state of the row, and would say it again.
    """
    if name is None or name not in changed:
        return changed
    if changed[name] != expected_version(instance, name):
        raise moved(class_of(instance), repeatable=False)
    return {key: value for key, value in changed.items() if key != name}


def at_version(cls: type[Any], version: int | None) -> list[sa.ColumnElement[bool]]:
    """The condition that a row is at a version; none where that is not known."""
    column = mapper_of(cls).version_id_col
    return [] if version is None or column is None else [column == version]


async def not_found(database: Database, cls: type[Any], key: Sequence[Any]) -> PorticoError:
    """What to say of a row that a write has not found: it is gone, or at another version."""
    there = version_name(cls) is not None and await how_many(database, cls, [tuple(key)])
    return moved(cls) if there else gone(cls)


async def how_many(database: Database, cls: type[Any], keys: Sequence[tuple[Any, ...]]) -> int:
    """How many rows there are of these keys now, also where a snapshot of the transaction says otherwise."""
    columns = [*mapper_of(cls).primary_key]
    statement = sa.select(*columns).where(among(columns, keys)).with_for_update(read=True)
    return len((await run(database, statement)).all())


def moved(cls: type[Any], *, repeatable: bool = True) -> VersionConflictError:
    """The error for a row that somebody else has changed."""
    return version_conflict(cls.__name__, repeatable=repeatable)


def gone(cls: type[Any]) -> NotFoundError:
    """The error for an object whose row is not there."""
    return NotFoundError(f"This {cls.__name__} is no longer in the database.")


def numbered(expected: int | None, name: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row with the version after the one that is expected."""
    return {**values} if expected is None or name is None else {**values, name: expected + 1}


class Picked:
    """Rows by key, each at the version that its object holds, where all of them hold one."""

    def __init__(
        self, cls: type[Any], keys: Sequence[tuple[Any, ...]], versions: Sequence[int | None]
    ) -> None:
        self._cls = cls
        self.keys = list(keys)
        self._pairs = list(zip(self.keys, versions, strict=True))
        self.versioned = version_name(cls) is not None and None not in versions

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """The condition for these rows."""
        mapper = mapper_of(self._cls)
        if not self.versioned:
            return among(mapper.primary_key, self.keys)
        columns = [*mapper.primary_key, cast("sa.ColumnElement[Any]", mapper.version_id_col)]
        return among(columns, [(*key, version) for key, version in self._pairs])

    async def check(self, database: Database, found: int) -> None:
        """Raise `VersionConflictError` where a write of these rows has passed over some that are there."""
        keys = set(self.keys)
        if not self.versioned or found == len(keys):
            return
        if await how_many(database, self._cls, list(keys)) > found:
            raise moved(self._cls)

    async def check_gone(self, database: Database, found: int) -> None:
        """The same after a deletion: what is still there has been passed over."""
        keys = set(self.keys)
        if self.versioned and found < len(keys) and await how_many(database, self._cls, list(keys)):
            raise moved(self._cls)

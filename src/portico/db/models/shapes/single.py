"""The row of one object, written by one compiled statement that commits by itself.

    user = await send_create(db, User, {"username": "ann"})                      # an object
    more = await send_insert(db, User, {"username": "ann"}, reload=False)         # {"id": 1}
    done = await send_update(db, User, (1,), {"username": "bea"}, reload=False)    # {}; {"version": 2}
    await send_delete(db, User, (1,))                                            # True

Values are those that the general path sends: checked, with hashes for passwords. None where that path has to
do it: inside a unit of work, for values that SQL computes, for a class whose rows lie in several tables, and
where the database has refused the statement, so that nothing has happened. With ``expected``, the row must be
at that version. Raises `NotFoundError` for a row that is gone, `VersionConflictError` for one that is at
another version, and `OutcomeUnknownError` for a write that got no answer, which nobody repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

from portico.db.changes import is_recorded
from portico.db.compiled import Lane, LaneError, Slots, lane_for_writing
from portico.db.models.inheritance import has_several_tables
from portico.db.models.keys import mapper_of
from portico.db.models.schemas import column_specs
from portico.db.query import is_computed, next_version
from portico.db.session import Database
from portico.errors import ConflictError

from .facts import facts_of
from .statements import RowWrite, Writing
from .suitability import fills_defaults, is_table, unsuited_because
from .values import may_be_sql, values_of
from .versions import not_found

MOST: Final = 200
"""How many statements are kept for one class; callers choose the columns."""


class ObjectWrites:
    """The statements for objects of one class on one database."""

    def __init__(self, database: Database, cls: type[Any]) -> None:
        self._cls = cls
        self._able = database.capabilities
        mapper = mapper_of(cls)
        plain = is_table(mapper.local_table) and mapper.inherits is None and not has_several_tables(cls)
        self._writing = Writing(database, cls) if plain else None
        self.bare = plain and unsuited_because(cls) is None
        """Whether a new row needs no object."""
        self._known: dict[Hashable, RowWrite | None] = {}

    def insert(self, names: tuple[str, ...], *, reload: bool) -> RowWrite | None:
        """A new row; it gives the columns that were not named, and all of them to ``reload``."""
        key = ("insert", names, reload)
        return self._known[key] if key in self._known else self._keep(key, self._insert)

    def update(self, names: tuple[str, ...], *, reload: bool, versioned: bool = False) -> RowWrite | None:
        """A row that is there; it gives its version where that is not named, and all columns to ``reload``.

        A ``versioned`` one takes the version that the row must have after its key.
        """
        key = ("update, versioned" if versioned else "update", names, reload)
        make = self._update_versioned if versioned else self._update
        return self._known[key] if key in self._known else self._keep(key, make)

    def delete(self, *, versioned: bool = False) -> RowWrite | None:
        """A row that is there."""
        key = ("delete, versioned" if versioned else "delete", (), False)
        make = self._delete_versioned if versioned else self._delete
        return self._known[key] if key in self._known else self._keep(key, make)

    def _keep(
        self,
        key: tuple[str, tuple[str, ...], bool],
        make: Callable[[Writing, tuple[str, ...], bool], RowWrite | None],
    ) -> RowWrite | None:
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        made = None if self._writing is None else make(self._writing, key[1], key[2])
        self._known[key] = made
        return made

    def _insert(self, writing: Writing, names: tuple[str, ...], reload: bool) -> RowWrite | None:  # noqa: FBT001 -- `_keep` knows its order
        missing = [name for name in column_specs(self._cls) if reload or name not in names]
        if not names or (missing and not self._able.insert_returning):
            return None
        return writing.insert(names, missing)

    def _update(self, writing: Writing, names: tuple[str, ...], reload: bool) -> RowWrite | None:  # noqa: FBT001 -- as above
        return self._update_of(writing, self._key, names, reload=reload)

    def _update_versioned(self, writing: Writing, names: tuple[str, ...], reload: bool) -> RowWrite | None:  # noqa: FBT001 -- as above
        return self._update_of(writing, [*self._key, self._version], names, reload=reload)

    def _update_of(
        self, writing: Writing, picks: Sequence[Any], names: tuple[str, ...], *, reload: bool
    ) -> RowWrite | None:
        moved = next_version(self._cls, dict.fromkeys(names))
        wanted = tuple(column_specs(self._cls) if reload else moved)
        if wanted and not self._able.update_returning:
            return None
        slots = Slots(())
        return writing.update(_equal(picks, slots), len(picks), names, wanted, slots)

    def _delete(self, writing: Writing, _: tuple[str, ...], __: bool) -> RowWrite | None:  # noqa: FBT001 -- as above
        slots = Slots(())
        return writing.delete(_equal(self._key, slots), (), slots)

    def _delete_versioned(self, writing: Writing, _: tuple[str, ...], __: bool) -> RowWrite | None:  # noqa: FBT001 -- as above
        slots = Slots(())
        return writing.delete(_equal([*self._key, self._version], slots), (), slots)

    @property
    def _key(self) -> Sequence[Any]:
        return mapper_of(self._cls).primary_key

    @property
    def _version(self) -> Any:
        return mapper_of(self._cls).version_id_col


def _equal(columns: Sequence[Any], slots: Slots) -> list[Any]:
    return [column == slots.parameter(i, None, column.type) for i, column in enumerate(columns)]


def _writes(database: Database, cls: type[Any]) -> ObjectWrites:
    known = database.engines.statements
    found: ObjectWrites | None = known.get((ObjectWrites, cls))
    if found is None:
        found = known[ObjectWrites, cls] = ObjectWrites(database, cls)
    return found


async def send_create(database: Database, cls: type[Any], given: dict[str, Any]) -> Any | None:
    """A new row of these columns and its object, for a class whose constructor does nothing but assign.

    Values that were made for what was not ``given`` are added to it: where this is None, the general path is
    to use the same ones. Raises `LaneError` where the statement was sent, and nothing has happened.
    """
    lane = None if is_recorded(cls, "create") else lane_for_writing(database)
    writes, facts = _writes(database, cls), facts_of(cls)
    if lane is None or not writes.bare or facts.overheard:
        return None
    values = values_of(cls)
    if fills_defaults(cls):
        held = values.filled(given)
        given |= held
    else:
        held = {name: given[name] for name in facts.specs if name in given}
    stored = values.stored(held)
    if facts.keeps_secrets or _any_computed(stored):
        return None
    write = writes.insert(tuple(stored), reload=False)
    if write is None:
        return None
    done = await _sent(lane, write, [*stored.values()])
    if not done:
        raise kept_nothing(cls)
    return facts.new(stored | _given(write, done))


async def send_insert(
    database: Database, cls: type[Any], values: Mapping[str, Any], *, reload: bool
) -> dict[str, Any] | None:
    """Add a row; gives the columns that were not given, or all of them to ``reload``."""
    lane = None if is_recorded(cls, "create") else lane_for_writing(database)
    if lane is None or _any_computed(values):
        return None
    write = _writes(database, cls).insert(tuple(values), reload=reload)
    done = None if write is None else await _done(lane, write, [*values.values()])
    if write is None or done is None:
        return None
    if not done:
        raise kept_nothing(cls)
    return _given(write, done)


async def send_update(  # noqa: PLR0913 -- one row: which, at which version, and what it becomes
    database: Database,
    cls: type[Any],
    key: Sequence[Any],
    values: Mapping[str, Any],
    *,
    reload: bool,
    expected: int | None = None,
) -> dict[str, Any] | None:
    """Set values in the row of a key; gives what only the database knows, or all columns to ``reload``."""
    lane = None if is_recorded(cls, "update", values) else lane_for_writing(database)
    if lane is None or None in key or _any_computed(values):
        return None
    picked = key if expected is None else [*key, expected]
    write = _writes(database, cls).update(tuple(values), reload=reload, versioned=expected is not None)
    done = None if write is None else await _done(lane, write, [*picked, *values.values()])
    if write is None or done is None:
        return None
    if not done:
        raise await not_found(database, cls, key)
    return _given(write, done)


async def send_delete(
    database: Database, cls: type[Any], key: Sequence[Any], *, expected: int | None = None
) -> bool:
    """Delete the row of a key; False where the general path does it."""
    lane = None if is_recorded(cls, "delete") else lane_for_writing(database)
    if lane is None or None in key:
        return False
    picked = key if expected is None else [*key, expected]
    write = _writes(database, cls).delete(versioned=expected is not None)
    done = None if write is None else await _done(lane, write, picked)
    if done == 0:
        raise await not_found(database, cls, key)
    return done is not None


def kept_nothing(cls: type[Any]) -> ConflictError:
    """The error for a new row that was taken and is not there."""
    return ConflictError(
        f"The database has kept no row of this {cls.__name__}.", hint="A trigger or a rule discards it."
    )


async def _done(lane: Lane, write: RowWrite, values: Sequence[Any]) -> Any:
    """The rows that a statement gives, or how many it has changed; None where nothing has happened."""
    try:
        return await _sent(lane, write, values)
    except LaneError:
        return None


async def _sent(lane: Lane, write: RowWrite, values: Sequence[Any]) -> Any:
    try:
        arguments = write.arguments(values)
    except Exception as error:  # types may refuse values in any way; the general path words it
        raise LaneError(type(error).__name__) from error
    if write.returning:
        return await lane.fetch(write.shape, arguments)
    return await lane.execute(write.shape, arguments)


def _given(write: RowWrite, done: Any) -> dict[str, Any]:
    if not write.returning:
        return {}
    return dict(zip(write.returning, write.read(done[0]), strict=True))


def _any_computed(values: Mapping[str, Any]) -> bool:
    return any(may_be_sql(value) and is_computed(value) for value in values.values())

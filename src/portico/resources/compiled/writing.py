"""One row created, changed or deleted by one statement, without an object: values to shape, row to bytes.

    found = await compiled_create(scope, posts, body)       # WrittenRow; None: the general path does it

What may be one statement is decided by the same functions as on the general path. None is always decided
before a statement is sent, or when the database refused it and nothing has happened: then the general path
does it again, and says what is wrong in its own words.
Raises `NotFoundError` for a row that is not within reach, what the rules of a policy raise, and
`OutcomeUnknownError` for a write that got no answer, which nobody repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import BaseModel
from pydantic_core import to_json

from portico.access import Operation, Write, revision
from portico.db.changes import is_recorded
from portico.db.compiled import Lane, LaneError, Slots, lane_of
from portico.db.models.shapes import RowWrite, fresh_values, new_values, row_writes
from portico.db.query.conditions.structure import NoStructureError, value_key
from portico.db.session import Database
from portico.errors import InvalidError
from portico.resources.description import Resource
from portico.resources.documents import own_columns
from portico.resources.etags import etag_of
from portico.resources.keys import absent, write_key
from portico.resources.scope import Scope
from portico.resources.writing import (
    KnownBodies,
    KnownBody,
    changes_directly,
    creates_directly,
    guards_references,
    is_alone,
    removes_directly,
    sent_values,
)

from .places import MODES, SHAPES
from .rendering import ResourceWriter, writer_of
from .rules import Rules
from .shelf import Shelf

Said: TypeAlias = Callable[[BaseModel, tuple[Any, ...]], Mapping[str, Any]]
"""The values that a body gives a row of some key."""
Told: TypeAlias = tuple[tuple[str, ...], list[Any]]
"""Columns, and what is to stand in them."""
_WRITING: Final = "_portico_writing"


class WrittenRow(NamedTuple):
    """A row as it is stored now: its key, its JSON, and the tag of its state."""

    key: tuple[Any, ...]
    content: bytes
    tag: str


class _Writing:
    """How rows of one resource are written to one database: statements, and what becomes of their rows."""

    def __init__(self, resource: Resource, database: Database) -> None:
        self.writer: ResourceWriter | None = writer_of(resource, database)
        self.writes = row_writes(database, resource.model)
        shown = () if self.writer is None else self.writer.names
        seen = (info.alias or name for name, info in resource.schemas.read.model_fields.items())
        more = (name for name in seen if name in resource.columns)
        self.returned = tuple(dict.fromkeys([*shown, *resource.fields, *resource.key, *more]))
        """The columns of the answer, and behind them whatever else a row may be asked for."""
        self._key = [self.returned.index(name) for name in resource.key]
        self.known: Shelf[RowWrite | None] = Shelf(SHAPES)
        self.engines = database.engines
        self._known_bodies: KnownBodies | None = None
        self._bodies: Shelf[KnownBody | None] = Shelf(SHAPES)
        self._fixed: set[tuple[Operation, int]] = set()

    def body(self, scope: Scope, resource: Resource, write: Write, sent: BaseModel) -> KnownBody | None:
        """What is known of a body as soon as its names are."""
        known = self._known_bodies
        if known is None or known.resources is not scope.resources:
            known = self._known_bodies = KnownBodies(resource, scope.resources)
            self._bodies = Shelf(SHAPES)
        said = frozenset(sent.model_fields_set)
        return self._bodies.take((write, said, revision()), lambda: known.body(write, said))

    def rules(self, scope: Scope, resource: Resource, operation: Operation) -> Rules | None:
        """The rules of writing a row, for whoever asks; None where they are the same for everybody."""
        now = operation, revision()
        if now in self._fixed:
            return None
        rules = Rules(scope, [resource], write=operation)
        if not rules.fixed:
            return rules
        self._fixed.add(now)
        return None

    def written(self, resource: Resource, write: RowWrite, row: Sequence[Any]) -> WrittenRow:
        """What the database gave of a row."""
        readers = write.shape.readers
        key = tuple([row[i] if (read := readers[i]) is None else read(row[i]) for i in self._key])
        content = None if self.writer is None else self.writer.one(row)
        if self.writer is None or content is None:
            return self._shown(resource, key, readers, row)
        return WrittenRow(key, content, self.writer.tag(row, content))

    def _shown(
        self, resource: Resource, key: tuple[Any, ...], readers: Sequence[Any], row: Sequence[Any]
    ) -> WrittenRow:
        """The same of values that the writer does not know, as the schema shows them."""
        held = SimpleNamespace(
            **{
                name: value if read is None else read(value)
                for name, read, value in zip(self.returned, readers, row, strict=True)
            }
        )
        content = to_json(own_columns(resource, held), inf_nan_mode="null")
        return WrittenRow(key, content, etag_of(resource, held))


async def compiled_create(scope: Scope, resource: Resource, body: BaseModel) -> WrittenRow | None:
    """Add a row."""
    lane, writing = _way(scope, resource)
    if lane is None or writing is None or writing.writer is None or not writing.writes.inserts:
        return None
    known = writing.body(scope, resource, "create", body)
    values = None if known is None else known.values(body)
    told = _new(scope, resource, body) if known is None or values is None else (known.names, values)
    write = None if told is None else writing.writes.insert(told[0], writing.returned)
    rows = None if write is None or told is None else await _sent(lane, write, told[1])
    return None if write is None or not rows else writing.written(resource, write, rows[0])


def _new(scope: Scope, resource: Resource, body: BaseModel) -> Told | None:
    """What a new row holds, looked at for this body alone."""
    values = sent_values(resource, body)
    return (
        _unless_refused(new_values, resource, values) if creates_directly(scope, resource, values) else None
    )


async def compiled_change(
    scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel, said: Said | None = None
) -> WrittenRow | None:
    """Set values in one row: those of a body, or what is ``said`` by it, asked only where it is sent."""
    lane, writing = _way(scope, resource)
    if lane is None or writing is None or writing.writer is None or not writing.writes.updates:
        return None
    known = writing.body(scope, resource, "update", body) if said is None else None
    values = None if known is None else known.values(body)
    if known is not None and values is not None:
        told: Told | None = known.names, values
    else:
        told = _changed(scope, resource, sent_values(resource, body) if said is None else said(body, key))
    row = None if told is None else _row_of(scope, resource, writing, "update", key)
    if told is None or row is None:
        return None
    names, new = told

    def made() -> RowWrite | None:
        if not changes_directly(scope, resource, dict.fromkeys(names)):
            return None
        slots = Slots(row.values)
        return writing.writes.update(row.state(slots), len(row.values), names, writing.returned, slots)

    write = writing.known.take(("update", row.key, names), made)
    rows = None if write is None else await _sent(lane, write, [*row.values, *new])
    if write is None or rows is None:
        return None
    return writing.written(resource, write, _only(resource, key, rows))


def _changed(scope: Scope, resource: Resource, values: Mapping[str, Any]) -> Told | None:
    """What these values of a row are stored as, looked at for them alone."""
    if not is_alone(scope, resource) or _asks_more(scope, resource, values):
        return None
    return _unless_refused(fresh_values, resource, values)


async def compiled_remove(scope: Scope, resource: Resource, key: tuple[Any, ...]) -> bool:
    """Remove one row; False where the general path does it."""
    lane, writing = _way(scope, resource)
    if lane is None or writing is None or not removes_directly(scope, resource):
        return False
    row = _row_of(scope, resource, writing, "delete", key)
    if row is None:
        return False

    def made() -> RowWrite | None:
        slots = Slots(row.values)
        return writing.writes.delete(row.state(slots), len(row.values), slots)

    write = writing.known.take(("delete", row.key), made)
    done = None if write is None else await _sent(lane, write, row.values)
    if done is not None and not done:
        raise absent(resource, write_key(key))
    return done is not None


async def _sent(lane: Lane, write: RowWrite, values: Iterable[Any]) -> Any:
    """The rows that a statement gives, or how many it has changed; None where nothing has happened."""
    try:
        arguments = write.arguments(values)
    except Exception:  # types may refuse values in any way; the general path does so again, and words it
        return None
    try:
        if write.returning:
            return await lane.fetch(write.shape, arguments)
        return await lane.execute(write.shape, arguments)
    except LaneError:
        return None


def _unless_refused(
    check: Callable[[type[Any], Mapping[str, Any]], dict[str, Any] | None],
    resource: Resource,
    values: Mapping[str, Any],
) -> Told | None:
    try:
        ready = check(resource.model, values)
    except InvalidError:
        return None
    return None if ready is None else (tuple(ready), list(ready.values()))


def _only(resource: Resource, key: tuple[Any, ...], rows: Sequence[Any]) -> Any:
    """The one row that was written; NotFoundError where there is none within reach."""
    if not rows:
        raise absent(resource, write_key(key))
    return rows[0]


def _way(scope: Scope, resource: Resource) -> tuple[Lane | None, _Writing | None]:
    """The lane, and what is known of writing by it; None where the general path serves."""
    database = scope.home(resource)
    # Deleting is what most has to be seen of.
    lane = None if is_recorded(resource.model, "delete") else lane_of(database)
    if lane is None:
        return None, None
    # Kept on the resource itself, so that it goes when the resource goes.
    held = resource.__dict__
    mode = database.engines.mode
    writings: dict[Any, _Writing] | None = held.get(_WRITING)
    found = None if writings is None else writings.get(mode)
    if found is None:
        found = _Writing(resource, database)
        kept = {key: one for key, one in (writings or {}).items() if one.engines is database.engines}
        held[_WRITING] = {**(kept if len(kept) < MODES else {}), mode: found}
    return lane, found


def _asks_more(scope: Scope, resource: Resource, values: Mapping[str, Any]) -> bool:
    """Whether other rows have to be asked for, or a rule of rows as they became, which differs by caller."""
    if guards_references(scope, resource, values):
        return True
    return resource.policy.has_check and not changes_directly(scope, resource, values)


class _Row(NamedTuple):
    """The one row of a key within reach, apart from the values that say so."""

    scope: Scope
    resource: Resource
    operation: Operation
    rules: Rules | None
    key: Hashable
    values: list[Any]

    def state(self, slots: Slots) -> Any:
        """The query for it."""
        scope = self.scope if self.rules is None else self.rules.scope(slots)
        start = len(self.values) - len(self.resource.key)
        wanted = {name: slots[start + number] for number, name in enumerate(self.resource.key)}
        return scope.rows(self.resource, self.operation).filter(**wanted).state


def _row_of(
    scope: Scope, resource: Resource, writing: _Writing, operation: Operation, key: tuple[Any, ...]
) -> _Row | None:
    """The row of a key; None where its rules have no shape. ForbiddenError where nobody may write any."""
    try:
        rules = writing.rules(scope, resource, operation)
        values = [] if rules is None else list(rules.values)
        parts = tuple([value_key(part, values) for part in key])
    except NoStructureError:
        return None
    if len(values) - (0 if rules is None else len(rules.values)) != len(key):
        return None  # A part that is true, false or null stands in the text itself.
    return _Row(scope, resource, operation, rules, (None if rules is None else rules.key, parts), values)

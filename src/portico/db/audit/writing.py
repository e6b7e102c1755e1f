"""From changes to entries: written before the commit, in the transaction of the changes themselves.

Entries of one unit are one batch for each table; the batches and the entries are two statements, however
many rows were written. The entries of a batch are bound together by its digest, so that none of them can be
changed, taken away or added alone; the place of the batch in the chain of its table is given afterwards, by
`seal`, which no writer waits for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portico.db.changes import RowChange, Watcher, watch
from portico.db.scoping import current_actor
from portico.db.session import Database, Unit
from portico.errors import ConfigurationError, UsageError

from .encoding import MASKED, encode
from .hashing import keys, of_batch, of_entry
from .keys import spell_key
from .options import Recorded, recorded
from .tables import ACTOR_LENGTH, BATCHES, ENTRIES, require_tables

log = logging.getLogger("portico.db.audit")
NOTHING: Final = encode({})
FORGET: Final = "forget"
_INSERT_BATCHES: Final = sa.insert(BATCHES)
_INSERT_ENTRIES: Final = sa.insert(ENTRIES)


class _Trail(Watcher):
    """Audits the classes that asked for it."""

    def wants(self, model: type[Any]) -> bool:
        """Those with the mixin."""
        return recorded(model) is not None

    def passed_over(self, model: type[Any]) -> None:
        """Leave a trace where the trail has none."""
        about = recorded(model)
        if about is not None:
            message = (
                "Rows of %s are written by %r inside of unrecorded(): the audit trail has no entry of it."
            )
            log.warning(message, about.table, current_actor())

    async def before_commit(self, unit: Unit, changes: Sequence[RowChange]) -> None:
        """Write the entries of this unit."""
        if not isinstance(unit.database, Database):
            raise ConfigurationError("The audit trail needs a Database.")
        await write_entries(unit.database, unit, entries_of(changes))


async def write_entries(database: Database, unit: Unit, entries: list[dict[str, Any]]) -> None:
    """Insert entries and their batches."""
    if not entries:
        return
    await require_tables(database)
    batches = batches_of(entries)

    def insert(session: Session) -> None:
        connection = session.connection()
        connection.execute(_INSERT_BATCHES, batches)
        connection.execute(_INSERT_ENTRIES, entries)

    await unit.perform(lambda session: session.run_sync(insert))


def entries_of(changes: Iterable[RowChange]) -> list[dict[str, Any]]:
    """The entries of one unit, with their hashes, in the order of the changes."""
    unit = uuid4()
    counted: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    for change in changes:
        about = recorded(change.model)
        if about is None or (not change.changed and change.key == change.key_before):
            continue
        ordinal = counted[about.table] = counted.get(about.table, -1) + 1
        found.append(_entry(change, about) | {"unit": unit, "ordinal": ordinal})
    for entry in found:
        entry["hash"] = keys.sign("entry", of_entry(entry))
    return found


def forget_entry(about: tuple[str, str], unit: UUID, noted: Mapping[str, Any]) -> dict[str, Any]:
    """The entry that says that older ones were deleted, and up to where."""
    from_here = {"table_name": about[0], "model": about[1], "row_key": "", "key_before": None}
    said = {"operation": FORGET, "before": NOTHING, "after": encode(dict(noted))}
    actor = {"at": datetime.now(UTC), "actor": None, "request_id": None, "tenant": None}
    entry = {**from_here, **said, **actor, "unit": unit, "ordinal": 0}
    return entry | {"hash": keys.sign("entry", of_entry(entry))}


def batches_of(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The batches that these entries make up, with their digests."""
    tables: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        tables.setdefault(entry["table_name"], []).append(entry)
    found: list[dict[str, Any]] = []
    for table, own in tables.items():
        at = max(entry["at"] for entry in own)
        batch = {"unit": own[0]["unit"], "table_name": table, "at": at, "entries": len(own)}
        digest = keys.sign("batch", of_batch(batch, (entry["hash"] for entry in own)))
        found.append(batch | {"digest": digest})
    return found


def identity(value: Any, what: str) -> str | None:
    """An actor or a tenant as it is recorded and asked for; `UsageError` for what is too long for a key."""
    if value is None:
        return None
    text = encode(value)
    if len(text) > ACTOR_LENGTH:
        raise UsageError(
            f"The {what} is too long for the audit trail.",
            hint=f"Name the {what} by a key; {ACTOR_LENGTH} characters are the limit.",
        )
    return text


def request_text(request_id: str | None) -> str | None:
    """A request id as it is recorded: clients may send long ones, of which the beginning is kept."""
    return None if request_id is None else request_id[:ACTOR_LENGTH]


def _entry(change: RowChange, about: Recorded) -> dict[str, Any]:
    before, after = _values(change)
    moved = change.key != change.key_before
    return {
        "at": change.at.astimezone(UTC),
        "actor": identity(change.actor, "actor"),
        "request_id": request_text(change.request_id),
        "tenant": identity(change.tenant, "tenant"),
        "table_name": about.table,
        "model": about.model,
        "row_key": spell_key(change.key),
        "key_before": spell_key(change.key_before) if moved else None,
        "operation": change.kind,
        "before": encode(_shown(before, about)),
        "after": encode(_shown(after, about)),
    }


def _values(change: RowChange) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """All of a row that is new or gone; of one that was changed, only what changed."""
    if change.kind == "create":
        return {}, change.after
    if change.kind == "delete":
        return change.before, {}
    changed = change.changed
    return (
        {name: value for name, value in change.before.items() if name in changed},
        {name: value for name, value in change.after.items() if name in changed},
    )


def _shown(values: Mapping[str, Any], about: Recorded) -> dict[str, Any]:
    return {
        name: MASKED if name in about.masked and value is not None else value
        for name, value in values.items()
        if name not in about.left_out
    }


watch(_Trail())

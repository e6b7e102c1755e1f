"""What was written, row by row: recorded in the unit of work, told before and after its commit."""

from portico.db.changes.feed import ChangeFeed, MissedChanges
from portico.db.changes.guard import unrecorded
from portico.db.changes.paths import writes_keys, writes_many, writes_one
from portico.db.changes.record import Kind, RowChange, is_same
from portico.db.changes.telling import (
    is_recorded,
    is_table_recorded,
    looks_before,
    tell_before,
    watched_write,
)
from portico.db.changes.watching import Watcher, forget, unwatch, watch, watched, watchers, watchers_of

__all__ = [
    "ChangeFeed",
    "Kind",
    "MissedChanges",
    "RowChange",
    "Watcher",
    "forget",
    "is_recorded",
    "is_same",
    "is_table_recorded",
    "looks_before",
    "tell_before",
    "unrecorded",
    "unwatch",
    "watch",
    "watched",
    "watched_write",
    "watchers",
    "watchers_of",
    "writes_keys",
    "writes_many",
    "writes_one",
]

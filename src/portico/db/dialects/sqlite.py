"""SQLite: its capabilities and what is set on each new connection."""

from __future__ import annotations

from .capabilities import Capabilities

SQLITE = Capabilities(
    name="sqlite",
    insert_returning=True,
    update_returning=True,
    delete_returning=True,
    full_join=True,
    ddl_transactions=True,
    nulls_ordering=True,
    concurrent_writers=False,
    isolation_levels=("SERIALIZABLE",),
)

"""PostgreSQL: its capabilities and what is set on each new connection."""

from __future__ import annotations

from .capabilities import Capabilities

POSTGRESQL = Capabilities(
    name="postgresql",
    insert_returning=True,
    update_returning=True,
    delete_returning=True,
    row_locks=True,
    skip_locked=True,
    full_join=True,
    native_array=True,
    native_uuid=True,
    native_json=True,
    native_interval=True,
    ddl_transactions=True,
    nulls_ordering=True,
    distinct_on=True,
    isolation_levels=("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
)

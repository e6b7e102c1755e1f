"""What a database can do, so that upper rooms ask for an ability and never for a name.

    if database.capabilities.update_returning: ...

Raises nothing. Room: db (lowest floor).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The abilities of one kind of database; every flag is False unless its file says otherwise."""

    name: str
    insert_returning: bool = False
    update_returning: bool = False
    delete_returning: bool = False
    row_locks: bool = False
    skip_locked: bool = False
    full_join: bool = False
    native_array: bool = False
    native_uuid: bool = False
    native_json: bool = False
    native_interval: bool = False
    savepoints: bool = True
    ddl_transactions: bool = False
    nulls_ordering: bool = False
    distinct_on: bool = False
    foresees: bool = False
    concurrent_writers: bool = True
    isolation_levels: tuple[str, ...] = ()

"""The operations that write."""

from .bodies import KnownBodies, KnownBody
from .directly import changes_directly, creates_directly, is_alone, removes_directly
from .discretion import guarded
from .increments import has_counters, increment_row, increment_schema
from .linking import create_related, link_row, replace_links, unlink_row
from .nested import change_nested, create_nested
from .references import guards_references
from .rows import (
    RETRIES,
    change_one,
    change_row,
    complete,
    create_row,
    delete_row,
    in_unit,
    make_one,
    own_includes,
    remove_one,
    replace_row,
)
from .trash import purge_row, restore_row
from .values import replacing_values, sent_values

__all__ = [
    "RETRIES",
    "KnownBodies",
    "KnownBody",
    "change_nested",
    "change_one",
    "change_row",
    "changes_directly",
    "complete",
    "create_nested",
    "create_related",
    "create_row",
    "creates_directly",
    "delete_row",
    "guarded",
    "guards_references",
    "has_counters",
    "in_unit",
    "increment_row",
    "increment_schema",
    "is_alone",
    "link_row",
    "make_one",
    "own_includes",
    "purge_row",
    "remove_one",
    "removes_directly",
    "replace_links",
    "replace_row",
    "replacing_values",
    "restore_row",
    "sent_values",
    "unlink_row",
]

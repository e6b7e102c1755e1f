"""The operations that write."""

from .discretion import guarded
from .increments import has_counters, increment_row, increment_schema
from .linking import create_related, link_row, replace_links, unlink_row
from .nested import change_nested, create_nested
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
from .values import sent_values

__all__ = [
    "RETRIES",
    "change_nested",
    "change_one",
    "change_row",
    "complete",
    "create_nested",
    "create_related",
    "create_row",
    "delete_row",
    "guarded",
    "has_counters",
    "in_unit",
    "increment_row",
    "increment_schema",
    "link_row",
    "make_one",
    "own_includes",
    "remove_one",
    "replace_links",
    "replace_row",
    "sent_values",
    "unlink_row",
]

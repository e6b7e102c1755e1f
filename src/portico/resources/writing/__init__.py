"""The operations that write."""

from .discretion import guarded
from .rows import change_row, complete, create_row, delete_row, in_unit, own_includes, replace_row
from .values import sent_values

__all__ = [
    "change_row",
    "complete",
    "create_row",
    "delete_row",
    "guarded",
    "in_unit",
    "own_includes",
    "replace_row",
    "sent_values",
]

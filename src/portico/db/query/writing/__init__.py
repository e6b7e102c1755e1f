"""Updates and deletes of every row of a query."""

from .assigning import next_version
from .deleting import for_good, hard_delete, reaching_deleted, restore
from .writes import assign, delete, delete_for_good, limited, locked_keys, update

__all__ = [
    "assign",
    "delete",
    "delete_for_good",
    "for_good",
    "hard_delete",
    "limited",
    "locked_keys",
    "next_version",
    "reaching_deleted",
    "restore",
    "update",
]

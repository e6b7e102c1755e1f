"""Updates and deletes of every row of a query."""

from .assigning import next_version
from .writes import delete, limited, update

__all__ = ["delete", "limited", "next_version", "update"]

"""Updates and deletes of every row of a query."""

from .writes import delete, limited, update

__all__ = ["delete", "limited", "update"]

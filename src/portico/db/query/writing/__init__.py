"""Updates and deletes of every row of a query."""

from .writes import delete, update

__all__ = ["delete", "update"]

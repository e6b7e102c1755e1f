"""Query[M]: an immutable, chainable, awaitable question about any mapped class."""

from portico.db.query.query import Query

__all__ = ["Query"]

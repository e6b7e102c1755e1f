"""Who asks, of which database, among which resources: what a plan needs besides itself to be run.

scope = Scope(db, resources, principal)
await list_rows(scope, posts, plan)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portico.access import Operation, Write, condition, conditions_after
from portico.db.query import Query
from portico.db.session import Database, current_database

from .description import Resource, Resources
from .grammar import PROCESS, Signer

_IN_THE_TRASH: Final[frozenset[Operation]] = frozenset({"trash", "purge"})
_WANTED: Final[Mapping[Operation, tuple[Operation, ...]]] = {
    "read": ("read",),
    "purge": ("purge", "trash", "read"),
}
"""The rules that rows have to pass, where these are not the operation's own and that of reading."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One request's surroundings; every statement of a door starts at `rows`."""

    database: Database
    resources: Resources
    principal: Any
    signer: Signer = PROCESS

    def home(self, resource: Resource) -> Database:
        """The database of a resource: that of the application unless its model says otherwise."""
        return self.database if resource.database is None else current_database(resource.database)

    def rule(self, resource: Resource, operation: Operation) -> Any | None:
        """The condition of an operation, None when all rows pass; ForbiddenError when none may."""
        return condition(resource.policy, operation, self.principal, where=resource.name)

    def rules_after(self, resource: Resource, write: Write) -> list[Any]:
        """The conditions on a row that was written; ForbiddenError when none may be."""
        return conditions_after(resource.policy, write, self.principal, where=resource.name)

    def rows(self, resource: Resource, operation: Operation = "read") -> Query[Any]:
        """The rows within reach: those that may be read, and changed or deleted where that is the purpose."""
        query: Query[Any] = Query(resource.model, self.home(resource))
        if resource.loaded_by_name:
            query = query.only(*resource.loaded_by_name)
        if operation in _IN_THE_TRASH:
            query = query.only_deleted()
        return self._within(resource, query, _WANTED.get(operation, (operation, "read")))

    def restorable(self, resource: Resource) -> Query[Any]:
        """The deleted rows that may be restored."""
        return self._within(resource, self.rows(resource, "trash"), ("update",))

    def _within(self, resource: Resource, query: Query[Any], wanted: Iterable[Operation]) -> Query[Any]:
        for one in wanted:
            rule = self.rule(resource, one)
            query = query if rule is None else query.filter(rule)
        return query

"""What every endpoint of the REST door shares: the database, the resources and who is asking.

Door(database=db, resources=resources, principal=get_principal)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from portico.access import ANONYMOUS
from portico.db.session import Database
from portico.resources import Limits, Reach, Resource, Resources, Scope
from portico.web import Problem, Speech

from .dialects import Dialect, PorticoDialect


@dataclass(frozen=True, kw_only=True)
class Door:
    """The REST door of one application."""

    database: Database
    resources: Resources
    principal: Callable[..., Any] | None = None
    prefix: str = ""
    limits: Limits = field(default_factory=Limits)
    dependencies: Sequence[Any] = ()
    dialect: Dialect = field(default_factory=PorticoDialect)

    def reach(self, resource: Resource) -> Reach:
        """What a request to a resource can name."""
        return Reach(self.resources, resource, self.limits)

    def dialect_of(self, resource: Resource) -> Dialect:
        """How clients speak about a resource."""
        spoken: Dialect | None = resource.dialect
        return spoken or self.dialect

    def speech(self, resource: Resource) -> Speech:
        """How clients are told of problems with a resource."""
        dialect = self.dialect_of(resource)

        def speak(problem: Problem) -> Response | None:
            said = dialect.problem(problem)
            return None if said is None else said.response()

        return speak

    def scope(self, principal: Any) -> Scope:
        """The surroundings of one request."""
        return Scope(self.database, self.resources, ANONYMOUS if principal is None else principal)

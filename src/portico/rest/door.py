"""What every endpoint of the REST door shares: the database, the resources and who is asking.

Door(database=db, resources=resources, principal=get_principal)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fastapi import Response

from portico.access import ANONYMOUS
from portico.db.session import Database
from portico.errors import PorticoError
from portico.resources import (
    PROCESS,
    Limits,
    NestedBodies,
    Reach,
    Resource,
    Resources,
    Scope,
    Signer,
    nested_bodies,
)
from portico.web import Problem, Speech
from portico.web.own_errors import ErrorReply, own_problem
from portico.web.problems import problem_of

from .dialects import Dialect, PorticoDialect


@dataclass(frozen=True, kw_only=True)
class Door:
    """The REST door of one application."""

    database: Database
    resources: Resources
    principal: Callable[..., Any] | None = None
    tenant: Callable[..., Any] | None = None
    prefix: str = ""
    limits: Limits = field(default_factory=Limits)
    dependencies: Sequence[Any] = ()
    dialect: Dialect = field(default_factory=PorticoDialect)
    signer: Signer = PROCESS
    errors: Mapping[type[Exception], ErrorReply] = field(default_factory=dict[type[Exception], ErrorReply])
    """What is answered for exceptions of the application."""
    keeps_answers: bool = True
    """Whether documents offer ``Idempotency-Key``: not where there is no table for it."""
    _pages: dict[Resource, Any] = field(default_factory=dict[Resource, Any], init=False, repr=False)
    _bodies: dict[Resource, NestedBodies] = field(
        default_factory=dict[Resource, NestedBodies], init=False, repr=False
    )

    def reach(self, resource: Resource) -> Reach:
        """What a request to a resource can name."""
        return Reach(self.resources, resource, self.limits)

    def dialect_of(self, resource: Resource) -> Dialect:
        """How clients speak about a resource."""
        spoken: Dialect | None = resource.dialect
        return spoken or self.dialect

    def page_schema(self, resource: Resource) -> Any:
        """What a page of its rows is; one class however many routes answer with it."""
        if resource not in self._pages:
            self._pages[resource] = self.dialect_of(resource).page_schema(resource)
        return self._pages[resource]

    def nested_bodies(self, resource: Resource) -> NestedBodies:
        """The bodies of a resource that was exposed with ``nested=``; the same classes at every call."""
        if resource not in self._bodies:
            limits = self.limits
            self._bodies[resource] = nested_bodies(
                self.resources, resource, limits.nested, limits.max_affected
            )
        return self._bodies[resource]

    def problem(self, error: Exception, request_id: str) -> Problem:
        """What went wrong with one item of many, as a problem document."""
        reply = next((self.errors[kind] for kind in type(error).__mro__ if kind in self.errors), None)
        if reply is not None:
            return own_problem(reply, error, request_id)
        if not isinstance(error, PorticoError):
            raise error
        return problem_of(error, request_id)

    def speech(self, resource: Resource) -> Speech:
        """How clients are told of problems with a resource."""
        dialect = self.dialect_of(resource)

        def speak(problem: Problem) -> Response | None:
            said = dialect.problem(problem)
            return None if said is None else said.response()

        return speak

    def scope(self, principal: Any) -> Scope:
        """The surroundings of one request."""
        if principal is None:
            return self._for_anybody
        return Scope(self.database, self.resources, principal, self.signer)

    @cached_property
    def _for_anybody(self) -> Scope:
        return Scope(self.database, self.resources, ANONYMOUS, self.signer)

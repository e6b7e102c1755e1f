"""What a dialect is: a reading of parameters and a rendering of replies around the same plan.

A dialect decides how a client speaks and what it hears; what may be asked for, what it means and who may ask
is decided below, in `resources`, once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from fastapi import Request

from portico.resources import ListPlan, Page, Reach, Resource
from portico.rest.reply import Reply
from portico.web import Problem


class Dialect(Protocol):
    """How one kind of client speaks with the REST door."""

    name: ClassVar[str]
    created_status: ClassVar[int]
    deleted_status: ClassVar[int]
    page_headers: ClassVar[dict[str, Any]]
    """Headers of a page, as OpenAPI describes them."""
    partial_put: ClassVar[bool]
    """Whether PUT changes what is sent and leaves the rest, as PATCH does."""
    exact_totals: ClassVar[bool]
    """Whether a page always says how many rows there are in all."""
    problem_schema: ClassVar[Any]
    """What `problem` answers, as a type that Pydantic knows; None for problem documents."""

    def list_plan(self, reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
        """The plan that query parameters ask for; InvalidParameterError says what is wrong."""
        ...

    def list_parameters(self, reach: Reach) -> list[dict[str, Any]]:
        """The parameters of a list, as OpenAPI describes them."""
        ...

    def page_schema(self, resource: Resource) -> Any:
        """What a page is, as a type that Pydantic knows."""
        ...

    def page(self, request: Request, plan: ListPlan, page: Page, items: Any) -> Reply:
        """A page of rows."""
        ...

    def row(self, shown: Any) -> Reply:
        """One row that was asked for."""
        ...

    def written_schema(self, resource: Resource) -> Any:
        """What a write answers, as a type that Pydantic knows."""
        ...

    def written(
        self,
        resource: Resource,
        shown: Any,
        key: tuple[Any, ...],
        *,
        made: bool,
    ) -> Reply:
        """One row that was created (``made``) or changed."""
        ...

    def deleted_schema(self, resource: Resource) -> Any:
        """What a delete answers; None for nothing."""
        ...

    def deleted(self, resource: Resource, key: tuple[Any, ...]) -> Reply:
        """One row that is gone."""
        ...

    def problem(self, problem: Problem) -> Reply | None:
        """What a client is told that went wrong; None for a problem document."""
        ...

"""From an operation of the REST door to what OpenAPI says of it.

    route.described = describe_operation(door, posts, operation)

Nothing is worked out here but what every start needs: types, parameters and examples are asked for by the
document.
"""

from __future__ import annotations

from typing import Any

from portico.resources import Resource
from portico.web import Description, Lazy, told

from .documentation import polish_of, problems_in
from .door import Door
from .idempotency import HEADER
from .operations import Operation


def describe_operation(door: Door, resource: Resource, operation: Operation) -> Description:
    """What the document says of one operation of a resource."""
    endpoint: Any = operation.endpoint
    spoken = door.dialect_of(resource).problem_schema
    statuses = frozenset(operation.statuses) if spoken is None else frozenset[int]()
    return Description(
        operation_id=operation.verb,
        summary=operation.summary,
        tags=operation.tags or resource.tags or (resource.name,),
        text=operation.description or resource.description,
        status=operation.status,
        answers=operation.answers,
        body=Lazy(lambda: getattr(endpoint, "body", None)),
        body_needed=not getattr(endpoint, "optional", False),
        body_rules=operation.body_rules,
        parameters=Lazy(lambda: _parameters(door, operation)),
        headers=operation.headers,
        problems=statuses,
        replies=Lazy(lambda: {**problems_in(spoken, operation.statuses), **told(operation.replies)}),
        components=operation.components,
        dependencies=getattr(endpoint, "dependencies", ()),
        tag_text=resource.description,
        polish=Lazy(lambda: polish_of(resource, getattr(endpoint, "body", None))),
    )


def _parameters(door: Door, operation: Operation) -> list[dict[str, Any]]:
    every: list[dict[str, Any]] = told(operation.parameters)
    return every if door.keeps_answers else [one for one in every if one["name"] != HEADER]

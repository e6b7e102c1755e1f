"""Summaries: groups with their metrics, and the values of fields with their counts.

aggregating_operations(door, posts)     # aggregatePosts on /posts/aggregate, facetPosts on /posts/facets
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from fastapi import Request, Response
from pydantic import BaseModel, Field

from portico._kernel.doors import register_doors
from portico.db.query.grouping import functions_for
from portico.resources import (
    GroupSummary,
    Limits,
    Resource,
    aggregate,
    count_facets,
    parse_aggregate,
    parse_facets,
)
from portico.resources.grammar.lookups import sortable
from portico.rest.documentation import choosing_parameters, names_parameter, pascal
from portico.rest.door import Door
from portico.rest.reply import Reply
from portico.web import Lazy, asked_of

from .operation import READS, Endpoint, Operation, endpoint

Scalar: TypeAlias = str | int | float | bool | None
FILTERS: Final = "Takes the filters of the list as well: `field=1`, `field__gte=1`, `relation.field=1`."


class GroupRow(BaseModel):
    """One group: its keys and its metrics, under the names that they were asked by."""

    group: dict[str, Scalar] = Field(description="Empty where nothing was grouped by; null is a key too.")
    metrics: dict[str, Scalar]


class GroupPageInfo(BaseModel):
    """How many groups were asked for, and whether there are more."""

    limit: int
    more: bool


class GroupPage(BaseModel):
    """Groups of rows, summed up."""

    items: list[GroupRow]
    page: GroupPageInfo


class FacetCount(BaseModel):
    """One value, and how many rows have it."""

    value: Scalar
    count: int


class FacetCounts(BaseModel):
    """The most frequent values of each field."""

    facets: dict[str, list[FacetCount]]


def aggregating_operations(door: Door, resource: Resource) -> Iterator[Operation]:
    """The operations that sum up rows of a resource."""
    name = pascal(resource.name)
    yield Operation(
        verb=f"aggregate{name}",
        method="GET",
        path="/aggregate",
        needs="read",
        endpoint=aggregate_endpoint(door, resource),
        summary=f"Sum up {resource.name} in groups",
        description=f"{FILTERS} `having.sum:field__gte=10` chooses among the groups by a metric.",
        answers=GroupPage,
        statuses=READS,
        parameters=Lazy(lambda: _aggregate_parameters(resource, door.limits)),
    )
    yield Operation(
        verb=f"facet{name}",
        method="GET",
        path="/facets",
        needs="read",
        endpoint=facets_endpoint(door, resource),
        summary=f"Count {resource.name} by the values of fields",
        description=FILTERS,
        answers=FacetCounts,
        statuses=READS,
        parameters=Lazy(lambda: _facet_parameters(resource, door.limits)),
    )


def aggregate_endpoint(door: Door, resource: Resource) -> Endpoint:
    """Groups and their metrics."""
    reach = door.reach(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_aggregate(reach, asked_of(request))
        found = await aggregate(door.scope(principal), reach, plan)
        items = [_row(one) for one in found.items]
        return Reply({"items": items, "page": {"limit": plan.limit, "more": found.more}}).response()

    return endpoint(answer, door)


def facets_endpoint(door: Door, resource: Resource) -> Endpoint:
    """Values and their counts."""
    reach = door.reach(resource)

    async def answer(request: Request, principal: Any = None) -> Response:
        plan = parse_facets(reach, asked_of(request))
        found = await count_facets(door.scope(principal), reach, plan)
        shown = {
            name: [{"value": one.value, "count": one.count} for one in values]
            for name, values in found.items()
        }
        return Reply({"facets": shown}).response()

    return endpoint(answer, door)


def groupable(resource: Resource) -> list[str]:
    """The fields of a row that rows can be grouped by."""
    return [name for name, kind in resource.kinds.items() if sortable(kind)]


def _metrics(resource: Resource) -> list[str]:
    fields = ((name, one) for name, kind in resource.kinds.items() for one in functions_for(kind))
    return ["count", *(f"{function}:{name}" for name, function in fields)]


def _aggregate_parameters(resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    page = {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page}
    grouped = "Fields of the row or of a to-one relation; of dates also a part, as `created_at__year`."
    metrics = "`count`, or `count`, `count_distinct`, `sum`, `avg`, `min`, `max` with a field: `sum:price`."
    return [
        names_parameter(
            "group_by", groupable(resource), limits.groups, f"{grouped} Left out: all rows are one group."
        ),
        names_parameter("metrics", _metrics(resource), limits.metrics, f"{metrics} Left out: `count`."),
        names_parameter(
            "sort", ["count", "-count"], limits.sorts, "Groups or metrics; a minus sign means descending."
        ),
        _parameter("limit", page, "Groups at most."),
        *choosing_parameters(resource, limits),
    ]


def _facet_parameters(resource: Resource, limits: Limits) -> list[dict[str, Any]]:
    most = {
        "type": "integer",
        "minimum": 1,
        "maximum": limits.max_facet_values,
        "default": limits.facet_values,
    }
    return [
        names_parameter(
            "facets", groupable(resource), limits.facets, "Fields of the row or its relations.", required=True
        ),
        _parameter("limit", most, "Values of each field at most."),
        *choosing_parameters(resource, limits),
    ]


def _parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _row(found: GroupSummary) -> dict[str, Any]:
    return {"group": found.group, "metrics": found.metrics}


register_doors("rest", reads=["GET /{r}/aggregate", "GET /{r}/facets"])

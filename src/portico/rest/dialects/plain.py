"""Bare lists, as small applications answer them: ``[{...}, {...}]``, and the total in a header.

    GET /posts?skip=20&limit=10&author_id=1&sort=-id        # [...], X-Total-Count: 57

Conditions, ``sort``, ``include``, writes and problem documents are those of the house's own dialect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Final

from fastapi import Request

from portico.resources import ListPlan, Page, Reach, Resource, parse_list
from portico.resources.grammar import unknown
from portico.rest.documentation import list_parameters
from portico.rest.reply import Reply

from .portico import PorticoDialect
from .skipping import named, page_parameters

_ABSENT: Final = frozenset({"offset", "cursor", "count"})


class PlainDialect(PorticoDialect):
    """Rows without an envelope, counted from ``skip``."""

    name: ClassVar = "plain"
    exact_totals: ClassVar = True
    page_headers: ClassVar[dict[str, Any]] = {
        "X-Total-Count": {"schema": {"type": "integer"}, "description": "Rows in the whole list."},
    }

    def list_plan(self, reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
        """The grammar of the house with ``skip`` for ``offset``; the total is always exact."""
        given = list(parameters)
        for name, _ in given:
            if name in _ABSENT:
                raise unknown(
                    f"There is no parameter {name!r} here.", name, ("skip", "limit"), parameter=name
                )
        with named({"offset": "skip"}):
            plan = parse_list(reach, [("offset" if name == "skip" else name, text) for name, text in given])
        return replace(plan, count="exact")

    def list_parameters(self, reach: Reach) -> list[dict[str, Any]]:
        """Those of the house, but for what counts pages."""
        ours = list_parameters(reach.resources, reach.resource, reach.limits)
        kept = [one for one in ours if one["name"] not in (*_ABSENT, "limit")]
        return [*page_parameters(reach.limits), *kept]

    def page_schema(self, resource: Resource) -> Any:
        """A list of rows."""
        return list[resource.schemas.read]  # type: ignore[name-defined] # pyright: ignore[reportInvalidTypeForm] -- made at run time

    def page(self, request: Request, plan: ListPlan, page: Page, items: Any) -> Reply:
        """The rows."""
        return Reply(items, headers={"X-Total-Count": str(page.count)})

"""The house's own dialect: ``{"items": [...], "page": {...}}``, with links to the neighbouring pages.

PorticoDialect().page(request, plan, page, items)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Final, Literal
from urllib.parse import quote_plus

from fastapi import Request
from pydantic import BaseModel, Field, create_model

from portico.resources import ListPlan, Page, Reach, Resource, parse_list
from portico.rest.documentation import list_parameters
from portico.rest.reply import Reply, path_of
from portico.web import Problem, parameters_of

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*")


class PageInfo(BaseModel):
    """Where a page stands in its list."""

    limit: int
    offset: int | None = Field(description="Rows before this page; null on a page that a cursor asked for.")
    next: str | None = Field(description="Cursor of the next page; null where no rows follow.")
    prev: str | None = Field(description="Cursor of the page before; null where no rows come before.")
    count: int | None = Field(
        description="Number of rows in the whole list; with the count mode `capped` there are more than that."
    )
    count_mode: Literal["exact", "capped", "estimated", "none"]


class PorticoDialect:
    """Rows in an envelope, created rows with 201, deleted ones with 204."""

    name: ClassVar = "portico"
    created_status: ClassVar = 201
    deleted_status: ClassVar = 204
    partial_put: ClassVar = False
    exact_totals: ClassVar = False
    problem_schema: ClassVar[Any] = None
    page_headers: ClassVar[dict[str, Any]] = {
        "Link": {"schema": {"type": "string"}, "description": "The neighbouring pages."},
        "X-Total-Count": {"schema": {"type": "integer"}, "description": "When the count is exact."},
    }

    def list_plan(self, reach: Reach, parameters: Iterable[tuple[str, str]]) -> ListPlan:
        """Conditions, order and pages as docs/how-to/rest.md tells."""
        return parse_list(reach, parameters)

    def list_parameters(self, reach: Reach) -> list[dict[str, Any]]:
        """One parameter for each field and operator."""
        return list_parameters(reach.resources, reach.resource, reach.limits)

    def page_schema(self, resource: Resource) -> Any:
        """Items and where they stand."""
        items: Any = list[resource.schemas.read]  # type: ignore[name-defined] # pyright: ignore[reportInvalidTypeForm] -- made at run time
        return create_model(
            f"{resource.title}Page",
            items=(items, ...),
            page=(PageInfo, ...),
            __module__=resource.model.__module__,
        )

    def page(self, request: Request, plan: ListPlan, page: Page, items: Any) -> Reply:
        """The envelope, with ``Link``, and ``X-Total-Count`` where the number is exact."""
        info = {
            "limit": plan.limit,
            "offset": plan.offset if plan.cursor is None else None,
            "next": page.next,
            "prev": page.prev,
            "count": page.count,
            "count_mode": page.counted,
        }
        return Reply({"items": items, "page": info}, headers=_page_headers(request, page, plan))

    def row(self, shown: Any) -> Reply:
        """The row, bare."""
        return Reply(shown)

    def written_schema(self, resource: Resource) -> Any:
        """The row."""
        return resource.schemas.read

    def written(
        self,
        resource: Resource,
        shown: Any,
        key: tuple[Any, ...],
        *,
        made: bool,
    ) -> Reply:
        """The row as it is now."""
        return Reply(shown, status=self.created_status if made else 200)

    def deleted_schema(self, resource: Resource) -> Any:
        """Nothing."""
        return None

    def deleted(self, resource: Resource, key: tuple[Any, ...]) -> Reply:
        """Nothing."""
        return Reply(status=self.deleted_status)

    def problem(self, problem: Problem) -> Reply | None:
        """A problem document."""
        return None


def _page_headers(request: Request, page: Page, plan: ListPlan) -> dict[str, str]:
    headers: dict[str, str] = {}
    if page.counted == "exact":
        headers["X-Total-Count"] = str(page.count)
    # A link is a GET: a page that a body asked for has none.
    places = _places(page, plan) if request.method in ("GET", "HEAD") else {}
    if places:
        headers["Link"] = ", ".join(
            f'<{_at(request, place)}>; rel="{name}"' for name, place in places.items()
        )
    return headers


def _places(page: Page, plan: ListPlan) -> dict[str, tuple[str, str] | None]:
    """The neighbouring pages, as parameters; None for the page without any."""
    if plan.cursor is not None:
        cursors = {"prev": page.prev, "next": page.next}
        return {"first": None, **{name: ("cursor", text) for name, text in cursors.items() if text}}
    found: dict[str, tuple[str, str] | None] = {}
    if plan.offset:
        found = {"first": ("offset", "0"), "prev": ("offset", str(max(0, plan.offset - plan.limit)))}
    if page.next_offset is not None:
        found["next"] = ("offset", str(page.next_offset))
    elif page.next is not None:
        # Farther than offsets go the list is read on by its cursor.
        found["next"] = ("cursor", page.next)
    return found


def _at(request: Request, place: tuple[str, str] | None) -> str:
    kept = [one for one in parameters_of(request) if one[0] not in ("offset", "cursor")]
    if place:
        kept.append(place)
    said = "&".join([f"{_quoted(name)}={_quoted(text)}" for name, text in kept])
    return f"{path_of(request)}?{said}" if said else path_of(request)


def _quoted(text: str) -> str:
    """As a part of a query string; most parts stand there as they are."""
    return text if _PLAIN.fullmatch(text) else quote_plus(text)

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
from portico.rest.reply import Reply, enveloped, path_of
from portico.web import Problem, parameters_of

_PLAIN: Final = re.compile(rb"(?:[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*)?")
"""Parameters that stand in an address as they are."""


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
        return Reply(enveloped("items", items, {"page": info}), headers=_page_headers(request, page, plan))

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
    places = _places(page, plan) if request.scope["method"] in ("GET", "HEAD") else ()
    if places:
        path, kept = path_of(request), _kept(request)
        bare, more = (f"{path}?{kept}", "&") if kept else (path, "?")
        links = [
            f'<{bare}{more}{at}>; rel="{name}"' if at else f'<{bare}>; rel="{name}"' for name, at in places
        ]
        headers["Link"] = ", ".join(links)
    return headers


def _places(page: Page, plan: ListPlan) -> list[tuple[str, str]]:
    """The neighbouring pages by name, and the parameter of each; a list by cursors begins without one."""
    if plan.cursor is not None:
        found = [("first", "")]
        if page.prev is not None:
            found.append(("prev", f"cursor={page.prev}"))
        if page.next is not None:
            found.append(("next", f"cursor={page.next}"))
        return found
    found = []
    if plan.offset:
        found = [("first", "offset=0"), ("prev", f"offset={max(0, plan.offset - plan.limit)}")]
    if page.next_offset is not None:
        found.append(("next", f"offset={page.next_offset}"))
    elif page.next is not None:
        # Farther than offsets go the list is read on by its cursor.
        found.append(("next", f"cursor={page.next}"))
    return found


def _kept(request: Request) -> str:
    """The parameters of a request but for the place of its page, as a part of a query string."""
    query: bytes = request.scope["query_string"]
    if _PLAIN.fullmatch(query):
        said = query.decode()
        if "offset=" not in said and "cursor=" not in said:
            return said
        return "&".join([part for part in said.split("&") if not part.startswith(("offset=", "cursor="))])
    kept = [one for one in parameters_of(request) if one[0] not in ("offset", "cursor")]
    return "&".join([f"{quote_plus(name)}={quote_plus(text)}" for name, text in kept])

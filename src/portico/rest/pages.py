"""A page of a list as a reply: the envelope, its headers, and the links to its neighbours.

page_body(items, page, plan)      # {"items": [...], "page": {"limit": 50, "offset": 0, ...}}
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote, urlencode

from fastapi import Request
from pydantic import BaseModel, Field

from portico.resources import ListPlan, Page


class PageInfo(BaseModel):
    """Where a page stands in its list."""

    limit: int
    offset: int | None = Field(description="Rows before this page.")
    next: str | None = Field(description="Cursor of the next page, when the list is read by cursors.")
    prev: str | None = Field(description="Cursor of the page before, when the list is read by cursors.")
    count: int | None = Field(
        description="Number of rows in the whole list; with the count mode `capped` there are more than that."
    )
    count_mode: Literal["exact", "capped", "estimated", "none"]


def page_body(items: list[dict[str, Any]], page: Page, plan: ListPlan) -> dict[str, Any]:
    """The envelope of a list."""
    info = {
        "limit": plan.limit,
        "offset": plan.offset,
        "next": None,
        "prev": None,
        "count": page.count,
        "count_mode": page.counted,
    }
    return {"items": items, "page": info}


def page_headers(request: Request, page: Page, plan: ListPlan) -> dict[str, str]:
    """``Link`` to the neighbours, and ``X-Total-Count`` where the number is exact."""
    headers: dict[str, str] = {}
    if page.counted == "exact":
        headers["X-Total-Count"] = str(page.count)
    offsets: dict[str, int] = {}
    if plan.offset:
        offsets = {"first": 0, "prev": max(0, plan.offset - plan.limit)}
    if page.more:
        offsets["next"] = plan.offset + plan.limit
    if offsets:
        headers["Link"] = ", ".join(
            f'<{_at(request, offset)}>; rel="{name}"' for name, offset in offsets.items()
        )
    return headers


def path_of(request: Request) -> str:
    """The path that was asked for as a client sees it, without a trailing slash."""
    root = request.scope.get("root_path", "").rstrip("/")
    path = request.scope["path"].rstrip("/")
    seen = path if root and path.startswith(root) else root + path
    return quote(seen, safe="/~,:@!$&'()*+;=-._")


def _at(request: Request, offset: int) -> str:
    kept = [(name, text) for name, text in request.query_params.multi_items() if name != "offset"]
    return f"{path_of(request)}?{urlencode([*kept, ('offset', str(offset))])}"

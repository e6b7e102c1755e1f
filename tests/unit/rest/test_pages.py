"""Pages as they are answered: the same bytes from rows of both kinds, and links that keep what was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi import Request

from portico.resources import ListPlan, Page
from portico.rest.dialects.portico import PorticoDialect
from portico.rest.reply import written_json

ROWS = [{"id": 1, "title": "Grüße"}]


def asking(query: str, *, method: str = "GET", path: str = "/posts") -> Request:
    """A request for a page."""
    return Request(
        {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    )


def stood(**facts: Any) -> Page:
    """Where a page stands; of an uncounted list unless it is said."""
    return replace(Page([], count=None, counted="none", more=True), **facts)


def link(query: str, plan: ListPlan, page: Page, **request: Any) -> str | None:
    """The header of a page."""
    return PorticoDialect().page(asking(query, **request), plan, page, ROWS).headers.get("Link")


@pytest.mark.parametrize(
    ("plan", "page"),
    [
        (ListPlan(limit=2), stood(next="k_-V", next_offset=2)),
        (ListPlan(limit=2, offset=4), stood(prev="a", count=5, counted="exact", more=False)),
        (ListPlan(limit=50, cursor="c"), stood(next="a", prev="b", count=10_000, counted="capped")),
    ],
)
def test_rows_that_are_written_already_make_the_same_page(plan: ListPlan, page: Page) -> None:
    """Which way the rows came is nothing that a client can tell."""
    bare = PorticoDialect().page(asking(""), plan, page, ROWS).response()
    written = PorticoDialect().page(
        asking(""), plan, page, written_json('[{"id":1,"title":"Grüße"}]'.encode())
    )
    assert written.response().body == bare.body
    assert written.response().raw_headers == bare.raw_headers


def test_a_page_says_where_it_stands_in_this_order() -> None:
    """Replies are compared by their bytes, and read by people."""
    reply = PorticoDialect().page(asking(""), ListPlan(limit=2), stood(next="k"), written_json(b"[]"))
    assert reply.response().body == (
        b'{"items":[],"page":{"limit":2,"offset":0,"next":"k","prev":null,"count":null,"count_mode":"none"}}'
    )


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("limit=2&sort=-title", "limit=2&sort=-title&"),
        ("offset=4&limit=2", "limit=2&"),
        ("limit=2&offset=4&offset=5&cursor=a", "limit=2&"),
        ("offset=4", ""),
        ("my_offset=4&offsets=1", "my_offset=4&offsets=1&"),
        ("title=a%20b&off%73et=4", "title=a+b&"),
        ("title=a+b&x", "title=a+b&x=&"),
        ("a=b=c&&=d", "a=b%3Dc&=d&"),
        ("title=%3E%22%0D%0A", "title=%3E%22%0D%0A&"),
        ("title=a\n", "title=a%0A&"),
    ],
)
def test_a_link_keeps_the_parameters_that_are_no_place(query: str, kept: str) -> None:
    """Those that stand in an address as they are, and those that have to be written anew."""
    assert link(query, ListPlan(limit=2), stood(next_offset=2)) == f'</posts?{kept}offset=2>; rel="next"'


def test_the_first_page_of_cursors_is_the_list_itself() -> None:
    """Without any place: with the other parameters, or bare."""
    plan, page = ListPlan(limit=2, cursor="c"), stood(prev="b", next="a")
    others = '</posts?{0}cursor=b>; rel="prev", </posts?{0}cursor=a>; rel="next"'
    assert link("cursor=c", plan, page) == '</posts>; rel="first", ' + others.format("")
    assert link("limit=2&cursor=c", plan, page) == '</posts?limit=2>; rel="first", ' + others.format(
        "limit=2&"
    )


def test_a_page_without_neighbours_has_no_links() -> None:
    """Neither has one that a body asked for: a link is a GET."""
    assert link("limit=2", ListPlan(limit=2), stood(more=False)) is None
    assert link("limit=2", ListPlan(limit=2), stood(next_offset=2), method="POST") is None

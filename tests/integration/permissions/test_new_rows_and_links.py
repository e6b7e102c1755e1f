"""Rows that are made, and links between rows: through every door that makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

from .asking import Asking
from .doors import ALL
from .world import ANYBODY

Ask = Callable[[str], Asking]
People = pytest.mark.parametrize("name", list(ANYBODY))
Request = tuple[str, str, Any]
NEW: Final = {"slug": "new", "title": "new"}


async def _done(ask: Asking, requests: Iterable[tuple[Any, Request]]) -> set[Any]:
    """What the requests that went through were about."""
    found: set[Any] = set()
    for subject, (method, path, body) in requests:
        reply = await ask.rehearse(method, path, **({} if body is None else {"json": body}))
        if reply.is_success:
            found.add(subject)
    return found


MAKING: Final[dict[str, Callable[[int], Request]]] = {
    "create": lambda author: ("POST", "/documents", {**NEW, "author_id": author}),
    "bulk create": lambda author: ("POST", "/documents/bulk", [{**NEW, "author_id": author}]),
    "upsert": lambda author: ("POST", "/documents/upsert?on=slug", {**NEW, "author_id": author}),
    "bulk upsert": lambda author: ("PUT", "/documents/bulk?on=slug", [{**NEW, "author_id": author}]),
    "by relation": lambda author: ("POST", f"/persons/{author}/documents", NEW),
    "with links": lambda author: (
        "POST",
        "/documents",
        {**NEW, "author_id": author, "tags": {"connect": [1]}},
    ),
    "with comments": lambda author: (
        "POST",
        "/documents",
        {**NEW, "author_id": author, "comments": {"create": [{"text": "x", "author_id": author}]}},
    ),
}


@People
async def test_documents_are_made_in_ones_own_name_only(asking: Ask, name: str) -> None:
    """The create rule holds for every way to make a row."""
    ask = asking(name)
    expected: set[int] = set() if ask.who.is_anonymous else {ask.who.id}
    for door, request in MAKING.items():
        made = await _done(ask, ((author, request(author)) for author in ALL["person"]))
        assert made == expected, door


@People
async def test_comments_are_made_on_documents_within_reach_only(asking: Ask, name: str) -> None:
    """A reference to a row out of reach would tell that it is there, and show it on."""
    ask = asking(name)
    if ask.who.is_anonymous:
        return
    comment = {"text": "x", "author_id": ask.who.id}
    doors: dict[str, Callable[[int], Request]] = {
        "create": lambda key: ("POST", "/comments", {**comment, "document_id": key}),
        "bulk create": lambda key: ("POST", "/comments/bulk", [{**comment, "document_id": key}]),
        "by relation": lambda key: ("POST", f"/documents/{key}/comments", comment),
    }
    readable = ask.office.readable("document", ask.who)
    for door, request in doors.items():
        made = await _done(ask, ((key, request(key)) for key in (*ALL["document"], 99)))
        assert made == readable, door
    nested = (
        (key, ("PATCH", f"/documents/{key}", {"comments": {"create": [comment]}})) for key in ALL["document"]
    )
    assert await _done(ask, nested) == ask.office.writable("document", ask.who, "update")


UPSERTING: Final[dict[str, Callable[[int], Request]]] = {
    "upsert": lambda key: ("POST", "/documents/upsert?on=slug", _there(key)),
    "bulk upsert": lambda key: ("PUT", "/documents/bulk?on=slug", [_there(key)]),
    "increment": lambda key: ("POST", f"/documents/{key}/increment", {"likes": 1}),
}


def _there(key: int) -> dict[str, Any]:
    return {"slug": f"canary-slug-{key}", "title": "new", "author_id": (key + 1) // 2}


@People
async def test_upserts_and_increments_change_what_may_be_changed(asking: Ask, name: str) -> None:
    """An upsert is a create or an update, and no third right."""
    ask = asking(name)
    for door, request in UPSERTING.items():
        done = await _done(ask, ((key, request(key)) for key in ALL["document"]))
        assert done == ask.office.writable("document", ask.who, "update"), door


LINKING: Final[dict[str, Callable[[int, int], Request]]] = {
    "link": lambda document, tag: ("PUT", f"/documents/{document}/tags/{tag}", None),
    "replace": lambda document, tag: ("PUT", f"/documents/{document}/tags", [tag]),
    "connect": lambda document, tag: ("PATCH", f"/documents/{document}", {"tags": {"connect": [tag]}}),
    "set": lambda document, tag: ("PATCH", f"/documents/{document}", {"tags": {"set": [tag]}}),
}
FROM_TAGS: Final[dict[str, Callable[[int, int], Request]]] = {
    "link": lambda document, tag: ("PUT", f"/tags/{tag}/documents/{document}", None),
    "replace": lambda document, tag: ("PUT", f"/tags/{tag}/documents", [document]),
}
UNLINKING: Final[dict[str, Callable[[int, int], Request]]] = {
    "unlink": lambda document, tag: ("DELETE", f"/documents/{document}/tags/{tag}", None),
    "disconnect": lambda document, tag: (
        "PATCH",
        f"/documents/{document}",
        {"tags": {"disconnect": [tag]}},
    ),
}
PAIRS: Final = [(document, tag) for document in ALL["document"] for tag in ALL["tag"]]


@People
async def test_links_need_an_update_of_one_end_and_sight_of_the_other(asking: Ask, name: str) -> None:
    """A link is a write of the row that it starts from, and it tells that the other is there."""
    ask, office = asking(name), asking(name).office
    documents, tags = office.writable("document", ask.who, "update"), office.readable("tag", ask.who)
    for door, request in LINKING.items():
        done = await _done(ask, ((pair, request(*pair)) for pair in PAIRS))
        assert done == {(d, t) for d, t in PAIRS if d in documents and t in tags}, door
    tags, seen = office.writable("tag", ask.who, "update"), office.readable("document", ask.who)
    for door, request in FROM_TAGS.items():
        done = await _done(ask, ((pair, request(*pair)) for pair in PAIRS))
        assert done == {(d, t) for d, t in PAIRS if d in seen and t in tags}, door


@People
async def test_links_that_cannot_be_seen_cannot_be_cut(asking: Ask, name: str) -> None:
    """Replacing the tags one sees must leave those that one does not see."""
    ask, office = asking(name), asking(name).office
    documents, tags = office.writable("document", ask.who, "update"), office.readable("tag", ask.who)
    for door, request in UNLINKING.items():
        done = await _done(ask, ((pair, request(*pair)) for pair in PAIRS))
        allowed = {(d, t) for d, t in PAIRS if d in documents and t in tags}
        assert allowed & office.links <= done <= allowed, door

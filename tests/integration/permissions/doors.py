"""Every door of the office: what comes through it, told as the keys of rows.

A door that reads tells the keys it shows, one that writes those that it would change. All of them are listed
here; a test compares the list with the routes of the application, so that no door is forgotten.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from .asking import PATHS, Asking

Door: TypeAlias = Callable[[Asking, str], Awaitable[set[int]]]
Counting: TypeAlias = Callable[[Asking, str], Awaitable[int]]
TEXTS: Final = {"person": "name", "document": "title", "comment": "text", "tag": "name"}
ALL: Final = {
    "person": range(1, 5),
    "document": range(1, 7),
    "comment": range(1, 13),
    "tag": range(1, 5),
}
WAYS: Final = {
    ("person", "documents"): "document",
    ("document", "author"): "person",
    ("document", "comments"): "comment",
    ("document", "tags"): "tag",
    ("comment", "document"): "document",
    ("tag", "documents"): "document",
}
"""The relations of the office, and what they lead to."""


def _keys(found: Any) -> set[int]:
    return {row["id"] for row in found["items"]} if found else set()


def _listing(parameters: Callable[[str], str]) -> Door:
    async def door(ask: Asking, kind: str) -> set[int]:
        return _keys(await ask.get(f"/{PATHS[kind]}?limit=100&{parameters(kind)}"))

    return door


def _in_all(kind: str) -> str:
    return ",".join(str(key) for key in ALL[kind])


async def query(ask: Asking, kind: str) -> set[int]:
    """POST /query."""
    body = {"where": {"not": {"id": 0}}, "limit": 100, "sort": ["-id"]}
    reply = await ask.send("POST", f"/{PATHS[kind]}/query", json=body)
    return _keys(reply.json() if reply.status_code == 200 else None)


async def get(ask: Asking, kind: str) -> set[int]:
    """GET of every key."""
    return {key for key in ALL[kind] if await ask.get(f"/{PATHS[kind]}/{key}")}


async def cursor(ask: Asking, kind: str) -> set[int]:
    """Page after page, one row at a time."""
    found: set[int] = set()
    page = await ask.get(f"/{PATHS[kind]}?limit=1&sort={TEXTS[kind]}")
    while page:
        found |= _keys(page)
        following = page["page"]["next"]
        parameters = {"limit": 1, "sort": TEXTS[kind], "cursor": following}
        page = await ask.get(f"/{PATHS[kind]}", params=parameters) if following else None
    return found


async def grouped(ask: Asking, kind: str) -> set[int]:
    """Groups of an aggregate."""
    found = await ask.get(f"/{PATHS[kind]}/aggregate?group_by=id&metrics=count&limit=100")
    return {row["group"]["id"] for row in found["items"]} if found else set()


async def facets(ask: Asking, kind: str) -> set[int]:
    """Values of a facet."""
    found = await ask.get(f"/{PATHS[kind]}/facets?facets=id&limit=100")
    return {one["value"] for one in found["facets"]["id"]} if found else set()


async def ndjson(ask: Asking, kind: str) -> set[int]:
    """Lines of an export."""
    reply = await ask.send("GET", f"/{PATHS[kind]}/export?format=ndjson")
    return {json.loads(line)["id"] for line in reply.text.splitlines()} if reply.is_success else set()


async def table(ask: Asking, kind: str) -> set[int]:
    """Rows of a CSV export."""
    reply = await ask.send("GET", f"/{PATHS[kind]}/export?format=csv")
    return {int(row["id"]) for row in csv.DictReader(io.StringIO(reply.text))} if reply.is_success else set()


READING: Final[dict[str, Door]] = {
    "list": _listing(lambda _: ""),
    "filter": _listing(lambda kind: f"id__in={_in_all(kind)}"),
    "negated": _listing(lambda kind: f"{TEXTS[kind]}__ne=x"),
    "sort": _listing(lambda kind: f"sort=-{TEXTS[kind]}"),
    "search": _listing(lambda _: "search=canary"),
    "where": _listing(lambda _: 'where={"or":[{"id":{"gt":0}},{"id":0}]}'),
    "uncounted": _listing(lambda _: "count=none"),
    "query": query,
    "get": get,
    "cursor": cursor,
    "grouped": grouped,
    "facets": facets,
    "ndjson": ndjson,
    "csv": table,
}


async def counted(ask: Asking, kind: str) -> int:
    """The exact number."""
    found = await ask.get(f"/{PATHS[kind]}?limit=1&count=exact")
    return found["page"]["count"] if found else 0


async def capped(ask: Asking, kind: str) -> int:
    """The number that comes unasked."""
    found = await ask.get(f"/{PATHS[kind]}?limit=1")
    return found["page"]["count"] if found else 0


async def estimated(ask: Asking, kind: str) -> int:
    """The estimated number: whoever may read every row is told what the database expects."""
    found = await ask.get(f"/{PATHS[kind]}?limit=1&count=estimated")
    if found and found["page"]["count_mode"] == "estimated":
        readable = ask.office.readable(kind, ask.who)
        assert readable == set(ALL[kind])
        return len(readable)
    return found["page"]["count"] if found else 0


async def aggregated(ask: Asking, kind: str) -> int:
    """One metric over all."""
    found = await ask.get(f"/{PATHS[kind]}/aggregate?metrics=count")
    return found["items"][0]["metrics"]["count"] if found else 0


COUNTING: Final[dict[str, Counting]] = {
    "counted": counted,
    "capped": capped,
    "estimated": estimated,
    "aggregated": aggregated,
}


def _writing(method: str, path: str, body: Callable[[str, int], Any] | None = None) -> Door:
    async def door(ask: Asking, kind: str) -> set[int]:
        found: set[int] = set()
        for key in ALL[kind]:
            sent = {"json": body(kind, key)} if body else {}
            reply = await ask.rehearse(method, f"/{PATHS[kind]}{path.format(key=key)}", **sent)
            if _has_written(reply):
                found.add(key)
        return found

    return door


def _has_written(reply: Any) -> bool:
    if not reply.is_success:
        return False
    said: dict[str, Any] = reply.json() if reply.content.startswith(b"{") else {}
    return said.get("affected") != 0


def change(kind: str, key: int) -> Any:
    """A change that anybody might want."""
    return {TEXTS[kind]: f"new-{key}"}


def whole(kind: str, key: int) -> Any:
    """A whole row, which is that of its author already."""
    of_author = {"author_id": (key + 1) // 2} if kind == "document" else {}
    of_comment = {"author_id": 2 - key % 2, "document_id": (key + 1) // 2} if kind == "comment" else {}
    return {**change(kind, key), **of_author, **of_comment, **({"slug": "x"} if kind == "document" else {})}


UPDATING: Final[dict[str, Door]] = {
    "patch": _writing("PATCH", "/{key}", change),
    "put": _writing("PUT", "/{key}", whole),
    "bulk update": _writing("PATCH", "/bulk", lambda kind, key: [{"id": key, **change(kind, key)}]),
    "mass update": _writing("PATCH", "?id={key}", change),
}
DELETING: Final[dict[str, Door]] = {
    "delete": _writing("DELETE", "/{key}"),
    "bulk delete": _writing("DELETE", "/bulk?key={key}"),
    "mass delete": _writing("DELETE", "?id={key}"),
}


async def by_relation(ask: Asking, kind: str) -> set[int]:
    """Lists below rows of other kinds."""
    found: set[int] = set()
    for (owner, name), target in WAYS.items():
        for key in ALL[owner] if target == kind else ():
            reply = await ask.get(f"/{PATHS[owner]}/{key}/{name}?limit=100")
            found |= _keys(reply) if reply and "items" in reply else {reply["id"]} if reply else set()
    return found


async def by_member(ask: Asking, kind: str) -> set[int]:
    """Single rows below rows of other kinds."""
    found: set[int] = set()
    for owner, name in (way for way in WAYS if WAYS[way] == kind and way[1].endswith("s")):
        for key in ALL[owner]:
            for member in ALL[kind]:
                if await ask.get(f"/{PATHS[owner]}/{key}/{name}/{member}"):
                    found.add(member)
    return found


async def by_include(ask: Asking, kind: str) -> set[int]:
    """Rows that others bring along, in lists, exports and by their keys."""
    found: set[int] = set()
    for owner, name in (way for way in WAYS if WAYS[way] == kind):
        listed = await ask.get(f"/{PATHS[owner]}?limit=100&include={name}&include.{name}.limit=50")
        rows: list[Any] = listed["items"] if listed else []
        rows += [await ask.get(f"/{PATHS[owner]}/{row['id']}?include={name}") for row in rows]
        for row in rows:
            held: list[Any] = row[name] if isinstance(row[name], list) else [row[name]]
            found |= {one["id"] for one in held if one}
    return found


async def by_condition(ask: Asking, kind: str) -> set[int]:
    """Rows that conditions on others give away: each key is guessed, in every spelling."""
    found: set[int] = set()
    for owner, name in (way for way in WAYS if WAYS[way] == kind):
        for key in ALL[kind]:
            tree = json.dumps({name: {"id": key}})
            for asked in (f"{name}.id={key}", f"{name}.{TEXTS[kind]}__contains=canary&{name}.id={key}"):
                found |= {key} if _keys(await ask.get(f"/{PATHS[owner]}?{asked}")) else set()
            found |= {key} if _keys(await ask.get(f"/{PATHS[owner]}", params={"where": tree})) else set()
    return found


async def by_group(ask: Asking, kind: str) -> set[int]:
    """Rows that groups and facets over a relation give away."""
    found: set[Any] = set()
    for owner, name in (way for way in WAYS if WAYS[way] == kind and not way[1].endswith("s")):
        groups = await ask.get(f"/{PATHS[owner]}/aggregate?group_by={name}.id&metrics=count&limit=100")
        found |= {row["group"][f"{name}.id"] for row in groups["items"]} if groups else set()
        values = await ask.get(f"/{PATHS[owner]}/facets?facets={name}.id&limit=100")
        found |= {one["value"] for one in values["facets"][f"{name}.id"]} if values else set()
    return found - {None}


AROUND: Final[dict[str, Door]] = {
    "relation": by_relation,
    "member": by_member,
    "include": by_include,
    "condition": by_condition,
    "group": by_group,
}
"""Doors that lead over other rows: they show at most what may be read."""

"""Nobody learns whether a row is there: out of reach is absent, to the last byte and the last statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from portico.db.session import Database
from portico.testing.statements import statements

from .asking import PATHS, REHEARSED, Asking
from .doors import TEXTS
from .world import ANYBODY, EDITOR

Ask = Callable[[str], Asking]
Probe = tuple[str, str, Any, dict[str, str]]
ABSENT: Final = {"person": 9, "document": 9, "comment": 99, "tag": 9}
TAGGED: Final = {"If-Match": '"abc"'}
KNOWN: Final = {"If-None-Match": '"abc"'}
NEW: Final = {"slug": "new", "title": "new"}


def _probes(kind: str, key: int, me: Any) -> list[Probe]:
    """What somebody may try with a key, to see whether there is anything behind it."""
    one, many, changed = f"/{PATHS[kind]}/{key}", f"/{PATHS[kind]}", {TEXTS[kind]: "new"}
    probes: list[Probe] = [
        ("GET", one, None, {}),
        ("HEAD", one, None, {}),
        ("GET", one, None, KNOWN),
        ("PATCH", one, changed, REHEARSED),
        ("PATCH", one, changed, {**REHEARSED, **TAGGED}),
        ("PATCH", one, changed, {**REHEARSED, "If-Match": "*"}),
        ("PATCH", one, changed, {**REHEARSED, "Idempotency-Key": f'"probe-{kind}-{key}"'}),
        ("PATCH", one, {"nonsense": 1}, REHEARSED),
        ("DELETE", one, None, REHEARSED),
        ("DELETE", one, None, {**REHEARSED, **TAGGED}),
        ("PATCH", f"{many}/bulk", [{"id": key, **changed}], REHEARSED),
        ("PATCH", f"{many}/bulk", [{"id": key, **changed}], {"Prefer": "handling=lenient, tx=rollback"}),
        ("DELETE", f"{many}/bulk?key={key}", None, REHEARSED),
        ("PATCH", f"{many}?id={key}", changed, REHEARSED),
        ("DELETE", f"{many}?id={key}", None, REHEARSED),
        ("GET", f"{many}?id={key}&count=exact", None, {}),
        ("GET", f"{many}?id={key}&count=estimated", None, {}),
        ("GET", f"{many}?id__gte={key}&id__lte={key}&sort=-{TEXTS[kind]}", None, {}),
        ("GET", f"{many}/aggregate?id={key}&metrics=count,max:{TEXTS[kind]}", None, {}),
        ("GET", f"{many}/facets?id={key}&facets={TEXTS[kind]}", None, {}),
        ("GET", f"{many}/export?id={key}&format=csv", None, {}),
        ("POST", f"{many}/query", {"where": {"id": key}}, {}),
    ]
    return probes + {"document": _of_documents, "tag": _of_tags, "person": _of_people}.get(kind, _none)(
        key, me
    )


def _none(_key: int, _me: Any) -> list[Probe]:
    return []


def _of_documents(key: int, me: Any) -> list[Probe]:
    one, mine = f"/documents/{key}", 2 + me if me in (1, 2) else 12
    comment = {"text": "x", "author_id": me}
    return [
        ("PUT", one, {**NEW, "author_id": me}, REHEARSED),
        ("POST", f"{one}/increment", {"likes": 1}, REHEARSED),
        ("GET", f"{one}/author", None, {}),
        ("GET", f"{one}/comments", None, {}),
        ("GET", f"{one}/comments/2", None, {}),
        ("POST", f"{one}/comments", comment, REHEARSED),
        ("PUT", f"{one}/tags/1", None, REHEARSED),
        ("DELETE", f"{one}/tags/1", None, REHEARSED),
        ("PUT", f"{one}/tags", [1], REHEARSED),
        ("PATCH", one, {"tags": {"connect": [1]}}, REHEARSED),
        ("POST", "/comments", {**comment, "document_id": key}, REHEARSED),
        ("POST", "/comments/bulk", [{**comment, "document_id": key}], REHEARSED),
        ("PATCH", f"/comments/{mine}", {"document_id": key}, REHEARSED),
        ("PATCH", f"/comments?id={mine}", {"document_id": key}, REHEARSED),
        ("PUT", f"/tags/1/documents/{key}", None, REHEARSED),
        ("GET", f"/tags/1/documents/{key}", None, {}),
        ("GET", f"/comments?document.id={key}", None, {}),
        ("GET", f"/tags?documents.id={key}", None, {}),
    ]


def _of_tags(key: int, me: Any) -> list[Probe]:
    mine = f"/documents/{2 * (me or 1) - 1}"
    return [
        ("PUT", f"{mine}/tags/{key}", None, REHEARSED),
        ("DELETE", f"{mine}/tags/{key}", None, REHEARSED),
        ("GET", f"{mine}/tags/{key}", None, {}),
        ("PUT", f"{mine}/tags", [key], REHEARSED),
        ("PATCH", mine, {"tags": {"connect": [key]}}, REHEARSED),
        ("PATCH", mine, {"tags": {"set": [key]}}, REHEARSED),
        ("PATCH", mine, {"tags": {"disconnect": [key]}}, REHEARSED),
    ]


def _of_people(key: int, me: Any) -> list[Probe]:
    return [
        ("POST", "/documents", {**NEW, "author_id": key}, REHEARSED),
        ("PATCH", f"/documents/{2 * (me or 1)}", {"author_id": key}, REHEARSED),
        ("GET", f"/persons/{key}/documents", None, {}),
        ("POST", f"/persons/{key}/documents", NEW, REHEARSED),
    ]


async def _answer(ask: Asking, db: Database, probe: Probe, key: int) -> tuple[Any, ...]:
    """Everything that somebody outside can tell, without the key that they sent themselves."""
    method, path, body, headers = probe
    sent = {} if body is None else {"json": body}
    async with statements(db) as seen:
        reply = await ask.send(method, path, headers={"X-Request-ID": "probe", **headers}, **sent)
    said = reply.text.replace(f"'{key}'", "'?'")
    kept = {name: value for name, value in reply.headers.items() if name != "content-length"}
    return reply.status_code, said, kept, seen.sql, seen.control


@pytest.mark.parametrize("name", list(ANYBODY))
@pytest.mark.parametrize("kind", list(ABSENT))
async def test_a_row_out_of_reach_is_like_one_that_is_not_there(
    asking: Ask, db: Database, name: str, kind: str
) -> None:
    """Status, body, headers and even the statements: whoever measures time must learn nothing either."""
    ask = asking(name)
    me = None if ask.who.is_anonymous else ask.who.id
    foreign = set(ask.office.rows[kind]) - ask.office.readable(kind, ask.who)
    for key in sorted(foreign)[:2]:
        pairs = zip(_probes(kind, key, me), _probes(kind, ABSENT[kind], me), strict=True)
        for there, not_there in pairs:
            first = await _answer(ask, db, there, key)
            assert first == await _answer(ask, db, not_there, ABSENT[kind]), there


async def test_there_is_something_to_probe(asking: Ask) -> None:
    """The test above must not be empty for everybody."""
    for kind in ABSENT:
        hidden = [
            set(asking(name).office.rows[kind]) - asking(name).office.readable(kind, who)
            for name, who in ANYBODY.items()
        ]
        assert sum(map(bool, hidden)) >= 3
    assert EDITOR.offers


async def test_a_cursor_of_somebody_else_opens_nothing(asking: Ask) -> None:
    """It stands in logs and links, and it is no right."""
    page = await asking("eve").get("/documents?limit=1&sort=title")
    cursor = {"cursor": page["page"]["next"], "limit": 100, "sort": "title"}
    for name, who in ANYBODY.items():
        ask = asking(name)
        found = await ask.get("/documents", params=cursor)
        shown = {row["id"] for row in found["items"]} if found else set[int]()
        assert shown <= ask.office.readable("document", who)


async def test_an_idempotency_key_of_somebody_else_is_a_key_like_any(asking: Ask) -> None:
    """Otherwise whoever guesses a key is handed the answer that another one got."""
    key = {"Idempotency-Key": '"one-and-the-same"'}
    body = {"slug": "mine", "title": "canary-mine", "author_id": 1}
    ann, ben = asking("ann"), asking("ben")
    first = await ann.send("POST", "/documents", json=body, headers=key)
    assert first.status_code == 201
    other = await ben.send("POST", "/documents", json=body, headers=key)
    assert "canary-mine" not in other.text
    fresh = await ben.send("POST", "/documents", json=body, headers={"Idempotency-Key": '"another"'})
    assert (other.status_code, other.json()["detail"]) == (fresh.status_code, fresh.json()["detail"])
    again = await ann.send("POST", "/documents", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())

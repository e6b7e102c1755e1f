"""Texts that break things, in every slot of the API that takes text: kept as they are, or refused."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.fixtures.naughty import ALL, LONG, NUL, SHORT

SEED = int(os.environ.get("PORTICO_TEST_SEED") or random.SystemRandom().randrange(2**32))
EACH = int(os.environ.get("PORTICO_TEST_TEXTS") or 12)
REFUSED = (400, 404, 409, 412, 422)
TELLTALES = ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", "asyncpg", "sqlite3", "OperationalError")


@pytest.fixture
async def titles(client: httpx.AsyncClient, ann: int) -> dict[int, str]:
    """Every short text as the title of a post, by the post's id."""
    found: dict[int, str] = {}
    for text in SHORT:
        made = await client.post("/posts", json={"title": text, "author_id": ann})
        if made.status_code == 201:
            found[made.json()["id"]] = text
    return found


async def test_short_texts_come_back_as_they_were_sent(client: httpx.AsyncClient, ann: int) -> None:
    """In a column with a length, in a long text, and in JSON as value and as name."""
    for text in SHORT:
        body = {"title": text, "body": text, "extra": {text: text}, "author_id": ann}
        made = await client.post("/posts", json=body)
        if len(text) > 100:
            assert made.status_code == 422
            continue
        assert made.status_code == 201, (text, made.text)
        where = made.headers["location"]
        for write in (None, client.patch, client.put):
            if write:
                assert (await write(where, json=body)).status_code == 200
            row = (await client.get(where)).json()
            assert {name: row[name] for name in body} == body


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:2]))
async def test_long_texts_come_back_or_are_refused(client: httpx.AsyncClient, ann: int, text: str) -> None:
    """Never cut: 100,000 characters fit into a text and not into a title."""
    made = await client.post("/posts", json={"title": "long", "body": text, "author_id": ann})
    assert made.status_code == 201
    assert (await client.get(made.headers["location"])).json()["body"] == text
    assert (await client.post("/posts", json={"title": text, "author_id": ann})).status_code == 422


@pytest.mark.parametrize("text", [*NUL, "\ud800", "a\udfff"], ids=ascii)
async def test_what_no_database_holds_is_refused(client: httpx.AsyncClient, ann: int, text: str) -> None:
    """NUL and lone surrogates, the same on every database."""
    for body in ({"title": text}, {"title": "x", "body": text}, {"title": "x", "extra": {"a": [text]}}):
        content = json.dumps({**body, "author_id": ann})
        headers = {"content-type": "application/json"}
        assert (await client.post("/posts", content=content, headers=headers)).status_code == 422


async def test_a_filter_finds_exactly_what_was_stored(
    client: httpx.AsyncClient, titles: dict[int, str]
) -> None:
    """Quotes close nothing, wildcards match themselves, look-alikes stay apart."""
    for text in set(titles.values()):
        expected = sorted(one for one, title in titles.items() if title == text)
        for lookup in ("title", "title__exact", "title__iexact", "title__contains", "title__startswith"):
            reply = await client.get("/posts", params={lookup: text, "limit": 200, "sort": "id"})
            found = [row["id"] for row in reply.json()["items"]]
            if lookup in ("title", "title__exact"):
                assert found == expected, (lookup, text)
            elif lookup == "title__startswith":
                assert found == sorted(one for one, title in titles.items() if title.startswith(text)), text
            elif lookup == "title__contains":
                assert found == sorted(one for one, title in titles.items() if text in title), text
            else:
                assert set(expected) <= set(found), (lookup, text)


async def test_rows_are_estimated_whatever_the_filter_says(
    client: httpx.AsyncClient, titles: dict[int, str]
) -> None:
    """A database that is asked what it expects repeats the text; it is not read as its figures."""
    assert titles
    for text in SHORT:
        where = json.dumps({"not": {"title": {"contains": f"{text}-"}}})
        reply = await client.get("/posts", params={"where": where, "count": "estimated", "limit": 1})
        assert reply.status_code == 200, (text, reply.text)
        assert 2 <= reply.json()["page"]["count"] <= 2 * len(titles), text


async def test_every_text_parameter_answers_or_refuses(
    client: httpx.AsyncClient, titles: dict[int, str]
) -> None:
    """Whatever the document says takes text: a documented status, and nothing from the inside."""
    assert titles
    chance = random.Random(SEED)
    document = (await client.get("/openapi.json")).json()
    for method, path, operation in _operations(document):
        for parameter in _text_parameters(document, operation):
            for text in chance.sample(ALL, EACH):
                reply = await _asked(client, method, path, parameter, text)
                # A text in a path may lead elsewhere: "" to the list, "a/b" to a relation.
                elsewhere = {404, 405} if parameter["in"] == "path" else {404}
                documented = {int(status) for status in operation["responses"]} | elsewhere
                said = (
                    f"seed {SEED}: {method} {path} {parameter['name']}={text[:60]!a} -> {reply.status_code}"
                )
                assert reply.status_code in documented, said
                inside = [word for word in TELLTALES if word not in text and word in reply.text]
                assert reply.is_success or not inside, said


@pytest.mark.parametrize(
    "name",
    ["x-request-id", "if-match", "if-none-match", "idempotency-key", "prefer", "accept", "content-type"],
)
async def test_odd_headers_answer_or_refuse(client: httpx.AsyncClient, ann: int, name: str) -> None:
    """Headers are bytes: what is no header value stays with the client."""
    for number, text in enumerate(one for one in ALL if _fits_a_header(one)):
        headers = [("content-type", "application/json")] if name != "content-type" else []
        sent = [(key.encode(), value.encode()[:4000]) for key, value in (*headers, (name, text))]
        body = f'{{"title": "{number}", "author_id": {ann}}}'
        made = await client.post("/posts", content=body, headers=sent)
        assert made.status_code in (201, 400, 404, 409, 412, 415, 422), (name, text, made.status_code)
        read = await client.get("/posts?limit=1", headers=sent)
        assert read.status_code in (200, 304, 400, 406), (name, text, read.status_code)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "delete", "patch", "put", "post"):
                yield method, path, operation


def _text_parameters(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in operation.get("parameters", ()):
        parameter = _resolved(document, one)
        schema = _resolved(document, parameter.get("schema", {}))
        types = {schema.get("type"), *(part.get("type") for part in schema.get("anyOf", ()))}
        if parameter["in"] in ("query", "path") and types & {"string", "array", None}:
            yield parameter


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for step in part.get("$ref", "").split("/")[1:]:
        document = document[step]
    return document if "$ref" in part else part


async def _asked(
    client: httpx.AsyncClient, method: str, path: str, parameter: dict[str, Any], text: str
) -> httpx.Response:
    """One request with a text in one slot; the other parts of the path are keys that are there."""
    sent = text[:5_000]  # The client makes no longer addresses of it than 65,536 characters.
    if parameter["in"] == "path":
        path = path.replace("{" + parameter["name"] + "}", quote(sent, safe=""))
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + "1" + rest.partition("}")[2]
    query = f"?{parameter['name']}={quote(sent, safe='')}" if parameter["in"] == "query" else ""
    return await client.request(method, path + query, json={} if method in ("patch", "put", "post") else None)


def _fits_a_header(text: str) -> bool:
    return not any(ord(character) < 32 or character == "\x7f" for character in text) and text == text.strip()

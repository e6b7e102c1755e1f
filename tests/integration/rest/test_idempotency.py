"""A request with a key is carried out once, however often it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request
from tests.integration.rest.blog import Post, User

from portico.access import Principal
from portico.app import Portico
from portico.db import idempotency
from portico.db.idempotency.answers import TABLE
from portico.db.session import Database, run
from portico.rest.idempotency import KEPT


async def whoever(request: Request) -> Principal:
    """Somebody by the header X-User."""
    return Principal(request.headers.get("x-user", "1"))


@pytest.fixture
async def client(tables: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """The blog with a place to keep answers."""
    api = Portico(tables, principal=whoever)
    api.expose(User, policy="public")
    api.expose(Post, policy="public")
    await api.create_tables()
    async with browser(api.app()) as made:
        yield made


def browser(app: FastAPI) -> httpx.AsyncClient:
    """A client of some application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


def key(text: str, **more: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Idempotency-Key": text, **more}


async def names(client: httpx.AsyncClient) -> list[str]:
    """The users that there are."""
    return [one["username"] for one in (await client.get("/users")).json()["items"]]


async def kept(db: Database) -> int:
    """How many answers are kept."""
    return int((await run(db, sa.select(sa.func.count()).select_from(TABLE))).scalar_one())


async def test_the_same_request_again_gives_the_same_answer(client: httpx.AsyncClient) -> None:
    """Status, headers that matter and body, byte for byte; nothing is written."""
    first = await client.post("/users", json={"username": "ann"}, headers=key("k1"))
    again = await client.post("/users", json={"username": "ann"}, headers=key("k1"))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await names(client) == ["ann"]


async def test_fifty_at_once_are_one_row_and_one_answer(client: httpx.AsyncClient) -> None:
    """Those that arrive meanwhile wait for the first, through real connections."""
    sent = [client.post("/users", json={"username": "ann"}, headers=key("k1")) for _ in range(50)]
    answers = await asyncio.gather(*sent)
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1
    assert await names(client) == ["ann"]


async def test_additions_with_a_key_are_made_once(client: httpx.AsyncClient) -> None:
    """An increment is what must not be repeated most of all."""
    await client.post("/users", json={"username": "ann"})
    await client.post("/posts", json={"title": "A", "author_id": 1})
    sent = [client.post("/posts/1/increment", json={"likes": 1}, headers=key("k1")) for _ in range(10)]
    assert {one.status_code for one in await asyncio.gather(*sent)} == {200}
    assert (await client.get("/posts/1")).json()["likes"] == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [("/users", {"username": "bea"}), ("/posts", {"title": "A", "author_id": 1}), ("/users", {})],
)
async def test_a_key_is_for_one_request(
    client: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    """Another body or path under the same key is a mistake that must be seen."""
    await client.post("/users", json={"username": "ann"}, headers=key("k1"))
    answer = await client.post(path, json=body, headers=key("k1"))
    assert answer.status_code == 422
    assert await names(client) == ["ann"]


async def test_spaces_and_order_do_not_make_another_request(client: httpx.AsyncClient) -> None:
    """JSON says the same in many ways; numbers count as they were written."""
    kind = {"Content-Type": "application/json", **key("k1")}
    await client.post("/users", json={"username": "ann"})
    one = b'{"title": "A", "author_id": 1, "price": 1.00}'
    same = b'{ "author_id":1, "title":"A", "price": 1.00 }'
    first = await client.post("/posts", content=one, headers=kind)
    again = await client.post("/posts", content=same, headers=kind)
    assert (first.status_code, again.content) == (201, first.content), first.text


async def test_nobody_meets_the_keys_of_others(client: httpx.AsyncClient) -> None:
    """A key is a secret of nobody: guessing one must give nothing."""
    await client.post("/users", json={"username": "ann"}, headers=key("k1"))
    other = await client.post("/users", json={"username": "bea"}, headers={**key("k1"), "X-User": "2"})
    assert other.status_code == 201
    assert sorted(await names(client)) == ["ann", "bea"]


async def test_what_failed_can_be_sent_again(client: httpx.AsyncClient, tables: Database) -> None:
    """A refusal or a conflict keeps nothing, and undoes the claim of the key with it."""
    await client.post("/users", json={"username": "ann"})
    assert (await client.post("/users", json={"username": "ann"}, headers=key("k1"))).status_code == 409
    assert (await client.post("/users", json={"username": 7}, headers=key("k1"))).status_code == 422
    assert await kept(tables) == 0
    assert (await client.post("/users", json={"username": "bea"}, headers=key("k1"))).status_code == 201
    assert await kept(tables) == 1


async def test_a_rehearsal_keeps_no_answer(client: httpx.AsyncClient, tables: Database) -> None:
    """The real request may follow under the same key."""
    rehearse = key("k1", Prefer="tx=rollback")
    assert (await client.post("/users", json={"username": "ann"}, headers=rehearse)).status_code == 201
    assert await kept(tables) == 0
    assert (await client.post("/users", json={"username": "ann"}, headers=key("k1"))).status_code == 201


async def test_a_cancelled_request_leaves_neither_row_nor_key(
    client: httpx.AsyncClient, tables: Database
) -> None:
    """Whatever the moment: both or neither."""
    for delay in (0.0, 0.001, 0.002, 0.004, 0.008):
        task = asyncio.create_task(
            client.post("/users", json={"username": f"u{delay}"}, headers=key(f"k{delay}"))
        )
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(await names(client)) == await kept(tables)


async def test_keys_expire(client: httpx.AsyncClient, tables: Database) -> None:
    """After a day a key is new again, and old answers of others go as well."""
    await client.post("/users", json={"username": "ann"}, headers=key("k1"))
    await client.post("/users", json={"username": "bea"}, headers=key("k2"))
    await run(tables, sa.update(TABLE).values(claimed_at=TABLE.c.claimed_at - KEPT - 5))
    answer = await client.post("/users", json={"username": "cid"}, headers=key("k1"))
    assert answer.status_code == 201, answer.text
    assert sorted(await names(client)) == ["ann", "bea", "cid"]
    await idempotency.forget_before(tables, 2**40)
    assert await kept(tables) == 0


@pytest.mark.parametrize("text", ["", " ", "a" * 256, "tab\there", "é"])
async def test_a_key_is_a_short_ascii_text(client: httpx.AsyncClient, text: str) -> None:
    """Anything else is refused before anything happens."""
    sent = [(b"idempotency-key", text.encode("latin-1")), (b"content-type", b"application/json")]
    answer = await client.post("/users", content=b'{"username": "ann"}', headers=sent)
    assert answer.status_code == 400
    assert await names(client) == []


async def test_without_its_table_a_key_is_refused_and_not_passed_over(tables: Database) -> None:
    """A client that relies on it must learn that nobody keeps its promise."""
    api = Portico(tables)
    api.expose(User, policy="public")
    async with browser(api.app()) as client:
        answer = await client.post("/users", json={"username": "ann"}, headers=key("k1"))
        assert (answer.status_code, await names(client)) == (400, [])
        assert (await client.post("/users", json={"username": "ann"})).status_code == 201
        await tables.create_tables(idempotency.METADATA)
        answer = await client.post("/users", json={"username": "bea"}, headers=key("k1"))
        assert answer.status_code == 201


async def test_a_large_answer_is_kept_whole(client: httpx.AsyncClient) -> None:
    """MariaDB's smaller types would cut it off at 64 KB."""
    await client.post("/users", json={"username": "ann"})
    body = {"title": "A", "author_id": 1, "body": "ü" * 100_000}
    first = await client.post("/posts", json=body, headers=key("k1"))
    again = await client.post("/posts", json=body, headers=key("k1"))
    assert (first.status_code, again.content) == (201, first.content)

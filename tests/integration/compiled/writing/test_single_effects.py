"""A compiled write happens once or not at all, whatever goes wrong on its way, and costs one statement."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextvars import Context

import httpx
import pytest
import sqlalchemy as sa

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database, atomic, run
from portico.testing.statements import statements
from tests.fixtures.servers import run_on
from tests.integration.compiled.writing.ledger import Account, Entry, Owner, Stamped, metadata, wind
from tests.integration.compiled.writing.twice import parts, serving


def expose(api: Portico) -> None:
    """Entries under rules, the others open."""
    mine = Policy(
        read=True,
        create=True,
        update=lambda who: Entry.owner_code == who.id,
        delete=lambda who: Entry.owner_code == who.id,
    )
    api.expose(Owner, policy="public")
    api.expose(Stamped, policy="public")
    api.expose(Entry, policy=mine)


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tables."""
    await db.create_tables(metadata)
    async with serving(db, expose, Principal("o")) as made:
        yield made


async def test_a_write_is_one_statement(client: httpx.AsyncClient, db: Database) -> None:
    """MariaDB's UPDATE gives no row, which is asked for after it."""
    await client.post("/owners", json={"code": "o", "name": "Owner"})
    new = {"code": "a", "title": "a", "owner_code": "o"}
    costs: list[int] = []
    for method, path, body in (
        ("POST", "/entries", new),
        ("PATCH", "/entries/a", {"title": "b", "number": 7}),
        ("DELETE", "/entries/a", None),
    ):
        async with statements(db) as seen:
            reply = await client.request(method, path, json=body)
        assert reply.status_code < 300, reply.text
        costs.append(seen.round_trips)
    assert costs == [1, 1 if db.capabilities.update_returning else 2, 1]


async def test_parallel_creates_are_as_many_rows(client: httpx.AsyncClient, db: Database) -> None:
    """Each has a key of its own, and its answer is about its own row."""
    replies = await asyncio.gather(
        *(client.post("/stampeds", json={"title": f"t{number}"}) for number in range(50))
    )
    assert [reply.status_code for reply in replies] == [201] * 50
    assert [reply.json()["title"] for reply in replies] == [f"t{number}" for number in range(50)]
    assert len({reply.headers["location"] for reply in replies}) == 50
    assert await Stamped.all().count() == 50
    for reply in replies[:5]:
        again = await client.get(reply.headers["location"])
        assert (again.content, again.headers["etag"]) == (reply.content, reply.headers["etag"])


async def test_of_parallel_creates_of_one_key_one_is_told_that_it_was_created(
    client: httpx.AsyncClient,
) -> None:
    """The others are refused in the usual words, and leave nothing."""
    replies = await asyncio.gather(
        *(client.post("/owners", json={"code": "a", "name": f"n{number}"}) for number in range(20))
    )
    made = [reply for reply in replies if reply.status_code == 201]
    refused = [reply for reply in replies if reply.status_code == 409]
    assert (len(made), len(refused)) == (1, 19)
    assert {reply.json()["errors"][0]["pointer"] for reply in refused} == {"/code"}
    (row,) = await Owner.all()
    assert row.name == made[0].json()["name"]


async def test_a_refused_write_is_repeated_by_the_general_path_alone(
    client: httpx.AsyncClient, db: Database
) -> None:
    """One compiled statement that changes nothing, and then the one that words the refusal."""
    await client.post("/owners", json={"code": "a", "name": "A"})
    async with statements(db) as seen:
        refused = await client.post("/owners", json={"code": "a", "name": "B"})
    assert refused.status_code == 409
    assert len([text for text in seen.sql if text.startswith("INSERT")]) == 2
    assert [(row.code, row.name) for row in await Owner.all()] == [("a", "A")]


async def test_cancelled_creates_are_there_once_or_not_at_all(
    client: httpx.AsyncClient, db: Database
) -> None:
    """And all that were acknowledged are there."""
    chance, acknowledged = random.Random(5), set[str]()

    async def one(number: int) -> None:
        body = {"title": f"t{number}"}
        try:
            async with asyncio.timeout(chance.uniform(0, 0.02)):
                if (await client.post("/stampeds", json=body)).status_code == 201:
                    acknowledged.add(body["title"])
        except TimeoutError:
            pass

    for start in range(0, 300, 10):
        await asyncio.gather(*(one(number) for number in range(start, start + 10)))
    await asyncio.sleep(0.2)
    titles = [row.title for row in await Stamped.all()]
    assert len(titles) == len(set(titles))
    assert acknowledged <= set(titles)
    assert (await client.post("/stampeds", json={"title": "last"})).status_code == 201


async def test_a_write_without_an_answer_is_said_to_be_unknown_and_not_repeated(
    client: httpx.AsyncClient, db: Database, url: str
) -> None:
    """The connection ends while the statement waits for a lock that somebody else holds."""
    if db.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL says which connection waits")
    async with statements(db) as seen, atomic():
        await Owner.create(code="a", name="A")
        # In a context of its own: not part of the unit that is open here.
        request = client.post("/owners", json={"code": "a", "name": "B"})
        waiting = asyncio.create_task(request, context=Context())
        for _ in range(100):
            ended = await asyncio.to_thread(
                run_on,
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()",
            )
            if ended:
                break
        reply = await waiting
    assert reply.status_code == 503
    assert reply.json()["code"] == "outcome-unknown"
    assert len([text for text in seen.sql if "INSERT" in text]) == 2
    assert [row.name for row in await Owner.all()] == ["A"]


async def test_a_row_with_a_value_of_another_type_is_shown_as_ever_once_it_is_written(
    db: Database, url: str
) -> None:
    """SQLite keeps texts in columns of numbers; the write has happened, and is not done again to show it."""
    if db.dialect_name != "sqlite":
        pytest.skip("other databases keep to their types")
    await db.create_tables(metadata)
    said: list[tuple[int, bytes, dict[str, str]]] = []
    costs: list[int] = []
    async with Database(url, name="general", compiled="off") as general:
        for database in (db, general):
            wind()
            await run(database, sa.text("DELETE FROM accounts"))
            columns = "id, name, balance, opened, kind, version"
            await run(
                database, sa.text(f"INSERT INTO accounts ({columns}) VALUES (1, 'a', 'many', 1, 'k', 1)")
            )
            async with serving(database, lambda api: api.expose(Account, policy="public")) as client:
                async with statements(database) as seen:
                    said.append(parts(await client.patch("/accounts/1", json={"name": "b"})))
                costs.append(len(seen))
    assert said[0] == said[1]
    assert (said[0][0], costs) == (200, [1, 1])
    assert b'"balance":"many"' in said[0][1]

"""Rows that are asked for at the same time are asked for together, and nobody can tell."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.access import Policy
from portico.app import Portico
from portico.db.fields import BooleanField, IntegerField, StringField, UUIDField
from portico.db.models import Model
from portico.db.session import Database, atomic, run

metadata = sa.MetaData()
OPEN = Policy(read=True)
ROWS = 60
_WAIT = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
WAITING = sa.text(f"SELECT count(*) {_WAIT}")
CUT = sa.text(f"SELECT pg_terminate_backend(pid) {_WAIT}")


class Note(Model):
    """A row with a number as its key; every tenth one is secret."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)
    secret: Mapped[bool] = BooleanField(default=False)

    class Meta:
        """Its own metadata, so that names do not clash with other tests."""

        metadata = metadata


class Token(Model):
    """A row with a UUID as its key."""

    id: Mapped[uuid.UUID] = UUIDField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50)

    class Meta:
        """As above."""

        metadata = metadata


class Label(Model):
    """A row with a text as its key."""

    id: Mapped[str] = StringField(max_length=10, primary_key=True)

    class Meta:
        """As above."""

        metadata = metadata


def _token(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


@asynccontextmanager
async def door(
    database: Database, policy: Policy = OPEN, who: Callable[..., Any] | None = None
) -> AsyncGenerator[tuple[httpx.AsyncClient, list[str]]]:
    """A client, and the compiled statements that are sent for it."""
    await database.create_tables(metadata)
    await run(
        database,
        sa.insert(Note),
        [{"id": n, "text": f"note {n}", "secret": n % 10 == 0} for n in range(ROWS)],
    )
    await run(database, sa.insert(Token), [{"id": _token(n), "text": f"token {n}"} for n in range(ROWS)])
    await run(database, sa.insert(Label), [{"id": f"l{n}"} for n in range(ROWS)])
    api = Portico(database, principal=who)
    for model in (Note, Token, Label):
        api.expose(model, policy=policy if model is Note else OPEN)
    sent: list[str] = []
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get("/notes/1")
        database.engines.hearers.append(sent.append)
        yield client, sent


@pytest.fixture
async def database(url: str) -> AsyncGenerator[Database]:
    """The lane of its own: the one that gathers."""
    async with Database(url, name="gathering", compiled="private") as database:
        yield database


async def test_each_request_gets_its_own_row(database: Database) -> None:
    """Rows come in any order, one key is asked for twice, others do not exist."""
    async with door(database) as (client, sent):
        keys = [*range(ROWS + 20), *range(10), 2**31, 2**63, 2**80]
        replies = await asyncio.gather(*(client.get(f"/notes/{key}") for key in keys))
        for key, reply in zip(keys, replies, strict=True):
            if key < ROWS:
                assert reply.json() == {"id": key, "text": f"note {key}", "secret": key % 10 == 0}
                alone = await client.get(f"/notes/{key}")
                assert (reply.content, reply.headers) == (alone.content, alone.headers)
            else:
                assert reply.status_code == 404
        assert all(text.startswith("SELECT") for text in sent)


async def test_many_at_once_are_few_statements_on_postgresql(database: Database) -> None:
    """Elsewhere each goes alone."""
    async with door(database) as (client, sent):
        for path, keys in (("notes", range(ROWS)), ("tokens", map(_token, range(ROWS)))):
            sent.clear()
            replies = await asyncio.gather(*(client.get(f"/{path}/{key}") for key in keys))
            assert [reply.json()["text"] for reply in replies] == [f"{path[:-1]} {n}" for n in range(ROWS)]
            assert len(sent) <= 10 if database.dialect_name == "postgresql" else len(sent) == ROWS


async def test_whoever_asks_alone_sends_a_statement_of_one_key(database: Database) -> None:
    """A list of one would cost the database more."""
    async with door(database) as (client, sent):
        for number in (1, 2, 3):
            assert (await client.get(f"/notes/{number}")).status_code == 200
        assert len(sent) == 3
        assert not any("ANY" in text for text in sent)


async def test_texts_are_compared_by_the_database_alone(database: Database) -> None:
    """Two texts that are equal to it may be two to us."""
    async with door(database) as (client, sent):
        replies = await asyncio.gather(*(client.get(f"/labels/l{n}") for n in range(ROWS)))
        assert [reply.json()["id"] for reply in replies] == [f"l{n}" for n in range(ROWS)]
        assert len(sent) == ROWS


async def test_a_rule_that_is_the_same_for_all_is_kept(database: Database) -> None:
    """Whoever asks along with others sees no more than alone."""
    async with door(database, Policy(read=Note.secret == sa.false())) as (client, sent):
        replies = await asyncio.gather(*(client.get(f"/notes/{n}") for n in range(ROWS)))
        assert [reply.status_code for reply in replies] == [404 if n % 10 == 0 else 200 for n in range(ROWS)]
        assert all("secret" in text for text in sent)


async def test_a_rule_that_takes_time_for_each_row_is_asked_for_each_alone(database: Database) -> None:
    """Whoever came first would wait for all others."""
    subquery = Note.id.in_(sa.select(sa.literal(1)).union(sa.select(Note.id)))
    for rule in (subquery, sa.func.length(Note.text) > 0):
        async with door(database, Policy(read=rule)) as (client, sent):
            replies = await asyncio.gather(*(client.get(f"/notes/{n}") for n in range(ROWS)))
            assert {reply.status_code for reply in replies} == {200}
            assert not any("ANY" in text for text in sent)
        await database.drop_tables(metadata)


async def test_people_with_rules_of_their_own_ask_by_themselves(database: Database) -> None:
    """Nobody is in one statement with somebody who may see other rows."""

    def who(x_who: int = 0) -> int:
        return x_who

    policy = Policy(read=lambda number: Note.id == number)
    async with door(database, policy, who) as (client, sent):
        asked = [(n, n + n % 2) for n in range(1, ROWS - 1)]
        replies = await asyncio.gather(*(client.get(f"/notes/{key}?x_who={me}") for me, key in asked))
        assert [reply.status_code for reply in replies] == [200 if me == key else 404 for me, key in asked]
        assert len(sent) == len(asked)


async def test_one_who_leaves_takes_nobody_along(database: Database) -> None:
    """A request that was cancelled is missed by no other."""
    async with door(database) as (client, _):
        tasks = [asyncio.create_task(client.get(f"/notes/{n}")) for n in range(ROWS)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        replies = await asyncio.gather(*tasks, return_exceptions=True)
        others = [reply for n, reply in enumerate(replies) if n % 3]
        assert all(isinstance(reply, httpx.Response) and reply.status_code == 200 for reply in others)
        assert (await client.get("/notes/5")).json()["text"] == "note 5"


async def test_a_statement_for_several_that_fails_costs_nobody_the_row(database: Database) -> None:
    """Its connections are cut while it waits for a lock; each asks again."""
    if database.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL says which connection waits")
    async with door(database) as (client, _), Database(database.url, name="other") as other:
        async with atomic(other):
            await run(other, sa.text("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE"))
            tasks = [asyncio.create_task(client.get(f"/notes/{n}")) for n in range(20)]
            while (await run(other, WAITING)).scalar_one() < 2:
                await run(other, sa.text("SELECT pg_stat_clear_snapshot()"))
                await asyncio.sleep(0.01)
            await run(other, CUT)
        replies = await asyncio.gather(*tasks)
        assert [reply.json()["text"] for reply in replies] == [f"note {n}" for n in range(20)]

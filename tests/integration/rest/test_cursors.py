"""Cursors over HTTP: pages both ways, what they are bound to, and what becomes of changed ones."""

from __future__ import annotations

import os
import random
import string
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Header
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped
from tests.integration.resources.shelf import made

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import ManyToOne, Ref
from portico.db.session import Database
from portico.testing.statements import statements

SEED = int(os.environ.get("PORTICO_TEST_SEED") or random.SystemRandom().randrange(2**32))
TAMPERED = int(os.environ.get("PORTICO_TEST_TAMPERED") or 200)
METADATA = MetaData()
KEY = "a key for tests, of more than 32 characters"


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Owner(Base):
    """Whose notes they are."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)


class Note(Base):
    """In an order that the developer chose, by a field that nobody may see."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=20)
    rank: Mapped[str] = StringField(max_length=30)
    owner_id: Mapped[int] = ForeignKeyField(Owner)
    owner: Ref[Owner] = ManyToOne()

    class Meta(Base.Meta):
        ordering = ("rank",)


def who(x_user: int | None = Header(default=None)) -> Principal:
    """Whoever the header says."""
    return Principal(id=x_user)


@pytest.fixture
def app(db: Database) -> FastAPI:
    """Owners for all, notes for their owners, pages for everybody."""
    api = Portico(db, principal=who, secret_key=KEY)
    api.expose(Owner, policy="public")
    api.expose(Note, policy=Policy(read=lambda principal: Note.owner_id == principal.id), hidden=["rank"])
    return api.app()


@pytest.fixture
async def client(app: FastAPI, db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client, as the first of two owners with five notes each."""
    await db.create_tables(METADATA)
    await Owner.bulk_create([made(Owner, id=1, name="ann"), made(Owner, id=2, name="ben")])
    notes = [
        made(Note, id=n, text=f"n{n}", rank=f"canary-{-n % 10}", owner_id=1 + n % 2) for n in range(1, 11)
    ]
    await Note.bulk_create(notes)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"x-user": "1"}
    ) as opened:
        yield opened


async def page(client: httpx.AsyncClient, path: str, **parameters: Any) -> dict[str, Any]:
    """The body of a list."""
    reply = await client.get(path, params=parameters)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def test_the_default_order_is_read_in_both_directions(client: httpx.AsyncClient) -> None:
    """An order that the model has counts like one that was asked for, and its hidden values stay hidden."""
    first = await page(client, "/notes", limit=2)
    second = await page(client, "/notes", limit=2, cursor=first["page"]["next"])
    last = await page(client, "/notes", limit=2, cursor=second["page"]["next"])
    assert [[row["id"] for row in one["items"]] for one in (first, second, last)] == [[10, 8], [6, 4], [2]]
    assert last["page"] == {
        "limit": 2, "offset": None, "next": None, "prev": last["page"]["prev"], "count": None,
        "count_mode": "none",
    }  # fmt: skip
    back = await page(client, "/notes", limit=2, cursor=last["page"]["prev"])
    assert back["items"] == second["items"]
    assert (await page(client, "/notes", limit=2, cursor=back["page"]["prev"]))["page"]["prev"] is None
    assert "canary" not in str((first, second, last))


async def test_links_are_whole_addresses(client: httpx.AsyncClient) -> None:
    """With the other parameters of the request, and without the offset and cursor of the page itself."""
    reply = await client.get("/notes?limit=2&sort=-text")
    reply = await client.get(
        "/notes", params={"limit": 2, "sort": "-text", "cursor": reply.json()["page"]["next"]}
    )
    assert set(reply.links) == {"first", "prev", "next"}
    assert reply.links["first"]["url"] == "/notes?limit=2&sort=-text"
    follow = await client.get(reply.links["next"]["url"])
    assert [row["text"] for row in follow.json()["items"]] == ["n10"]


async def test_an_offset_leads_over_to_cursors(client: httpx.AsyncClient) -> None:
    """Both sides of the page have one."""
    middle = await page(client, "/notes", limit=2, offset=2)
    assert middle["page"]["offset"] == 2
    before = await page(client, "/notes", limit=2, cursor=middle["page"]["prev"])
    assert [row["id"] for row in before["items"]] == [10, 8]
    beyond = await page(client, "/notes", limit=2, offset=50)
    assert (beyond["page"]["next"], beyond["page"]["prev"]) == (None, None)


async def test_a_page_behind_a_cursor_is_one_statement(client: httpx.AsyncClient, db: Database) -> None:
    """Whether there are rows on both sides is answered by the same one."""
    first = await page(client, "/notes", limit=2)
    async with statements(db) as asked:
        await page(client, "/notes", limit=2, cursor=first["page"]["next"])
    assert len(asked) == 1


async def test_a_first_page_is_one_statement_too(client: httpx.AsyncClient, db: Database) -> None:
    """A short list shows its count, and cursors come from the same rows."""
    async with statements(db) as asked:
        await page(client, "/notes")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "text"},
        {"sort": "-id"},
        {"id__gt": "0"},
        {"where": '{"id": {"gt": 0}}'},
        {"owner.name": "ann"},
    ],
    ids=str,
)
async def test_a_cursor_of_another_question_is_refused(
    client: httpx.AsyncClient, other: dict[str, str]
) -> None:
    """The place would mean something else there."""
    first = await page(client, "/notes", limit=2)
    reply = await client.get("/notes", params={"limit": 2, "cursor": first["page"]["next"], **other})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid-cursor")


async def test_a_cursor_stays_with_the_values_of_its_filter(client: httpx.AsyncClient) -> None:
    """Questions that differ in a value alone are worked out together, and bound apart."""
    cursors = {
        value: (await page(client, "/notes", limit=1, id__gt=value))["page"]["next"] for value in (0, 1, 2)
    }
    assert len(set(cursors.values())) == 3
    for value, cursor in cursors.items():
        for other in cursors:
            reply = await client.get("/notes", params={"limit": 1, "id__gt": other, "cursor": cursor})
            assert reply.status_code == (200 if other == value else 400)


async def test_a_cursor_stays_with_its_order(client: httpx.AsyncClient) -> None:
    """Of lists that differ in nothing else."""
    orders = ("", "text", "-text", "id", "text,-id")
    cursors = [(await page(client, "/notes", limit=1, sort=order))["page"]["next"] for order in orders]
    for number, cursor in enumerate(cursors):
        for place, order in enumerate(orders):
            reply = await client.get("/notes", params={"limit": 1, "sort": order, "cursor": cursor})
            assert reply.status_code == (200 if place == number else 400)


async def test_size_and_shape_of_a_page_may_change(client: httpx.AsyncClient) -> None:
    """They do not move the place."""
    cursor = (await page(client, "/notes", limit=2))["page"]["next"]
    found = await page(client, "/notes", limit=1, cursor=cursor, include="owner", count="exact", fields="id")
    assert [row["id"] for row in found["items"]] == [6]
    assert (found["page"]["count"], found["page"]["count_mode"]) == (5, "exact")


async def test_a_cursor_of_somebody_else_is_refused(client: httpx.AsyncClient) -> None:
    """Where rows depend on who asks; a list that is the same for all may be shared."""
    mine = (await page(client, "/notes", limit=2))["page"]["next"]
    reply = await client.get("/notes", params={"limit": 2, "cursor": mine}, headers={"x-user": "2"})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid-cursor")
    shared = (await page(client, "/owners", limit=1))["page"]["next"]
    reply = await client.get("/owners", params={"limit": 1, "cursor": shared}, headers={"x-user": "2"})
    assert [row["name"] for row in reply.json()["items"]] == ["ben"]
    of_notes = await client.get("/owners", params={"limit": 1, "cursor": mine})
    assert of_notes.status_code == 400


async def test_cursor_and_offset_exclude_each_other(client: httpx.AsyncClient) -> None:
    """Both say where the page begins."""
    cursor = (await page(client, "/notes", limit=2))["page"]["next"]
    reply = await client.get("/notes", params={"cursor": cursor, "offset": 0})
    assert (reply.status_code, reply.json()["errors"][0]["parameter"]) == (422, "cursor")
    twice = await client.get(f"/notes?cursor={cursor}&cursor={cursor}")
    assert twice.status_code == 422


async def test_a_deleted_row_leaves_its_place(client: httpx.AsyncClient) -> None:
    """The row that a page ended with, and all that followed: the way back is still known."""
    first = await page(client, "/notes", limit=2)
    await Note.filter(id__in=[8, 6, 4, 2]).delete()
    empty = await page(client, "/notes", limit=2, cursor=first["page"]["next"])
    assert (empty["items"], empty["page"]["next"]) == ([], None)
    back = await page(client, "/notes", limit=2, cursor=empty["page"]["prev"])
    assert [row["id"] for row in back["items"]] == [10]
    await Note.filter(id=10).delete()
    nothing = await page(client, "/notes", limit=2, cursor=empty["page"]["prev"])
    assert (nothing["items"], nothing["page"]["next"], nothing["page"]["prev"]) == ([], None, None)


async def test_another_process_with_the_same_key_reads_on(client: httpx.AsyncClient, db: Database) -> None:
    """Workers behind a balancer; one with another key refuses."""
    cursor = (await page(client, "/owners", limit=1))["page"]["next"]
    for key, status in ((KEY, 200), (KEY[::-1], 400), (None, 400)):
        api = Portico(db, secret_key=key)
        api.expose(Owner, policy="public")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
        ) as other:
            reply = await other.get("/owners", params={"limit": 1, "cursor": cursor})
        assert reply.status_code == status


@pytest.mark.timeout(600)
async def test_changed_cursors_are_400_and_nothing_else(client: httpx.AsyncClient) -> None:
    """Flipped, cut, lengthened, swapped, made up: one answer, and no word of SQL."""
    dice = random.Random(SEED)
    found = await page(client, "/notes", limit=2, offset=2)
    good = (found["page"]["next"], found["page"]["prev"])
    for _ in range(TAMPERED):
        text = tampered(dice, *dice.sample(good, 2))
        if text in good:
            continue
        reply = await client.get("/notes", params={"limit": 2, "cursor": text})
        assert (reply.status_code, reply.json()["code"]) == (400, "invalid-cursor"), f"seed {SEED}: {text!a}"
        assert "SELECT" not in reply.text


LETTERS = string.ascii_letters + string.digits + "-_"
ODD = "\x00\x01\n =/+.%é\U0001f600'\";\u202e"


def tampered(dice: random.Random, good: str, other: str) -> str:
    """One cursor with something wrong about it."""
    place = dice.randrange(len(good))
    before, after = good[:place], good[place:]
    return dice.choice(
        [
            before + dice.choice(LETTERS) + after[1:],
            before,
            good + "".join(dice.choices(LETTERS, k=dice.randint(1, 4))),
            before + other[place:],
            "".join(dice.choices(LETTERS, k=dice.randint(1, 100))),
            before + dice.choice(ODD) + after,
            dice.choice((good.swapcase(), good[::-1], good + "=", good + good, " " + good)),
            "".join(dice.choices(string.printable, k=dice.randint(1, 60))),
            good * dice.choice((2, 100, 900)),
        ]
    )

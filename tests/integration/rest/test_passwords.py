"""Passwords take their time to be hashed, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.rest.around import Client, somebody, speaking
from tests.integration.rest.blog import Post, User

from portico.access import Policy
from portico.app import Portico
from portico.db.fields import hash_passwords, verify_password_async
from portico.db.session import Database
from portico.resources.hooks import Hooks
from portico.testing.statements import Statements, statements

RULED = Policy(
    read=True,
    create=lambda _: User.username != "root",
    update=lambda _: User.username != "root",
    delete=False,
)
LENIENT = {"Prefer": "handling=lenient"}


class Watching(Hooks[User]):
    """Sees passwords as they were sent."""

    def validate_password(self, value: str | None) -> str | None:
        """No wild cards."""
        if value is not None and "*" in value:
            raise ValueError("No stars.")
        return value


def door(db: Database, **options: Any) -> Any:
    """Users under a rule, so that every write of them takes a unit of work."""
    api = Portico(db, principal=somebody)
    api.expose(User, policy=RULED, nested=["posts"], **options)
    api.expose(Post, policy="public", nested=["author"])
    return api.app()


@pytest.fixture
async def client(tables: Database) -> AsyncGenerator[Client]:
    """Ann is there, and has the key 1."""
    async with speaking(door(tables)) as made:
        await User.create(username="ann")
        yield made


def user(name: str, *password: Any) -> dict[str, Any]:
    """A body, with the usual password."""
    return {"username": name, "password": password[0] if password else "a secret word"}


REQUESTS: dict[str, tuple[str, str, Any]] = {
    "one": ("POST", "/users", user("bea")),
    "change": ("PATCH", "/users/1", {"username": "bea", "password": "a secret word"}),
    "replace": ("PUT", "/users/1", user("bea")),
    "bulk": ("POST", "/users/bulk", [user("bea"), *(user(f"u{n}") for n in range(9))]),
    "bulk change": ("PATCH", "/users/bulk", [{"id": 1, **user("bea")}]),
    "upsert": ("POST", "/users/upsert?on=username", user("bea")),
    "upserts": ("PUT", "/users/bulk?on=username", [user("bea"), user("ann")]),
    "mass": ("PATCH", "/users?username=ann", {"password": "a secret word", "username": "bea"}),
    "around": ("POST", "/posts", {"title": "x", "author": {"create": user("bea")}}),
    "with more": ("POST", "/users", {**user("bea"), "posts": {"create": [{"title": "x"}]}}),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_nothing_is_held_while_passwords_are_hashed(
    client: Client, tables: Database, tmp_path: Path, kind: str
) -> None:
    """On SQLite a unit that writes keeps all other writers out: it must not wait for a processor."""
    method, path, body = REQUESTS[kind]
    async with statements(tables) as seen:
        asked = asyncio.create_task(client.request(method, path, json=body))
        said = [one async for one in _watched(asked, seen, tmp_path / "frames")]
    answer = await asked
    assert answer.status_code in (200, 201), answer.text
    assert said, "The hashing was not seen."
    assert max(said) == 0, seen.sql
    (bea,) = await User.filter(username="bea")
    assert await verify_password_async("a secret word", bea.password or "")


async def test_another_write_goes_through_while_a_batch_is_hashed(client: Client) -> None:
    """It does not have to wait for twenty passwords."""
    batch = asyncio.create_task(client.post("/users/bulk", json=[user(f"u{n}") for n in range(20)]))
    await asyncio.sleep(0.05)
    other = await client.post("/posts", json={"title": "meanwhile", "author_id": 1})
    early = not batch.done()
    assert (other.status_code, (await batch).status_code) == (201, 201)
    assert early


async def test_what_is_wrong_with_a_password_is_said_as_before(client: Client, tables: Database) -> None:
    """Its item and its field are named, and a batch that is lenient keeps the others."""
    for wrong in ("", "x" * 1025, 5):
        refused = await client.post("/users/bulk", json=[user("a"), user("b", wrong)])
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/1/password"
    mixed = await client.post("/users/bulk", json=[user("a"), user("b", ""), user("root")], headers=LENIENT)
    assert [one["status"] for one in mixed.json()["items"]] == [201, 422, 403]
    assert await User.filter(username__in=["a", "b", "root"]).count() == 1


async def test_hooks_see_passwords_as_they_were_sent(tables: Database) -> None:
    """A validator of the application judges the password and not its hash."""
    async with speaking(door(tables, hooks=Watching)) as client:
        for path, body in (("/users", user("a", "a*")), ("/users/bulk", [user("a"), user("b", "b*")])):
            assert (await client.post(path, json=body)).status_code == 422
        assert (await client.post("/users/bulk", json=[user("a")])).status_code == 201
    (made,) = await User.filter()
    assert await verify_password_async("a secret word", made.password or "")


async def test_a_hash_that_is_sent_is_a_password_like_any_other(client: Client) -> None:
    """Whoever knows a hash cannot log in with the password behind it."""
    (known,) = await hash_passwords(["a secret word"])
    assert (await client.post("/users/bulk", json=[user("bea", str(known)), user("u")])).status_code == 201
    (bea,) = await User.filter(username="bea")
    assert not await verify_password_async("a secret word", bea.password or "")
    assert await verify_password_async(str.__str__(known), bea.password or "")


def _is_hashing(path: Path) -> bool:
    """Whether a thread is at it right now, by what the threads say of themselves."""
    with path.open("w+", encoding="utf-8") as frames:
        faulthandler.dump_traceback(file=frames, all_threads=True)
    return " in hash_password\n" in path.read_text(encoding="utf-8")


async def _watched(asked: asyncio.Task[httpx.Response], seen: Statements, path: Path) -> AsyncGenerator[int]:
    """How many statements had been sent, each time that a thread was found at hashing."""
    while not asked.done():
        if _is_hashing(path):
            yield seen.round_trips
        await asyncio.sleep(0.002)

"""What is absent, what is null, and what is a default are three things."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import DateTimeField, IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database

METADATA = sa.MetaData()


class Sample(Model):
    """One field of each kind."""

    class Meta:
        metadata = METADATA

    id: Mapped[int] = IntegerField(primary_key=True)
    needed: Mapped[str] = StringField(max_length=20)
    free: Mapped[str | None] = StringField(max_length=20, nullable=True)
    free_with: Mapped[str | None] = StringField(max_length=20, nullable=True, default="given")
    fixed_with: Mapped[int] = IntegerField(default=7)
    made_with: Mapped[int] = IntegerField(default=lambda: 11)
    by_server: Mapped[int] = IntegerField(server_default=sa.text("13"))
    free_by_server: Mapped[int | None] = IntegerField(nullable=True, server_default=sa.text("17"))
    added: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)
    moved: Mapped[dt.datetime] = DateTimeField(auto_now=True)


DEFAULTS: dict[str, Any] = {
    "free": None,
    "free_with": "given",
    "fixed_with": 7,
    "made_with": 11,
    "by_server": 13,
    "free_by_server": 17,
}
SET: dict[str, Any] = {
    "free": "a",
    "free_with": "b",
    "fixed_with": 1,
    "made_with": 2,
    "by_server": 3,
    "free_by_server": 4,
}
NULLABLE = {"free", "free_with", "free_by_server"}


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """The samples."""
    await db.create_tables(METADATA)
    api = Portico(db)
    api.expose(Sample, policy="public", name="samples")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


def plain(shown: dict[str, Any]) -> dict[str, Any]:
    """The fields that a client may set."""
    return {name: shown[name] for name in SET}


async def test_what_a_create_leaves_out_takes_its_default(client: httpx.AsyncClient) -> None:
    """Of Python or of the database; a field without either is null, or needed."""
    made = await client.post("/samples", json={"needed": "x"})
    assert plain(made.json()) == DEFAULTS
    assert made.json()["added"] == made.json()["moved"]
    assert (await client.get("/samples/1")).json() == made.json()
    refused = await client.post("/samples", json={})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/needed"]


@pytest.mark.parametrize("name", [*SET, "needed"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_null_is_stored_where_it_may_be_and_refused_elsewhere(
    client: httpx.AsyncClient, name: str, method: str
) -> None:
    """It is never read as absent: no default takes its place."""
    await client.post("/samples", json={"needed": "x", **SET})
    path = "/samples" if method == "POST" else "/samples/1"
    body = {name: None} if method == "PATCH" else {"needed": "x", name: None}
    answer = await client.request(method, path, json=body)
    if name in NULLABLE:
        assert answer.status_code < 300, answer.text
        assert answer.json()[name] is None
    else:
        assert answer.status_code == 422, answer.text
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("name", [*SET, "needed"])
async def test_a_change_touches_what_is_sent_and_the_time_alone(client: httpx.AsyncClient, name: str) -> None:
    """Everything else keeps its value, also where it has a default."""
    before = (await client.post("/samples", json={"needed": "x", **SET})).json()
    value: Any = "new" if isinstance(before[name], str) else 99
    after = (await client.patch("/samples/1", json={name: value})).json()
    assert {one for one in after if after[one] != before[one]} == {name, "moved"}
    assert (await client.get("/samples/1")).json() == after


async def test_a_change_of_nothing_changes_nothing(client: httpx.AsyncClient) -> None:
    """An empty object is no write; the same value again is one."""
    before = (await client.post("/samples", json={"needed": "x", **SET})).json()
    assert (await client.patch("/samples/1", json={})).json() == before
    for headers in ({}, {"If-Match": "*"}):
        same = (await client.patch("/samples/1", json={"needed": "x"}, headers=headers)).json()
        assert {one for one in same if same[one] != before[one]} == {"moved"}
        before = same


async def test_a_replacement_sets_what_is_left_out_back_to_its_default(client: httpx.AsyncClient) -> None:
    """Defaults that only the database can make stay, and so do times that are not the client's."""
    before = (await client.post("/samples", json={"needed": "x", **SET})).json()
    after = (await client.put("/samples/1", json={"needed": "y"})).json()
    kept = {"by_server": 3, "free_by_server": 4}
    assert plain(after) == {**DEFAULTS, **kept}
    assert (after["needed"], after["added"]) == ("y", before["added"])
    assert after["moved"] > before["moved"]
    missing = await client.put("/samples/1", json={})
    assert missing.status_code == 422


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_times_that_move_by_themselves_are_not_written_by_clients(
    client: httpx.AsyncClient, method: str
) -> None:
    """Refused, not passed over."""
    await client.post("/samples", json={"needed": "x"})
    path = "/samples" if method == "POST" else "/samples/1"
    answer = await client.request(method, path, json={"needed": "x", "moved": "2020-01-01T00:00:00Z"})
    assert answer.status_code == 422

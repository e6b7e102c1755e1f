"""What is written over HTTP is recorded, by every operation, with who asked and for which request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

import httpx
import pytest
from fastapi import Request

from portico.access import Principal
from portico.app import Portico
from portico.db.changes import unwatch, watch
from portico.db.session import Database
from tests.integration.rest.around import Client, speaking

from .orchard import Branch, Diary, Farm, Fruit, Job, Label, Picker, Tree, diary, orchard
from .snapshots import difference, moment, told

__all__ = ["diary", "orchard"]
Ask = Callable[[Client], Awaitable[httpx.Response]]

ASKS: dict[str, Ask] = {
    "create": lambda c: c.post("/labels", json={"text": "new"}),
    "change": lambda c: c.patch("/trees/1", json={"height": 4, "facts": {"a": [1]}}),
    "replace": lambda c: c.put("/trees/1", json={"kind": "fig", "farm_id": 2}),
    "delete": lambda c: c.delete("/farms/1"),
    "delete_one_of_a_tree": lambda c: c.delete("/branches/1"),
    "increment": lambda c: c.post("/trees/1/increment", json={"height": 4}),
    "bulk_create": lambda c: c.post("/labels/bulk", json=[{"text": "a"}, {"text": "b"}]),
    "bulk_change": lambda c: c.patch("/trees/bulk", json=[{"id": 1, "height": 2}, {"id": 2, "height": 3}]),
    "bulk_delete": lambda c: c.request("DELETE", "/fruits/bulk?key=1&key=2"),
    "mass_change": lambda c: c.patch("/trees?farm_id=1&max_affected=9", json={"height": 8}),
    "mass_delete": lambda c: c.delete("/fruits?tree_id=1&max_affected=9"),
    "upsert_new": lambda c: c.post("/farms/upsert?on=name", json={"name": "moor", "size": 3}),
    "upsert_known": lambda c: c.post("/farms/upsert?on=name", json={"name": "hill", "size": 3}),
    "link": lambda c: c.put("/trees/2/labels/1"),
    "unlink": lambda c: c.delete("/trees/1/labels/1"),
    "replace_links": lambda c: c.put("/trees/1/labels", json=[2, 3]),
    "link_through_a_model": lambda c: c.put("/farms/1/pickers/2"),
    "create_below": lambda c: c.post("/farms/1/trees", json={"kind": "fir"}),
    "nested": lambda c: c.post(
        "/trees", json={"kind": "fir", "farm_id": 1, "labels": {"create": [{"text": "n"}], "connect": [1]}}
    ),
}


def _somebody(request: Request) -> Principal:
    return Principal(id=int(request.headers.get("who", 1)))


@pytest.fixture
async def client(orchard: Database) -> AsyncGenerator[Client]:
    """The orchard behind its door."""
    api = Portico(orchard, principal=_somebody)
    for model in (Farm, Fruit, Label, Picker, Job, Branch):
        api.expose(model, policy="public")
    api.expose(Tree, policy="public", nested=["labels"])
    async with speaking(api.app()) as made:
        yield made


@pytest.mark.parametrize("name", ASKS)
async def test_requests_are_recorded(orchard: Database, client: Client, diary: Diary, name: str) -> None:
    """Exactly what changed."""
    before = await moment(orchard)
    answer = await ASKS[name](client)
    assert answer.is_success, answer.text
    after = await moment(orchard)
    assert told(diary.committed) == difference(before, after) != {}


async def test_requests_that_were_answered_before_anybody_watched(client: Client, orchard: Database) -> None:
    """What is known of their statements does not pass a watcher by."""
    for _ in range(3):
        await client.patch("/trees/1", json={"height": 5})
    diary = Diary()
    watch(diary)
    await client.patch("/trees/1", json={"height": 6})
    unwatch(diary)
    assert diary.seen() == [("update", "Tree", (1,))]
    assert orchard.name


async def test_changes_know_principal_and_request(client: Client, diary: Diary) -> None:
    """The header of the client, or an id that was made."""
    await client.post("/labels", json={"text": "a"}, headers={"who": "7", "X-Request-ID": "abc"})
    await client.patch("/labels/1", json={"text": "b"}, headers={"who": "8"})
    first, second = diary.committed
    assert (first.actor, first.request_id) == (7, "abc")
    assert second.actor == 8
    assert len(second.request_id or "") == 32


async def test_refused_requests_record_nothing(client: Client, diary: Diary) -> None:
    """All or nothing, also of many rows."""
    refused = await client.post("/farms/bulk", json=[{"name": "x"}, {"name": "hill"}])
    assert refused.status_code == 409
    assert diary.committed == []

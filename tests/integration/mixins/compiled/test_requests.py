"""A mixin's condition or column takes no request off the compiled path, and adds no round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from portico.cli.examination import examine
from portico.db.scoping import tenant_context
from portico.db.session import Database

from .classes import CLASSES, Kept, client_of, exposed
from .counting import costs

ONE = (1, 1)
"""One round trip, of a compiled statement."""


@pytest.fixture
async def client(tables: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of all classes, whose tenant is acme."""
    async with client_of(tables) as made:
        yield made


@pytest.mark.parametrize("cls", CLASSES)
async def test_a_request_is_one_compiled_statement(
    client: httpx.AsyncClient, tables: Database, cls: Any
) -> None:
    """MariaDB's UPDATE gives no row, which is asked for after it."""
    path = f"/{cls.__name__.lower()}"
    async with costs(tables) as cost:
        made = await cost.of(lambda: client.post(path, json={"name": "a"}))
        one = f"{path}/{made.json()['id']}"
        got = await cost.of(lambda: client.get(one))
        listed = await cost.of(lambda: client.get(f"{path}?limit=20&count=none"))
        changed = await cost.of(lambda: client.patch(one, json={"name": "b"}))
        removed = await cost.of(lambda: client.delete(one))
    replies = [made, got, listed, changed, removed]
    assert [reply.status_code for reply in replies] == [201, 200, 200, 200, 204]
    change = cost.told.pop(3)
    assert cost.told == [ONE] * 4
    assert change == (ONE if tables.capabilities.update_returning else (2, 1))


@pytest.mark.parametrize("cls", CLASSES)
async def test_a_changed_row_has_the_values_that_its_answer_shows(
    client: httpx.AsyncClient, cls: Any
) -> None:
    """Version and moments are those of the row as it is stored now, and so is the tag."""
    path = f"/{cls.__name__.lower()}"
    made = (await client.post(path, json={"name": "a"})).json()
    changed = await client.patch(f"{path}/{made['id']}", json={"name": "b"})
    again = await client.get(f"{path}/{made['id']}")
    assert (again.json(), again.headers["etag"]) == (changed.json(), changed.headers["etag"])
    assert "tenant_id" not in made
    assert changed.json().get("version", 2) == 2


async def test_a_row_that_was_marked_by_a_compiled_statement_is_hidden_and_kept(
    client: httpx.AsyncClient,
) -> None:
    """A second deletion does not find it."""
    key = (await client.post("/kept", json={"name": "a"})).json()["id"]
    assert (await client.delete(f"/kept/{key}")).status_code == 204
    assert (await client.get(f"/kept/{key}")).status_code == 404
    assert (await client.delete(f"/kept/{key}")).status_code == 404
    with tenant_context("acme"):
        assert [row.id for row in await Kept.only_deleted()] == [key]


async def test_the_doctor_says_so(tables: Database) -> None:
    """Of each resource, and that the rows of no class of these have to be written as objects."""
    found = [finding async for finding in examine(exposed(tables), is_application=False)]
    resources = [finding.text for finding in found if finding.about == "Resources"]
    assert resources == [f"{cls.__name__.lower()}: compiled." for cls in CLASSES]
    models = [finding.text.split()[0] for finding in found if finding.about == "Models"]
    assert not {cls.__name__ for cls in CLASSES} & {*models}

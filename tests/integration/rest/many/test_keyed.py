"""Idempotency keys on the forms for many rows: sent twice, done once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import httpx
import pytest
from tests.integration.rest.many.conftest import Stored
from tests.integration.rest.many.parcels import Depot, Parcel

from portico.app import Portico
from portico.db.session import Database

LENIENT = {"Prefer": "handling=lenient"}


@pytest.fixture
async def keyed(tables: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of parcels with a place to keep answers."""
    api = Portico(tables)
    api.expose(Parcel, policy="public")
    api.expose(Depot, policy="public")
    await api.create_tables()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
    ) as made:
        yield made


@pytest.mark.parametrize("more", [{}, LENIENT])
async def test_a_batch_that_comes_twice_is_written_once(
    keyed: httpx.AsyncClient, stored: Stored, more: dict[str, str]
) -> None:
    """The second time the first answer comes back, report and all."""
    body, headers = [{"slug": "a"}, {"slug": "b"}], {"Idempotency-Key": "k1", **more}
    first, again = [await keyed.post("/parcels/bulk", json=body, headers=headers) for _ in range(2)]
    assert first.status_code == (207 if more else 201)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await stored() == ["a 1", "b 1"]


async def test_an_upsert_that_comes_twice_tells_the_same(keyed: httpx.AsyncClient) -> None:
    """201 both times: the request that was repeated did create the row."""
    body, headers = {"slug": "a"}, {"Idempotency-Key": "k1"}
    first, again = [await keyed.post("/parcels/upsert?on=slug", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


async def test_a_batch_that_failed_may_be_sent_again(keyed: httpx.AsyncClient, stored: Stored) -> None:
    """What was undone is not remembered."""
    await keyed.post("/parcels", json={"slug": "a"})
    body, headers = [{"slug": "b"}, {"slug": "a"}], {"Idempotency-Key": "k1"}
    assert (await keyed.post("/parcels/bulk", json=body, headers=headers)).status_code == 409
    await keyed.delete("/parcels?slug=a")
    assert (await keyed.post("/parcels/bulk", json=body, headers=headers)).status_code == 201
    assert await stored() == ["a 1", "b 1"]


async def test_races_inside_the_unit_of_a_key_are_run_again_as_a_whole(keyed: httpx.AsyncClient) -> None:
    """The key is claimed in the same transaction, which is given up and begun anew with the race."""
    answers = await asyncio.gather(
        *(
            keyed.post("/parcels/upsert?on=slug", json={"slug": "a"}, headers={"Idempotency-Key": f"k{n}"})
            for n in range(10)
        )
    )
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 9}

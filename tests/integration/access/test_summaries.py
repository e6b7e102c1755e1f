"""No row out of reach is in any count, group, facet value or exported line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Header

from portico.access import Policy, Principal
from portico.app import Portico
from portico.db.session import Database
from tests.integration.rest.sales import Label, Sale, Seller, metadata

CANARY = "canary"


def whoever(x_team: Annotated[str | None, Header()] = None) -> Principal:
    """Somebody of a team."""
    return Principal(id=x_team)


def own_team(principal: Principal) -> object:
    """Sellers of one's own team."""
    return Seller.team == principal.id


def of_own_team(principal: Principal) -> object:
    """Their sales, and those of nobody."""
    return (Sale.seller_id.is_(None)) | (Sale.seller.team == principal.id)


def nobody(_principal: Principal) -> object:
    """No rows at all, and no right to ask."""
    return False


@pytest.fixture
async def rows(db: Database) -> None:
    """Two teams; what is south's carries a canary."""
    await db.create_tables(metadata)
    ann = await Seller.create(name="ann", team="north")
    ben = await Seller.create(name=f"{CANARY} ben", team="south")
    made = await Sale.bulk_create(
        [
            Sale(status="open", amount=Decimal(10), seller_id=ann.id, secret=CANARY),
            Sale(status="open", amount=Decimal(20), seller_id=ann.id, secret=CANARY),
            Sale(status=CANARY, amount=Decimal(4000), seller_id=ben.id),
            Sale(status="open", amount=Decimal(8000), seller_id=ben.id),
            Sale(status="none"),
        ]
    )
    shown = await Label.create(name="shown")
    hidden = await Label.create(name=f"{CANARY} label", public=False)
    for row in made:
        await row.labels.add(shown, hidden)


async def clients(db: Database, sale_policy: Any) -> httpx.AsyncClient:
    """North, before a door with these policies."""
    api = Portico(db, principal=whoever)
    api.expose(Sale, policy=Policy(read=sale_policy), hidden=["secret"])
    api.expose(Seller, policy=Policy(read=own_team))
    api.expose(Label, policy=Policy(read=lambda _: Label.public.is_(True)))
    transport = httpx.ASGITransport(app=api.app())
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers={"x-team": "north"})


@pytest.fixture
async def north(db: Database, rows: None) -> AsyncGenerator[httpx.AsyncClient]:
    """North sees the sales of its own team."""
    async with await clients(db, of_own_team) as made:
        yield made


@pytest.fixture
async def everywhere(db: Database, rows: None) -> AsyncGenerator[httpx.AsyncClient]:
    """North sees all sales, and the sellers of its own team."""
    async with await clients(db, sale_policy=True) as made:
        yield made


async def test_rows_out_of_reach_are_in_no_summary(north: httpx.AsyncClient) -> None:
    """Neither in a total nor as a group of their own."""
    answer = (await north.get("/sales/aggregate?group_by=status&metrics=count,sum:amount,max:amount")).json()
    assert answer["items"] == [
        {"group": {"status": "none"}, "metrics": {"count": 1, "sum:amount": None, "max:amount": None}},
        {"group": {"status": "open"}, "metrics": {"count": 2, "sum:amount": "30.00", "max:amount": "20.00"}},
    ]
    facets = (await north.get("/sales/facets?facets=status")).json()["facets"]
    assert facets == {"status": [{"value": "open", "count": 2}, {"value": "none", "count": 1}]}


async def test_related_rows_out_of_reach_give_no_value(everywhere: httpx.AsyncClient) -> None:
    """A group, a metric or a facet over a relation leaves out what the relation hides."""
    for query in (
        "aggregate?group_by=seller.name",
        "aggregate?group_by=seller_id&metrics=max:seller.name",
        "aggregate?group_by=status&metrics=count&sort=-max:seller.name",
        "aggregate?group_by=status&having.max:seller.name__gte=a",
        "facets?facets=seller.name,labels.name,seller.team",
    ):
        answer = await everywhere.get(f"/sales/{query}")
        assert answer.status_code == 200, answer.text
        assert CANARY not in answer.text, query
    found = (await everywhere.get("/sales/facets?facets=seller.name,labels.name")).json()["facets"]
    assert found == {
        "seller.name": [{"value": "ann", "count": 2}],
        "labels.name": [{"value": "shown", "count": 5}],
    }


async def test_two_steps_hide_what_each_hides(everywhere: httpx.AsyncClient) -> None:
    """From labels over sales to sellers."""
    found = (await everywhere.get("/labels/facets?facets=sales.seller.name,sales.status")).json()["facets"]
    assert found["sales.seller.name"] == [{"value": "ann", "count": 1}]
    assert {one["value"] for one in found["sales.status"]} == {"open", "none", CANARY}


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
async def test_no_exported_line_is_out_of_reach(north: httpx.AsyncClient, kind: str) -> None:
    """Nor is a hidden field in any."""
    answer = await north.get(f"/sales/export?format={kind}")
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 3 + (kind == "csv")
    assert CANARY not in answer.text
    assert "secret" not in answer.text


async def test_a_related_row_out_of_reach_is_an_empty_cell(everywhere: httpx.AsyncClient) -> None:
    """As in lists, where the relation is null."""
    answer = await everywhere.get("/sales/export?format=csv&fields=id,seller.name")
    assert answer.text == "id,seller.name\r\n1,ann\r\n2,ann\r\n3,\r\n4,\r\n5,\r\n"


async def test_an_order_tells_nothing_either(everywhere: httpx.AsyncClient) -> None:
    """Sorting an export through a relation is refused as in lists."""
    assert (await everywhere.get("/sales/export?sort=seller.name")).status_code == 422
    assert (await everywhere.get("/sales/export?sort=secret")).status_code == 422
    assert (await everywhere.get("/sales/export?fields=secret")).status_code == 422


async def test_who_may_not_read_gets_nothing(db: Database, rows: None) -> None:
    """403, and 401 where somebody has to be known first."""
    async with await clients(db, nobody) as client:
        for path in ("aggregate", "facets?facets=status", "export"):
            assert (await client.get(f"/sales/{path}")).status_code == 403
    async with await clients(db, of_own_team) as client:
        for path in ("aggregate", "facets?facets=status", "export"):
            assert (await client.get(f"/sales/{path}", headers={"x-team": ""})).status_code in (200, 401)

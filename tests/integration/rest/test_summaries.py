"""Summaries over HTTP: groups, metrics and facet counts, the same on each database, of rows within reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest
from tests.integration.rest.sales import Label, Sale, Seller, make_sales, metadata

from portico.app import Portico
from portico.db.session import Database


@pytest.fixture
async def sales(db: Database) -> list[Sale]:
    """Random rows, with some labels."""
    await db.create_tables(metadata)
    made = await make_sales(Random(11), 60)
    red, blue = await Label.create(name="red"), await Label.create(name="blue")
    for number, row in enumerate(made):
        await row.labels.add(*([red, blue] if number % 3 == 0 else [red] if number % 3 == 1 else []))
    return made


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the sales, open but for a hidden field."""
    await db.create_tables(metadata)
    api = Portico(db)
    api.expose(Sale, policy="public", hidden=["secret"], search=["status"])
    api.expose(Seller, policy="public", hidden=["wage"])
    api.expose(Label, policy="public")
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def summed(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    """The groups that a request answers."""
    answer = await client.get(f"/sales/aggregate?{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_without_anything_it_counts(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """The smallest request has an answer, also over an empty table."""
    answer = (await client.get("/sales/aggregate")).json()
    assert answer == {
        "items": [{"group": {}, "metrics": {"count": len(sales)}}],
        "page": {"limit": 50, "more": False},
    }
    empty = await summed(client, "id__lt=0&metrics=count,sum:amount,avg:pieces")
    assert empty == [{"group": {}, "metrics": {"count": 0, "sum:amount": None, "avg:pieces": None}}]
    assert await summed(client, "id__lt=0&group_by=status") == []


async def test_values_are_spelled_as_in_documents(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """Decimals are text with their places, moments end in Z, whole numbers are whole however large."""
    rows = (await client.get("/sales?limit=200")).json()["items"]
    metrics = "sum:amount,min:sold_at,max:exact,sum:pieces,avg:amount"
    (found,) = await summed(client, f"metrics={metrics}")
    amounts = [Decimal(row["amount"]) for row in rows if row["amount"] is not None]
    pieces = [row["pieces"] for row in rows if row["pieces"] is not None]
    exact = [row["exact"] for row in rows if row["exact"] is not None]
    assert found["metrics"] == {
        "sum:amount": str(sum(amounts)),
        "min:sold_at": min(row["sold_at"] for row in rows if row["sold_at"]),
        "max:exact": max(exact, key=Decimal),
        "sum:pieces": sum(pieces),
        "avg:amount": str((sum(amounts, Decimal()) / len(amounts)).quantize(Decimal("0.000001"))),
    }


async def test_groups_are_sorted_filtered_and_cut(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """Every filter of the list counts; what is cut is said to be."""
    paid = [row for row in sales if row.paid]
    counts = Counter(row.status for row in paid)
    wanted = sorted(counts, key=lambda one: (-counts[one], one is not None, one or ""))
    query = "group_by=status&sort=-count,status"
    for spelled in ("paid=true", 'where={"paid": true}'):
        found = await summed(client, f"{query}&{spelled}")
        assert [one["group"]["status"] for one in found] == wanted
    cut = (await client.get(f"/sales/aggregate?{query}&paid=true&limit=2")).json()
    assert [one["group"]["status"] for one in cut["items"]] == wanted[:2]
    assert cut["page"] == {"limit": 2, "more": True}
    chosen = await summed(client, f"{query}&paid=true&having.count__gte=6")
    assert {one["group"]["status"] for one in chosen} == {one for one in counts if counts[one] >= 6}
    searched = await summed(client, "group_by=status&search=ÄLT")
    assert [one["group"]["status"] for one in searched] == ["älter"]


async def test_keys_lie_along_relations(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """A to-one path, and a part of a date, under the names that were asked for."""
    found = await summed(client, "group_by=seller.name,sold_at__year&metrics=count,max:seller.name")
    assert sum(one["metrics"]["count"] for one in found) == len(sales)
    assert {one["group"]["seller.name"] for one in found} == {"ann", "ben", None}
    assert all(one["group"]["seller.name"] == one["metrics"]["max:seller.name"] for one in found)
    assert {one["group"]["sold_at__year"] for one in found} <= {2024, 2025, 2026, None}
    days = await summed(client, "group_by=sold_at__date&sort=-sold_at__date&limit=1")
    assert (
        days[0]["group"]["sold_at__date"]
        == max(row.sold_at for row in sales if row.sold_at).date().isoformat()
    )


async def test_facets_count_rows_of_each_value(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """The most frequent first, equals by value; to-many relations too, under the same filters."""
    answer = await client.get("/sales/facets?facets=status,seller.name,labels.name&limit=3")
    facets = answer.json()["facets"]
    counts = Counter(row.status for row in sales)
    wanted = sorted(counts, key=lambda one: (-counts[one], one is not None, one or ""))[:3]
    assert facets["status"] == [{"value": one, "count": counts[one]} for one in wanted]
    assert facets["labels.name"] == [{"value": "red", "count": 40}, {"value": "blue", "count": 20}]
    blue = (await client.get("/sales/facets?facets=labels.name&labels.name=blue")).json()["facets"]
    assert blue == {"labels.name": [{"value": "blue", "count": 20}, {"value": "red", "count": 20}]}


async def test_a_facet_promises_what_the_list_keeps(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """Whoever chooses a value finds as many rows as were counted."""
    facets = (await client.get("/sales/facets?facets=seller.name,labels.name,paid")).json()["facets"]
    for name, values in facets.items():
        for one in values:
            asked = {f"{name}__isnull": "true"} if one["value"] is None else {name: str(one["value"]).lower()}
            found = await client.get("/sales", params={**asked, "count": "exact", "limit": 1})
            assert found.json()["page"]["count"] == one["count"], (name, one)


async def test_facets_of_nothing_are_empty(client: httpx.AsyncClient) -> None:
    """An empty table has no values."""
    assert (await client.get("/sales/facets?facets=status,labels.name")).json() == {
        "facets": {"status": [], "labels.name": []}
    }


REFUSED = [
    "aggregate?group_by=nonsense",
    "aggregate?group_by=secret",
    "aggregate?group_by=seller.wage",
    "aggregate?group_by=extra",
    "aggregate?group_by=labels.name",
    "aggregate?group_by=status__year",
    "aggregate?group_by=id,status,amount,exact,pieces,paid",
    "aggregate?metrics=sum:secret",
    "aggregate?metrics=min:seller.wage",
    "aggregate?metrics=sum:status",
    "aggregate?metrics=median:pieces",
    "aggregate?metrics=sum",
    "aggregate?metrics=sum:labels.id",
    "aggregate?metrics=sum:sold_at__year",
    "aggregate?having.count__gte=5",
    "aggregate?group_by=status&having.count__gte=many",
    "aggregate?group_by=status&having.count__gte=1e400",
    "aggregate?group_by=status&having.sum:secret__gte=1",
    "aggregate?group_by=status&having.count__icontains=1",
    "aggregate?group_by=status&having.=1",
    "aggregate?group_by=status&having.count=1&having.count=2",
    "aggregate?group_by=status&sort=paid",
    "aggregate?group_by=status&sort=-max:secret",
    "aggregate?limit=0",
    "aggregate?limit=201",
    "aggregate?offset=5",
    "aggregate?include=seller",
    "aggregate?secret=a",
    "aggregate?where={",
    "facets",
    "facets?facets=",
    "facets?facets=secret",
    "facets?facets=seller.wage",
    "facets?facets=extra",
    "facets?facets=id,status,amount,exact,pieces,paid",
    "facets?facets=status&limit=101",
    "facets?facets=status&sort=status",
    "facets?facets=status%00",
]


async def test_what_cannot_be_asked_is_refused(client: httpx.AsyncClient) -> None:
    """A hidden field is as unknown as one that does not exist, and no error names it."""
    for query in REFUSED:
        refused = await client.get(f"/sales/{query}")
        assert refused.status_code == 422, query
        assert refused.json()["errors"][0]["parameter"]
        detail = refused.json()["detail"]
        said = detail.partition("Choices")[2] + detail.partition("Did you")[2]
        assert "secret" not in said
        assert "wage" not in said


async def test_enormous_comparisons_find_nothing(client: httpx.AsyncClient, sales: list[Sale]) -> None:
    """A number that no sum reaches is compared all the same."""
    for text in ("99999999999999999999999999999999999", "-1e50", "0.00000000000000000001"):
        answer = await client.get(f"/sales/aggregate?group_by=status&having.sum:amount__gte={text}")
        assert answer.status_code == 200, answer.text
    for metric in ("count", "count_distinct:pieces"):
        answer = await client.get(f"/sales/aggregate?group_by=status&having.{metric}__gt=9223372036854775807")
        assert answer.json()["items"] == []


async def test_a_sum_that_no_number_holds_is_refused(client: httpx.AsyncClient, db: Database) -> None:
    """No 500, whatever is stored."""
    await Sale.bulk_create([Sale(weight=1.7e308), Sale(weight=1.7e308)])
    assert (await client.get("/sales/aggregate?metrics=sum:weight")).status_code == 422
    assert (await summed(client, "metrics=max:weight"))[0]["metrics"] == {"max:weight": 1.7e308}


async def test_head_and_other_methods(client: httpx.AsyncClient) -> None:
    """They are paths like others, and win over keys."""
    for path in ("/sales/aggregate", "/sales/facets?facets=status"):
        assert (await client.head(path)).status_code == 200
        refused = await client.post(path)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")

"""What is asked of every stack, in its own URLs; parameters vary from request to request.

for request in requests(WORKLOADS["get"], stack, count=500):
    request.method, request.path, request.body
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.shop.tables import CATEGORIES, PRODUCTS, readable

from .registry import Stack

SEED = 20260105


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    path: str
    body: str = ""


Question = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A kind of question, its parameters by chance, and how each dialect asks it."""

    name: str
    title: str
    ask: Callable[[Random], Question]
    spelt: Mapping[str, Callable[[Question], Request]]

    def offered_by(self, stack: Stack) -> bool:
        """Whether a stack has it; a count that only Portico makes is compared with the list without."""
        return self.name not in stack.without


def _key(chance: Random) -> int:
    while not readable(number := chance.randrange(1, PRODUCTS + 1)):
        pass
    return number


def _body(chance: Random) -> dict[str, Any]:
    number = chance.randrange(10**6)
    return {
        "name": f"made {number}",
        "description": "It was made by a client, and nobody has said what it is for",
        "category": CATEGORIES + number % 1000,
        "price": f"{number % 90_000 / 100 + 1:.2f}",
        "stock": number % 100,
        "active": True,
        "created_at": f"2026-02-0{1 + number % 9}T10:20:30Z",
        "rating": number % 5000 / 1000,
    }


def _page(limit: int) -> Callable[[Random], Question]:
    return lambda chance: {"from_id": chance.randrange(1, PRODUCTS - 5 * limit), "limit": limit}


def _hand_page(path: str) -> Callable[[Question], Request]:
    return lambda asked: Request("GET", f"{path}?from_id={asked['from_id']}&limit={asked['limit']}")


def _portico_page(more: str) -> Callable[[Question], Request]:
    def spelt(asked: Question) -> Request:
        return Request("GET", f"/products?id__gte={asked['from_id']}&sort=id&limit={asked['limit']}{more}")

    return spelt


def _both(spelt: Callable[[Question], Request]) -> Mapping[str, Callable[[Question], Request]]:
    return {"hand": spelt, "portico": spelt}


def _written(method: str) -> Callable[[Question], Request]:
    def spelt(asked: Question) -> Request:
        path = f"/products/{asked['id']}" if "id" in asked else "/products"
        return Request(method, path, json.dumps(asked["body"]))

    return spelt


def _list(name: str, title: str, limit: int, more: str = "&count=none") -> Workload:
    return Workload(
        name=name,
        title=title,
        ask=_page(limit),
        spelt={"hand": _hand_page("/products"), "portico": _portico_page(more)},
    )


def _found(asked: Question) -> Request:
    return Request("GET", f"/search?category={asked['category']}&min_stock={asked['min_stock']}")


def _portico_found(asked: Question) -> Request:
    conditions = f"category={asked['category']}&stock__gte={asked['min_stock']}"
    return Request("GET", f"/products?{conditions}&sort=-rating&limit=20&count=none")


_ALL = (
    Workload(
        name="plain",
        title="plain JSON",
        ask=lambda _: {},
        spelt=_both(lambda _: Request("GET", "/plain")),
    ),
    Workload(
        name="get",
        title="get by key",
        ask=lambda chance: {"id": _key(chance)},
        spelt=_both(lambda asked: Request("GET", f"/products/{asked['id']}")),
    ),
    _list("list-20", "list of 20", 20),
    _list("list-20-counted", "list of 20, counted", 20, ""),
    _list("list-100", "list of 100", 100),
    _list("list-100-counted", "list of 100, counted", 100, ""),
    Workload(
        name="nested",
        title="20 with 5 children each",
        ask=_page(20),
        spelt={"hand": _hand_page("/nested"), "portico": _portico_page("&include=reviews&count=none")},
    ),
    Workload(
        name="found",
        title="two filters, sorted",
        ask=lambda chance: {"category": chance.randrange(CATEGORIES), "min_stock": chance.randrange(40, 60)},
        spelt={"hand": _found, "portico": _portico_found},
    ),
    Workload(
        name="create",
        title="create",
        ask=lambda chance: {"body": _body(chance)},
        spelt=_both(_written("POST")),
    ),
    Workload(
        name="update",
        title="update",
        ask=lambda chance: {
            "id": _key(chance),
            "body": {
                "name": f"changed {chance.randrange(10**6)}",
                "price": f"{chance.randrange(1, 9000)}.50",
            },
        },
        spelt=_both(_written("PATCH")),
    ),
)
WORKLOADS: Mapping[str, Workload] = {workload.name: workload for workload in _ALL}
"""Those ending in "-counted" ask Portico for its default page, with a capped count; others never count."""


def requests(workload: Workload, stack: Stack, *, count: int, seed: int = SEED) -> Iterator[Request]:
    """The same questions for every stack, in its spelling."""
    chance = Random(seed)
    spelt = workload.spelt[stack.dialect]
    for _ in range(count):
        yield spelt(workload.ask(chance))

"""What is asked of every variant over HTTP, and whether all of them answer the same.

A mixin adds fields to answers (a version, moments); writing them is a part of what it costs. What is compared
are the fields that all have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from benchmarks.http.workloads import Request
from benchmarks.shop.tables import readable

from .classes import BASE, SHOWN

SEED = 20260105
STATUS = {"GET": 200, "POST": 201, "PATCH": 200}
TITLES = {"get": "get by key", "list-20": "list of 20", "create": "create", "update": "update"}
Ask = Callable[[Request], tuple[int, bytes]]


def values(chance: Random) -> dict[str, Any]:
    """The body of a new row."""
    number = chance.randrange(10**6)
    return {
        "name": f"made {number}",
        "description": "It was made by a client, and nobody has said what it is for",
        "category": 100 + number % 1000,
        "price": f"{number % 90_000 / 100 + 1:.2f}",
        "stock": number % 100,
        "active": True,
        "made_at": f"2026-02-0{1 + number % 9}T10:20:30Z",
        "rating": number % 5000 / 1000,
    }


def changes(chance: Random) -> dict[str, Any]:
    """What a row becomes."""
    return {"name": f"changed {chance.randrange(10**6)}", "price": f"{chance.randrange(1, 9000)}.50"}


def key(chance: Random, rows: int) -> int:
    """The key of a row that is not hidden."""
    while not readable(number := chance.randrange(1, rows + 1)):
        pass
    return number


def requests(workload: str, rows: int, *, count: int, seed: int = SEED) -> Iterator[Request]:
    """The same questions for every variant."""
    chance = Random(seed)
    for _ in range(count):
        if workload == "get":
            yield Request("GET", f"/products/{key(chance, rows)}")
        elif workload == "list-20":
            first = chance.randrange(1, rows - 100)
            yield Request("GET", f"/products?id__gte={first}&sort=id&limit=20&count=none")
        elif workload == "create":
            yield Request("POST", "/products", json.dumps(values(chance)))
        else:
            yield Request("PATCH", f"/products/{key(chance, rows)}", json.dumps(changes(chance)))


def compare(askers: Mapping[str, Ask], rows: int, *, count: int = 20) -> int:
    """How many answers are equal; RuntimeError for the first that is not."""
    compared = 0
    for workload in TITLES:
        expected = _answers(workload, askers[BASE], rows, count)
        for name, ask in askers.items():
            for number, (one, other) in enumerate(
                zip(expected, _answers(workload, ask, rows, count), strict=True)
            ):
                if one != other:
                    raise RuntimeError(f"{name}, {workload}, question {number}:\n  {one}\n  {other}")
                compared += name != BASE
    return compared


def _answers(workload: str, ask: Ask, rows: int, count: int) -> list[Any]:
    found: list[Any] = []
    for request in requests(workload, rows, count=count, seed=7):
        status, body = ask(request)
        if status != STATUS[request.method]:
            raise RuntimeError(f"{request.method} {request.path}: {status} {body[:500]!r}")
        told = json.loads(body)
        rows_told = told.get("items", [told])
        shown = SHOWN[1:] if request.method == "POST" else SHOWN
        found.append([{name: row[name] for name in shown} for row in rows_told])
    return found

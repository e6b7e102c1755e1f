"""The same as model calls: one process, one task, everything one after the other, no HTTP."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from benchmarks.measure import ratios
from benchmarks.measure.ratios import rotated
from portico import Database, tenant_context
from portico.signals import drain
from portico.testing.statements import statements

from .asking import changes, key, values
from .classes import BASE, SHOWN, TENANT, VARIANTS, Variant, connect_outbox
from .filling import ROWS, url_of
from .over_http import Figures, say

TITLES = {"get": "get", "list-20": "filter of 20", "create": "create", "update": "update"}
COUNTS = {"get": 300, "list-20": 100, "create": 150, "update": 150}
Step = Callable[[], Awaitable[Any]]


async def measure(place: str, workloads: Sequence[str], rounds: int) -> dict[str, Any]:
    """Ratios of every workload, after all rows were found equal; round trips of one call."""
    async with Database(url_of(place), name="calls") as database:
        with database.use():
            connect_outbox(database, VARIANTS.values())
            await _check()
            trips: dict[str, dict[str, int]] = {}
            measured: dict[str, Mapping[str, list[Figures]]] = {}
            for workload in workloads:
                trips[workload] = {
                    name: await _trips(database, variant, workload) for name, variant in VARIANTS.items()
                }
                measured[workload] = await _rounds(workload, rounds)
    return {
        "workloads": {name: ratios.table(found, BASE) for name, found in measured.items()},
        "round_trips": trips,
    }


async def _rounds(workload: str, rounds: int) -> Mapping[str, list[Figures]]:
    measured: dict[str, list[Figures]] = {name: [] for name in VARIANTS}
    for turn in range(-1, rounds):  # the round before the first one warms up
        for name, variant in rotated(list(VARIANTS.items()), turn):
            with _around(variant):
                figures = await _timed(await _steps(variant, workload, COUNTS[workload], seed=turn))
            if turn >= 0:
                measured[name].append(figures)
    print(f"\ncalls, {TITLES[workload]}: wall, CPU")
    say(measured, ("wall", "cpu"))
    return measured


async def _timed(steps: Sequence[Step]) -> Figures:
    """Wall time until the last call has returned; CPU until what follows its commit has ended."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    for step in steps:
        await step()
    wall = time.perf_counter() - wall
    await drain(timeout=60)
    return {"wall": wall, "cpu": time.process_time() - cpu}


def _around(variant: Variant) -> AbstractContextManager[Any]:
    return tenant_context(TENANT) if variant.owned else nullcontext()


async def _steps(variant: Variant, workload: str, count: int, *, seed: int) -> list[Step]:
    """That many calls, by chance; the objects that they change are loaded already, each once."""
    model, chance = variant.model, Random(seed)
    keys: dict[int, None] = {}
    while len(keys) < count:
        keys[key(chance, ROWS)] = None
    return [await _step(model, workload, number, chance) for number in keys]


async def _step(model: Any, workload: str, number: int, chance: Random) -> Step:
    if workload == "get":
        return lambda: model.get(number)
    if workload == "list-20":
        first = chance.randrange(1, ROWS - 100)
        return lambda: model.filter(id__gte=first).order_by("id").limit(20)
    if workload == "create":
        new = typed(values(chance))
        return lambda: model.create(**new)
    row, new = await model.get(number), typed(changes(chance))
    return lambda: row.update(**new)


def typed(body: dict[str, Any]) -> dict[str, Any]:
    """The values of a body as Python has them."""
    found = body | {"price": Decimal(body["price"])}
    if "made_at" in body:
        found["made_at"] = datetime.fromisoformat(body["made_at"])
    return found


async def _trips(database: Database, variant: Variant, workload: str) -> int:
    """Round trips of the second of two calls."""
    with _around(variant):
        first, second = await _steps(variant, workload, 2, seed=5)
        await first()
        await drain(timeout=60)
        async with statements(database) as seen:
            await second()
            await drain(timeout=60)
    return seen.round_trips


async def _check() -> None:
    """Every class gives the same rows."""
    expected: list[Any] | None = None
    for name, variant in VARIANTS.items():
        with _around(variant):
            found = [*await variant.model.filter(id__lte=500).order_by("id").values_list("id", "rating")]
            one = await variant.model.get(11)
        rows = [*found, tuple(getattr(one, field) for field in SHOWN if field not in {"name", "price"})]
        if expected is not None and rows != expected:
            raise RuntimeError(f"{name} has other rows than {BASE}.")
        expected = rows

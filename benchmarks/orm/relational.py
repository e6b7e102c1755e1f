"""A relational read after imdbench, with 1 ms of network: a film, its directors, cast, reviews, authors.

Every round trip to PostgreSQL takes 1 ms longer through a proxy, so what counts is how many there are, one
after the other. Asked one at a time, and eight at a time.

    python -m benchmarks relational --quick
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.measure import ratios
from benchmarks.measure.ratios import rotated
from benchmarks.measure.tap import Tap, tap

from .protocol import Adapter
from .run import BASE, adapters, check, filled
from .tables import MOVIES

DELAY = 0.001
AT_ONCE = (1, 8)


def run(*, names: str | None, rounds: int) -> dict[str, Any]:
    """Ratios for each number of readers, and round trips of one film."""
    import uvloop

    found = [one for one in adapters(names, "postgresql") if one.name != "portico-atomic"]
    with filled("postgresql", [one.name for one in found]) as places:
        url = next(iter(places.values()))
        head, tail = url.rsplit("@", 1)
        address, database = tail.split("/", 1)
        host, _, port = address.partition(":")
        with tap(host, int(port or 5432), delay=DELAY) as proxy:
            through = f"{head}@127.0.0.1:{proxy.port}/{database}"
            measured, trips = uvloop.run(_run(found, through, rounds, proxy))
    return {
        "readers": {str(count): ratios.table(figures, BASE) for count, figures in measured.items()},
        "round_trips": trips,
        "adapters": {one.name: one.title for one in found},
        "method": {"rounds": rounds, "delay_ms": DELAY * 1000},
    }


async def _run(
    found: Sequence[Adapter], url: str, rounds: int, proxy: Tap
) -> tuple[dict[int, dict[str, list[dict[str, float | None]]]], dict[str, float]]:
    for adapter in found:
        await adapter.open(url)
    try:
        await check(found)
        trips = {adapter.name: await _trips(adapter, proxy) for adapter in found}
        measured: dict[int, dict[str, list[dict[str, float | None]]]] = {}
        for count in AT_ONCE:
            measured[count] = {adapter.name: [] for adapter in found}
            for turn in range(-1, rounds):
                for adapter in rotated(found, turn):
                    figures = await _timed(adapter, count)
                    if turn >= 0:
                        measured[count][adapter.name].append(figures)
            _say(count, measured[count], trips)
        return measured, trips
    finally:
        for adapter in found:
            await adapter.close()


async def _trips(adapter: Adapter, proxy: Tap) -> float:
    """Round trips of one film, when everything is prepared."""
    async with adapter.around():
        for key in (1, 2, 3):
            await adapter.movie(key)
        await asyncio.sleep(0.05)
        before = proxy.round_trips()
        for key in range(1, 11):
            await adapter.movie(key)
        await asyncio.sleep(0.05)
    return (proxy.round_trips() - before) / 10


async def _timed(adapter: Adapter, count: int) -> dict[str, float | None]:
    async def reader(first: int) -> None:
        for number in range(15):
            await adapter.movie(1 + (first * 31 + number * 29) % MOVIES)

    async with adapter.around():
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(reader(number) for number in range(count)))
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def _say(count: int, rounds: Mapping[str, Any], trips: Mapping[str, float]) -> None:
    print(f"\na film with 1 ms of network, {count} at a time: wall, client CPU, round trips")
    for name, figures in ratios.table(rounds, BASE).items():
        wall, cpu = figures["wall"]["median"], figures["cpu"]["median"]
        print(f"  {name:16} {wall:6.2f} {cpu:6.2f} {trips[name]:6.1f}", flush=True)

"""Start, memory, collector and connections of one worker.

python -m benchmarks footprint --quick
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from benchmarks.http.compare import Plan, databases
from benchmarks.http.load import Load, check_wrk, load, write_requests
from benchmarks.http.registry import STACKS, Stack, chosen
from benchmarks.http.serving import Served, serving
from benchmarks.http.workloads import WORKLOADS, requests
from benchmarks.measure import ratios
from benchmarks.measure.clocks import cores, memory_of
from benchmarks.measure.ratios import rotated

MODELS = 200
CROWDED = ("base", "usual", "portico", "portico-off")
WAYS = ("default", "freeze", "threshold", "both")
BUSY = 64


def run(*, quick: bool, rounds: int) -> dict[str, Any]:
    """All four figures."""
    check_wrk()
    stacks = chosen("base,portico,usual" if quick else None, "postgresql")
    with databases(Plan(database="postgresql", stacks=stacks, workloads=[])) as (places, _):
        url = next(iter(places.values()))
        return {
            "start": _starts(url, 1 if quick else 3),
            "memory": _memories(stacks, url, seconds=1 if quick else 5),
            "collector": _collectors(url, 1 if quick else rounds),
            "connections": _connections(stacks, url),
            "stacks": {stack.name: stack.title for stack in stacks},
            "method": {"models": MODELS, "rounds": rounds, "busy": BUSY},
        }


def _starts(url: str, times: int) -> dict[str, dict[str, float]]:
    """Seconds of CPU from nothing to the first answer, with one resource and with 200; and memory then."""
    found: dict[str, dict[str, float]] = {}
    print(f"\nstart: CPU seconds to the first answer with 1 and {MODELS} models; MiB with {MODELS}")
    for name in CROWDED:
        figures: dict[str, float] = {}
        for count in (1, MODELS):
            seconds, sizes = [], []
            for _ in range(times):
                with serving(STACKS[name], url, BENCH_MODELS=str(count)) as one:
                    one.ask_now(next(requests(WORKLOADS["get"], one.stack, count=1)))
                    seconds.append(one.cpu())
                    sizes.append(memory_of(one.pid))
            figures |= {f"cpu_{count}": median(seconds), f"mib_{count}": median(sizes)}
        found[name] = figures
        print(
            f"  {name:14} {figures['cpu_1']:6.2f} {figures[f'cpu_{MODELS}']:6.2f}"
            f" {figures[f'mib_{MODELS}']:6.0f}"
        )
    return found


def _memories(stacks: Sequence[Stack], url: str, *, seconds: int) -> dict[str, dict[str, float]]:
    """MiB of a worker after its start and after load on gets, lists and creates."""
    found: dict[str, dict[str, float]] = {}
    print("\nmemory of a worker in MiB: after its start, after load")
    for stack in stacks:
        with serving(stack, url, core=cores()[0]) as one:
            one.ask_now(next(requests(WORKLOADS["plain"], stack, count=1)))
            begun = memory_of(one.pid)
            for workload in ("get", "list-100", "create"):
                _load(one, workload, seconds=seconds)
            found[stack.name] = {"start": begun, "loaded": memory_of(one.pid)}
        print(f"  {stack.name:14} {begun:6.0f} {found[stack.name]['loaded']:6.0f}", flush=True)
    return found


def _collectors(url: str, rounds: int) -> dict[str, Any]:
    """CPU per request of a list of 100, for each setting of the collector; memory after it."""
    found: dict[str, Any] = {}
    print("\ngarbage collector, list of 100: CPU per request against the default, MiB")
    for name in ("portico", "portico-off", "usual"):
        with _ways(STACKS[name], url) as served:
            measured: dict[str, list[dict[str, float | None]]] = {way: [] for way, _ in served}
            for turn in range(-1, rounds):
                for way, one in rotated(served, turn):
                    before = one.cpu()
                    result = _load(one, "list-100", seconds=1)
                    if turn >= 0:
                        figures: dict[str, float | None] = {"cpu": (one.cpu() - before) / result.requests}
                        measured[way].append(figures | {"p99": result.p99})
            sizes = {way: memory_of(one.pid) for way, one in served}
        figures_of = ratios.table(measured, "default")
        found[name] = {way: {**figures_of[way], "mib": sizes[way]} for way in WAYS}
        shown = "  ".join(f"{way} {figures_of[way]['cpu']['median']:.2f} ({sizes[way]:.0f})" for way in WAYS)
        print(f"  {name:14} {shown}", flush=True)
    return found


@contextmanager
def _ways(stack: Stack, url: str) -> Iterator[list[tuple[str, Served]]]:
    with ExitStack() as blocks:
        found: list[tuple[str, Served]] = []
        for way in WAYS:
            environment = {**stack.environment, "BENCH_APP": stack.module, "BENCH_GC": way}
            other = replace(stack, module="benchmarks.footprint.collecting", environment=environment)
            found.append((way, blocks.enter_context(serving(other, url, core=cores()[0]))))
        yield found


def _connections(stacks: Sequence[Stack], url: str) -> dict[str, int]:
    """How many connections to PostgreSQL a worker holds after load by 64 clients, with a pool of 16."""
    found: dict[str, int] = {}
    print(f"\nconnections to PostgreSQL after {BUSY} clients at once, pool of 16")
    for stack in stacks:
        before = asyncio.run(_count(url))
        with serving(stack, url, core=cores()[0]) as one:
            for workload in ("get", "list-20", "create", "update"):
                _load(one, workload, seconds=1, connections=BUSY)
            found[stack.name] = asyncio.run(_count(url)) - before
        print(f"  {stack.name:14} {found[stack.name]}", flush=True)
    return found


async def _count(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        query = "select count(*) from pg_stat_activity where datname = current_database()"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def _load(one: Served, workload: str, *, seconds: int, connections: int = 16) -> Load:
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        file = Path(folder) / "requests.txt"
        write_requests(file, requests(WORKLOADS[workload], one.stack, count=1_000))
        return load(one.port, file, seconds=seconds, connections=connections, core=cores()[1])

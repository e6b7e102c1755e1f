"""The workloads over HTTP: a worker for each variant, loaded in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.http.load import load, write_requests
from benchmarks.http.registry import Stack
from benchmarks.http.serving import Served, serving_all
from benchmarks.http.workloads import Request
from benchmarks.measure import ratios
from benchmarks.measure.clocks import cores
from benchmarks.measure.databases import Server
from benchmarks.measure.ratios import rotated
from benchmarks.measure.tap import tap

from .asking import TITLES, compare, requests
from .classes import BASE, VARIANTS
from .filling import ROWS

QUESTIONS = 2_000
CONNECTIONS = 16
SETTLED = Request("GET", "/settled")
Figures = dict[str, float | None]

STACKS = [
    Stack(
        name=variant.name,
        title=variant.title,
        module="benchmarks.mixins.app",
        dialect="portico",
        environment={"BENCH_MIXIN": variant.name},
    )
    for variant in VARIANTS.values()
]


def measure(place: str, server: Server | None, workloads: Sequence[str], rounds: int) -> dict[str, Any]:
    """Ratios of every workload, after all answers were found equal; round trips on PostgreSQL."""
    with serving_all([(stack, place) for stack in STACKS], core=cores()[0]) as served:
        compared = compare({one.stack.name: one.ask_now for one in served}, ROWS)
        print(f"{compared} answers are equal", flush=True)
        measured = {workload: _rounds(workload, served, server, rounds) for workload in workloads}
    return {
        "workloads": {name: ratios.table(found, BASE) for name, found in measured.items()},
        "round_trips": {} if server is None else _round_trips(place, workloads),
        "answers_compared": compared,
    }


def _rounds(
    workload: str, served: Sequence[Served], server: Server | None, rounds: int
) -> Mapping[str, list[Figures]]:
    measured: dict[str, list[Figures]] = {one.stack.name: [] for one in served}
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        file = Path(folder) / f"{workload}.txt"
        write_requests(file, requests(workload, ROWS, count=QUESTIONS))
        for turn in range(-1 if rounds > 1 else 0, rounds):  # the round before the first one warms up
            for one in rotated(served, turn):
                figures = _measured(one, file, server)
                if turn >= 0:
                    measured[one.stack.name].append(figures)
    print(f"\nHTTP, {TITLES[workload]}: wall, CPU, CPU with the database's")
    say(measured, ("wall", "cpu", "both_cpu"))
    return measured


def _measured(one: Served, file: Path, server: Server | None) -> Figures:
    """A second of load, and what follows its commits: wall time and CPU for each request."""
    own, behind = one.cpu(), 0.0 if server is None else server.cpu() or 0.0
    result = load(one.port, file, seconds=1, connections=CONNECTIONS, core=cores()[1])
    status, dropped = one.ask_now(SETTLED)
    if result.wrong or status != 200 or dropped != b"0":
        raise RuntimeError(
            f"{one.stack.name}: {result.wrong} requests of {file.stem} failed; /settled: {status} {dropped!r}"
        )
    used = (one.cpu() - own) / result.requests
    after = None if server is None else server.cpu()
    both = None if after is None else used + (after - behind) / result.requests
    return {"wall": result.seconds / result.requests, "cpu": used, "both_cpu": both}


def say(measured: Mapping[str, Sequence[Mapping[str, float | None]]], figures: Sequence[str]) -> None:
    """One line for each variant while the run goes on."""
    for name, found in ratios.table(measured, BASE).items():
        cells = " ".join(f"{found[one]['median']:6.2f}" if one in found else "     –" for one in figures)
        print(f"  {name:12} {cells}   spread {found['cpu']['spread']:.0%}", flush=True)


def _round_trips(place: str, workloads: Sequence[str]) -> dict[str, dict[str, float]]:
    """Workload → variant → round trips per request, counted on the wire behind a proxy of its own."""
    found: dict[str, dict[str, float]] = {workload: {} for workload in workloads}
    head, tail = place.rsplit("@", 1)
    address, name = tail.split("/", 1)
    host, _, port = address.partition(":")
    for stack in STACKS:
        with tap(host, int(port or 5432)) as proxy:
            through = f"{head}@127.0.0.1:{proxy.port}/{name}"
            with serving_all([(stack, through)], BENCH_POOL="1") as (one,):
                for workload in workloads:
                    found[workload][stack.name] = _trips(one, workload, proxy.round_trips)
    return found


def _trips(one: Served, workload: str, round_trips: Any) -> float:
    """Round trips of ten requests, after some that prepare the statements."""
    asked = list(requests(workload, ROWS, count=20, seed=11))
    for request in (*asked[:10], SETTLED):
        one.ask_now(request)
    time.sleep(0.1)
    before = round_trips()
    for request in (*asked[10:], SETTLED):
        one.ask_now(request)
    time.sleep(0.1)  # Some end their transaction after the answer.
    return float(round_trips() - before) / 10

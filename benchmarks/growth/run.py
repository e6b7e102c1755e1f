"""Server CPU per request as one thing grows and everything else stays: measured points, and a plot.

    python -m benchmarks growth --quick
    make bench-growth

Five questions: rows per page, rows per table, models in the application, connections at once, children per
parent. The figure is the CPU of the server process per request (of the database too for rows per table), as
a multiple of what the base needs at the first point of the same curve: it moves little on a busy machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.http.compare import Plan, databases
from benchmarks.http.load import check_wrk, load, write_requests
from benchmarks.http.registry import STACKS, Stack
from benchmarks.http.serving import Served, serving
from benchmarks.http.workloads import Request
from benchmarks.measure.clocks import cores
from benchmarks.measure.databases import Server
from benchmarks.measure.ratios import rotated
from benchmarks.shop.tables import Size

COMPARED = ("base", "portico", "portico-off", "usual")
QUICK = ("base", "portico")
QUICK_CURVES = ("page", "models")
Ask = Callable[[Stack, Random, Size, int], Request]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One thing that grows: its points, what is asked at each, and which part of the setting it changes."""

    name: str
    title: str
    axis: str
    points: tuple[int, ...]
    quick: tuple[int, ...]
    ask: Ask
    figure: str = "cpu"
    size: Callable[[int], Size] = lambda _: Size(products=5_000, reviews=1)
    connections: Callable[[int], int] = lambda _: 16
    environment: Callable[[int], dict[str, str]] = lambda _: {}


def _start(chance: Random, size: Size, limit: int) -> int:
    return chance.randrange(1, max(2, size.products - int(limit * 1.1) - 1))


def page(stack: Stack, chance: Random, size: Size, limit: int) -> Request:
    """So many rows from somewhere."""
    start = _start(chance, size, limit)
    if stack.dialect == "portico":
        return Request("GET", f"/products?id__gte={start}&sort=id&limit={limit}&count=none")
    return Request("GET", f"/products?from_id={start}&limit={limit}")


def nested(stack: Stack, chance: Random, size: Size, _: int) -> Request:
    """Twenty rows with all of their children."""
    start = _start(chance, size, 20)
    if stack.dialect == "portico":
        return Request("GET", f"/products?id__gte={start}&sort=id&limit=20&include=reviews&count=none")
    return Request("GET", f"/nested?from_id={start}&limit=20")


def one(_: Stack, chance: Random, size: Size, __: int) -> Request:
    """One row."""
    number = chance.randrange(1, size.products)
    return Request("GET", f"/products/{number + 1 if number % 20 == 0 else number}")


CURVES: Sequence[Curve] = (
    Curve(
        name="page",
        title="rows per page",
        axis="rows in the answer",
        points=(1, 5, 20, 100, 300, 1_000),
        quick=(1, 100),
        ask=page,
    ),
    Curve(
        name="table",
        title="rows per table",
        axis="rows in the table (pages of 20 somewhere in it)",
        points=(1_000, 10_000, 100_000, 1_000_000),
        quick=(1_000, 10_000),
        ask=lambda stack, chance, size, _: page(stack, chance, size, 20),
        figure="both_cpu",
        size=lambda rows: Size(products=rows, reviews=0),
    ),
    Curve(
        name="models",
        title="models in the application",
        axis="models exposed (get of the last one)",
        points=(1, 20, 50, 100, 200),
        quick=(1, 50),
        ask=one,
        environment=lambda count: {"BENCH_MODELS": str(count)},
    ),
    Curve(
        name="connections",
        title="connections at once",
        axis="connections of clients (get)",
        points=(1, 4, 16, 64, 256),
        quick=(1, 16),
        ask=one,
        connections=lambda count: count,
    ),
    Curve(
        name="children",
        title="children per parent",
        axis="children of each of 20 parents",
        points=(1, 5, 20, 50, 100),
        quick=(1, 20),
        ask=nested,
        size=lambda count: Size(products=2_000, reviews=count),
    ),
)


def run(*, names: str | None, quick: bool, rounds: int) -> dict[str, Any]:
    """Every curve: for each stack, a figure for each point."""
    check_wrk()
    everything = QUICK_CURVES if quick else [curve.name for curve in CURVES]
    wanted = names.split(",") if names else everything
    if unknown := [name for name in wanted if name not in {curve.name for curve in CURVES}]:
        raise SystemExit(f"There is no curve {', '.join(unknown)}.")
    found = {
        curve.name: _curve(curve, quick=quick, rounds=rounds) for curve in CURVES if curve.name in wanted
    }
    return {"curves": found, "method": {"rounds": rounds, "seconds": 1}}


def _curve(curve: Curve, *, quick: bool, rounds: int) -> dict[str, Any]:
    points = curve.quick if quick else curve.points
    stacks = [STACKS[name] for name in (QUICK if quick else COMPARED)]
    measured: dict[str, list[float]] = {stack.name: [] for stack in stacks}
    rates: dict[str, list[float]] = {stack.name: [] for stack in stacks}
    # What the database holds changes least often: points of the same size share one.
    for size, same in _grouped(curve, points):
        plan = Plan(database="postgresql", stacks=stacks, workloads=[])
        with databases(plan, size) as (places, server):
            here = [(stack, places[stack.name]) for stack in stacks]
            for point in same:
                for name, figures in _point(curve, point, here, server, rounds).items():
                    measured[name].append(median(one[0] for one in figures))
                    rates[name].append(median(one[1] for one in figures))
    unit = measured["base"][0]
    lines = {name: [value / unit for value in values] for name, values in measured.items()}
    first = rates["base"][0]
    speeds = {name: [value / first for value in values] for name, values in rates.items()}
    print(f"\n{curve.title}: CPU per request, base at {points[0]} = 1;  {'  '.join(map(str, points))}")
    for name, values in lines.items():
        print(f"  {name:14} {'  '.join(f'{value:7.2f}' for value in values)}", flush=True)
    return {
        "title": curve.title,
        "axis": curve.axis,
        "points": list(points),
        "cpu": lines,
        "requests": speeds,
    }


def _grouped(curve: Curve, points: Sequence[int]) -> Iterator[tuple[Size, list[int]]]:
    groups: dict[Size, list[int]] = {}
    for point in points:
        groups.setdefault(curve.size(point), []).append(point)
    yield from groups.items()


def _point(
    curve: Curve, point: int, places: Sequence[tuple[Stack, str]], server: Server | None, rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """CPU per request and requests per second of each round."""
    found: dict[str, list[tuple[float, float]]] = {stack.name: [] for stack, _ in places}
    size = curve.size(point)
    with ExitStack() as blocks:
        folder = Path(blocks.enter_context(tempfile.TemporaryDirectory(prefix="portico-bench-")))
        served: list[Served] = []
        for stack, place in places:
            more = replace(stack, environment={**stack.environment, **curve.environment(point)})
            served.append(blocks.enter_context(serving(more, place, core=cores()[0])))
            chance = Random(point)
            asked = [curve.ask(stack, chance, size, point) for _ in range(500)]
            write_requests(folder / f"{stack.name}.txt", asked)
            status, body = served[-1].ask_now(asked[0])
            if status != 200:
                raise RuntimeError(f"{stack.name}: {asked[0].path} answers {status} {body[:300]!r}")
        for turn in range(-1 if rounds > 1 else 0, rounds):
            for each in rotated(served, turn):
                file = folder / f"{each.stack.name}.txt"
                figures = _measured(curve, each, file, server, curve.connections(point))
                if turn >= 0:
                    found[each.stack.name].append(figures)
    return found


def _measured(
    curve: Curve, one: Served, file: Path, server: Server | None, connections: int
) -> tuple[float, float]:
    own, behind = one.cpu(), (server.cpu() or 0.0) if server else 0.0
    result = load(one.port, file, seconds=1, connections=connections, core=cores()[1])
    used = one.cpu() - own
    if curve.figure == "both_cpu" and server is not None:
        used += (server.cpu() or 0.0) - behind
    if result.wrong:
        raise RuntimeError(f"{one.stack.name}: {result.wrong} requests failed under load.")
    return used / result.requests, result.per_second

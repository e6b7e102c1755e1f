"""The comparison itself: equal answers first, round trips counted, then interleaved rounds of load.

python -m benchmarks http --quick
python -m benchmarks http --database sqlite --stacks portico,portico-off,usual --rounds 5
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ratios
from benchmarks.measure.clocks import cores
from benchmarks.measure.databases import Server, fresh_database, postgresql
from benchmarks.measure.ratios import rotated
from benchmarks.measure.tap import tap
from benchmarks.shop.tables import Size, fill_postgresql, fill_sqlite

from .answers import compare
from .load import check_wrk, load, write_requests
from .registry import BASE, Stack, chosen
from .serving import Served, serving_all
from .workloads import WORKLOADS, Workload, requests

QUESTIONS = 2_000
QUICK = "base,portico,portico-off,usual"
QUICK_WORKLOADS = ("get", "list-20", "nested", "create")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    database: str
    stacks: list[Stack]
    workloads: list[Workload]
    rounds: int = 7
    seconds: int = 1
    connections: int = 16


def plan_of(  # noqa: PLR0913 -- the arguments of the command line
    *,
    database: str,
    stacks: str | None,
    workloads: str | None,
    quick: bool,
    rounds: int | None,
    connections: int,
) -> Plan:
    """What the arguments of the command ask for."""
    names = workloads.split(",") if workloads else list(QUICK_WORKLOADS if quick else WORKLOADS)
    if unknown := [name for name in names if name not in WORKLOADS]:
        raise SystemExit(f"There is no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}.")
    return Plan(
        database=database,
        stacks=chosen(stacks or (QUICK if quick else None), database),
        workloads=[WORKLOADS[name] for name in names],
        rounds=rounds or (1 if quick else 7),
        connections=connections,
    )


@contextmanager
def databases(plan: Plan, size: Size | None = None) -> Generator[tuple[Mapping[str, str], Server | None]]:
    """The database of every stack: one that all share on PostgreSQL, a file for each on SQLite."""
    if plan.database == "postgresql":
        with postgresql() as server, fresh_database(server) as url:
            fill_postgresql(url, size)
            yield {stack.name: url for stack in plan.stacks}, server
        return
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        template = Path(folder) / "template.db"
        fill_sqlite(template, size)
        places: dict[str, str] = {}
        for stack in plan.stacks:
            path = Path(folder) / f"{stack.name}.db"
            path.write_bytes(template.read_bytes())
            places[stack.name] = str(path)
        yield places, None


def run(plan: Plan) -> dict[str, Any]:
    """Everything of one database: ratios of each workload, round trips, what was compared."""
    check_wrk()
    with databases(plan) as (places, server), _everybody(plan, places) as served:
        compared = asyncio.run(compare(plan.workloads, [(one.stack, one.ask) for one in served]))
        print(f"{plan.database}: {compared} answers are equal", flush=True)
        trips = _round_trips(plan, places) if server is not None else {}
        measured = _rounds(plan, served, server)
    return {
        "workloads": {
            name: ratios.table(rounds, BASE) for name, rounds in measured.items() if rounds.get(BASE)
        },
        "round_trips": trips,
        "stacks": {stack.name: stack.title for stack in plan.stacks},
        "titles": {workload.name: workload.title for workload in plan.workloads},
        "method": {
            "rounds": plan.rounds,
            "seconds": plan.seconds,
            "connections": plan.connections,
            "answers_compared": compared,
        },
    }


def _everybody(plan: Plan, places: Mapping[str, str]) -> AbstractContextManager[list[Served]]:
    return serving_all([(stack, places[stack.name]) for stack in plan.stacks], core=cores()[0])


Rounds = dict[str, dict[str, list[dict[str, float | None]]]]


def _rounds(plan: Plan, served: Sequence[Served], server: Server | None) -> Rounds:
    """Workload → stack → figures of each round."""
    found: Rounds = {}
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        for workload in plan.workloads:
            files = _files(Path(folder), workload, served)
            found[workload.name] = {name: [] for name in files}
            able = [one for one in served if one.stack.name in files]
            for one in able if plan.rounds > 1 else ():
                load(
                    one.port, files[one.stack.name], seconds=1, connections=plan.connections, core=cores()[1]
                )
            for turn in range(plan.rounds):
                for one in rotated(able, turn):
                    figures = _measured(plan, one, files[one.stack.name], server)
                    found[workload.name][one.stack.name].append(figures)
            _say(workload, found[workload.name])
    return found


def _files(folder: Path, workload: Workload, served: Sequence[Served]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for one in served:
        if workload.offered_by(one.stack):
            path = folder / f"{workload.name}-{one.stack.name}.txt"
            write_requests(path, requests(workload, one.stack, count=QUESTIONS))
            found[one.stack.name] = path
    return found


def _measured(plan: Plan, one: Served, file: Path, server: Server | None) -> dict[str, float | None]:
    """One short run: requests per second, CPU per request, latencies."""
    own, database = one.cpu(), server.cpu() if server else None
    result = load(one.port, file, seconds=plan.seconds, connections=plan.connections, core=cores()[1])
    if result.wrong:
        raise RuntimeError(f"{one.stack.name}: {result.wrong} requests of {file.stem} failed under load.")
    used = (one.cpu() - own) / result.requests
    after = server.cpu() if server else None
    behind = None if after is None or database is None else (after - database) / result.requests
    return {
        "requests": result.per_second,
        "cpu": used,
        "database_cpu": behind,
        "both_cpu": used if behind is None else used + behind,
        "p50": result.p50,
        "p99": result.p99,
    }


def _say(workload: Workload, rounds: Mapping[str, list[dict[str, float | None]]]) -> None:
    """One line for each stack while the run goes on."""
    print(
        f"\n{workload.title}: requests/s, CPU (server; database too), p50, p99; round trips are listed apart"
    )
    for name, figures in ratios.table(rounds, BASE).items():
        cells = [
            f"{figures[key]['median']:6.2f}" if key in figures else "     –"
            for key in ("requests", "cpu", "both_cpu", "p50", "p99")
        ]
        print(f"  {name:16} {' '.join(cells)}   spread {figures['requests']['spread']:.0%}", flush=True)


def _round_trips(plan: Plan, places: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Workload → stack → round trips per request, counted on the wire behind a proxy."""
    found: dict[str, dict[str, float]] = {workload.name: {} for workload in plan.workloads}
    for stack in plan.stacks:
        url = places[stack.name]
        head, tail = url.rsplit("@", 1)
        address, name = tail.split("/", 1)
        host, _, port = address.partition(":")
        with tap(host, int(port or 5432)) as proxy:
            through = f"{head}@127.0.0.1:{proxy.port}/{name}"
            with serving_all([(stack, through)], BENCH_POOL="1") as (one,):
                for workload in plan.workloads:
                    if workload.offered_by(stack):
                        found[workload.name][stack.name] = _trips(one, workload, proxy.round_trips)
    return found


def _trips(one: Served, workload: Workload, round_trips: Any) -> float:
    """Round trips of ten requests, after some that prepare the statements."""
    asked = list(requests(workload, one.stack, count=20, seed=11))
    for request in asked[:10]:
        one.ask_now(request)
    time.sleep(0.1)
    before = round_trips()
    for request in asked[10:]:
        one.ask_now(request)
    time.sleep(0.1)  # Some end their transaction after the answer.
    return float(round_trips() - before) / 10

"""Run the ORM workloads: equal answers first, then interleaved rounds in one process.

python -m benchmarks orm --quick
python -m benchmarks orm --database sqlite --adapters portico,tortoise --workloads F,L
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.measure import ratios
from benchmarks.measure.clocks import cores
from benchmarks.measure.databases import fresh_database, postgresql
from benchmarks.measure.ratios import rotated

from .protocol import Adapter
from .restoring import Restorer, restorer
from .tables import LEVELS, MADE, MOVIES, entries, fill_postgresql, fill_sqlite

ADAPTERS: Mapping[str, tuple[str, str, str | None]] = {
    "driver": ("asyncpg", "ByHand", None),
    "aiosqlite": ("sqlite", "InThread", None),
    "sqlalchemy-core": ("sqlalchemy", "Core", None),
    "sqlalchemy-orm": ("sqlalchemy", "Orm", None),
    "sqlmodel": ("sqlmodel", "SqlModel", "sqlmodel"),
    "tortoise": ("tortoise", "ByTortoise", "tortoise"),
    "piccolo": ("piccolo", "ByPiccolo", "piccolo"),
    "portico": ("portico", "ByPortico", None),
    "portico-off": ("portico", "General", None),
    "portico-atomic": ("portico", "InUnit", None),
}
BASE = "driver"
QUICK = "driver,sqlalchemy-orm,tortoise,portico,portico-off,portico-atomic"
QUICK_WORKLOADS = "ACDFGL"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What is timed; ``marked`` says how many rows are made before, for it to change or delete."""

    title: str
    run: Callable[[Adapter, Sequence[Any]], Awaitable[Any]]
    marked: int = 0
    slow: bool = False


async def _each(times: int, call: Callable[[int], Awaitable[Any]]) -> Any:
    found: Any = None
    for number in range(times):
        found = await call(number)
    return found


@cache
def _huge() -> list[tuple[Any, ...]]:
    """Made once, and not while the clock runs."""
    return list(entries(MADE, 100_000))


WORKLOADS: Mapping[str, Workload] = {
    "A": Workload(
        title="insert 50 rows, each its own transaction",
        run=lambda adapter, _: adapter.insert_each(entries(MADE, 50)),
    ),
    "B": Workload(
        title="insert 200 rows one by one in one transaction",
        run=lambda adapter, _: adapter.insert_together(entries(MADE, 200)),
    ),
    "C": Workload(
        title="insert 1,000 rows in bulk",
        run=lambda adapter, _: adapter.insert_bulk(entries(MADE, 1_000)),
    ),
    "D": Workload(
        title="filter, 1,000 objects",
        run=lambda adapter, _: _each(3, lambda number: adapter.many(number % LEVELS)),
    ),
    "E": Workload(
        title="filter, 20 objects",
        run=lambda adapter, _: _each(30, lambda number: adapter.few(number % LEVELS)),
    ),
    "F": Workload(
        title="get one object by key",
        run=lambda adapter, _: _each(100, lambda number: adapter.get(1 + number * 97 % 10_000)),
    ),
    "G": Workload(
        title="filter, 1,000 dictionaries",
        run=lambda adapter, _: _each(3, lambda number: adapter.dicts(number % LEVELS)),
    ),
    "H": Workload(
        title="filter, 1,000 tuples",
        run=lambda adapter, _: _each(3, lambda number: adapter.tuples(number % LEVELS)),
    ),
    "I": Workload(
        title="change all columns of 100 objects in one transaction",
        run=lambda adapter, found: adapter.change_all(found, MADE),
        marked=100,
    ),
    "J": Workload(
        title="change one column of 100 objects in one transaction",
        run=lambda adapter, found: adapter.change_one(found, MADE),
        marked=100,
    ),
    "K": Workload(
        title="delete 100 objects in one transaction",
        run=lambda adapter, found: adapter.delete_together(found),
        marked=100,
    ),
    "L": Workload(
        title="a film with directors, cast, reviews and their authors",
        run=lambda adapter, _: _each(10, lambda number: adapter.movie(1 + number * 29 % MOVIES)),
    ),
    "M": Workload(
        title="change one column of 50 objects, each its own transaction",
        run=lambda adapter, found: adapter.change_each(found, MADE),
        marked=50,
    ),
    "N": Workload(
        title="delete 50 objects, each its own transaction",
        run=lambda adapter, found: adapter.delete_each(found),
        marked=50,
    ),
    "O": Workload(
        title="insert 100,000 rows in bulk, nothing needed back",
        run=lambda adapter, _: adapter.insert_huge(_huge()),
        slow=True,
    ),
}
"""A to K are those of the published Tortoise suite (its test of the small table); L to N are ours."""
SLOW_ROUNDS = 3


def adapters(names: str | None, database: str) -> list[Adapter]:
    """The adapters of a list of names, all by default; what is not installed is said aloud."""
    wanted = list(ADAPTERS) if names is None else [BASE, *(name for name in names.split(",") if name != BASE)]
    found: list[Adapter] = []
    for name in wanted:
        module, cls, package = ADAPTERS[name]
        if name == "aiosqlite" and database == "postgresql":
            continue
        if package is not None and find_spec(package) is None:
            print(f"left out: {name}: {package} is not installed (make bench installs it)")
            continue
        if name == BASE and database == "sqlite":
            module, cls = "sqlite", "InLoop"
        found.append(getattr(import_module(f"benchmarks.orm.adapters.{module}"), cls)())
    return found


@contextmanager
def filled(database: str, names: Sequence[str]) -> Generator[Mapping[str, str]]:
    """The place of each adapter's tables: shared on PostgreSQL, a file for each on SQLite."""
    if database == "postgresql":
        with postgresql() as server, fresh_database(server) as url:
            fill_postgresql(url)
            yield dict.fromkeys(names, url)
        return
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        template = Path(folder) / "template.db"
        fill_sqlite(template)
        places: dict[str, str] = {}
        for name in names:
            path = Path(folder) / f"{name}.db"
            path.write_bytes(template.read_bytes())
            places[name] = str(path)
        yield places


def run(
    database: str, *, names: str | None, workloads: str | None, rounds: int, quick: bool
) -> dict[str, Any]:
    """Ratios of every workload on one database."""
    import uvloop

    wanted = workloads.split(",") if workloads else list(QUICK_WORKLOADS if quick else WORKLOADS)
    found = adapters(names or (QUICK if quick else None), database)
    with filled(database, [adapter.name for adapter in found]) as places:
        measured = uvloop.run(_run(found, places, wanted, rounds))
    return {
        "workloads": {key: ratios.table(figures, BASE) for key, figures in measured.items()},
        "titles": {key: WORKLOADS[key].title for key in wanted},
        "adapters": {adapter.name: adapter.title for adapter in found},
        "method": {"rounds": rounds, "cores": list(cores())},
    }


Rounds = dict[str, dict[str, list[dict[str, float | None]]]]


async def _run(
    adapters: Sequence[Adapter], places: Mapping[str, str], wanted: Sequence[str], rounds: int
) -> Rounds:
    restorers = {adapter.name: await restorer(places[adapter.name]) for adapter in adapters}
    for adapter in adapters:
        await adapter.open(places[adapter.name])
    try:
        await check(adapters)
        measured: Rounds = {}
        for key in wanted:
            measured[key] = await _rounds(key, adapters, restorers, rounds)
            _say(key, WORKLOADS[key], measured[key])
        return measured
    finally:
        for adapter in adapters:
            await adapter.close()
        for one in restorers.values():
            await one.close()


async def _rounds(
    key: str, adapters: Sequence[Adapter], restorers: Mapping[str, Restorer], rounds: int
) -> dict[str, list[dict[str, float | None]]]:
    """The figures of one workload: a first round warms up, unless it would take too long."""
    workload = WORKLOADS[key]
    able = [adapter for adapter in adapters if key not in adapter.without]
    measured: dict[str, list[dict[str, float | None]]] = {adapter.name: [] for adapter in able}
    if workload.slow:
        _huge()
    turns = range(min(rounds, SLOW_ROUNDS)) if workload.slow else range(-1, rounds)
    for turn in turns:
        for adapter in rotated(able, turn):
            figures = await _timed(adapter, workload, restorers[adapter.name])
            if turn >= 0:
                measured[adapter.name].append(figures)
    return measured


async def check(adapters: Sequence[Adapter]) -> None:
    """Every adapter gives the same film and the same rows."""
    async with adapters[0].around():
        expected = await adapters[0].movie(7)
        rows = [tuple(row)[2:] for row in await adapters[0].tuples(3)]
    for adapter in adapters[1:]:
        async with adapter.around():
            found = await adapter.movie(7)
            others = [tuple(row)[2:] for row in await adapter.tuples(3)]
            one = await adapter.get(11)
        if found != expected:
            raise RuntimeError(f"{adapter.name} shows another film:\n{expected}\n{found}")
        if sorted(others) != sorted(rows) or one is None:
            raise RuntimeError(f"{adapter.name} has other rows.")


async def _timed(adapter: Adapter, workload: Workload, restore: Restorer) -> dict[str, float | None]:
    marked: Sequence[Any] = ()
    async with adapter.around():
        if workload.marked:
            await restore.mark(workload.marked)
            marked = await adapter.many(restore.MARKED)
            if len(marked) != workload.marked:
                raise RuntimeError(f"{adapter.name} found {len(marked)} rows to work on.")
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        await workload.run(adapter, marked)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    await restore.forget()
    return {"wall": wall, "cpu": cpu}


def _say(key: str, workload: Workload, rounds: Mapping[str, Any]) -> None:
    print(f"\n{key}  {workload.title}: wall, client CPU")
    for name, figures in ratios.table(rounds, BASE).items():
        wall, cpu = figures["wall"], figures.get("cpu", {"median": float("nan")})
        print(
            f"  {name:16} {wall['median']:7.2f} {cpu['median']:7.2f}   spread {wall['spread']:.0%}",
            flush=True,
        )

"""The command of all benchmarks; benchmarks/README.md says how to read what it prints.

python -m benchmarks all --quick        # a smoke test of everything
python -m benchmarks http --database sqlite --stacks portico,usual --rounds 5
python -m benchmarks page               # the page from results.json, measuring nothing
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.measure import results
from benchmarks.measure.databases import MissingTool
from benchmarks.report import page

FAMILIES = ("http", "orm", "relational", "growth", "footprint", "mixins")
EVERYWHERE = "postgresql,sqlite"
ROUNDS = {"http": 7, "orm": 7, "relational": 7, "growth": 3, "footprint": 5, "mixins": 7}


def arguments() -> argparse.Namespace:
    """The arguments of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", nargs="?", default="all", choices=[*FAMILIES, "all", "page", "check"])
    parser.add_argument("--quick", action="store_true", help="one round of little; results are not published")
    parser.add_argument("--database", default=EVERYWHERE, help="http, orm, mixins, check: which databases")
    parser.add_argument("--stacks", help="http, check: only these stacks")
    parser.add_argument("--adapters", help="orm, relational: only these adapters")
    parser.add_argument("--workloads", help="http, orm, growth, mixins: only these workloads")
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument("--connections", type=int, default=16, help="http: connections of clients at once")
    return parser.parse_args()


def partial(given: argparse.Namespace) -> bool:
    """Whether only some of a family is measured, which is not to be published."""
    return bool(given.stacks or given.adapters or given.workloads or given.database != EVERYWHERE)


def http(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """Requests over HTTP, for each database."""
    from benchmarks.http import compare

    found: dict[str, Any] = {}
    for database in given.database.split(","):
        plan = compare.plan_of(
            database=database,
            stacks=given.stacks,
            workloads=given.workloads,
            quick=given.quick,
            rounds=rounds,
            connections=given.connections,
        )
        found[database] = compare.run(plan)
    return found


def orm(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """Model calls, for each database."""
    from benchmarks.orm import run

    return {
        database: run.run(
            database, names=given.adapters, workloads=given.workloads, rounds=rounds, quick=given.quick
        )
        for database in given.database.split(",")
    }


def relational(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """A film with a millisecond of network."""
    from benchmarks.orm import relational as family

    return family.run(names=given.adapters, rounds=rounds)


def growth(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """Curves, and their plot."""
    from benchmarks.growth import run

    return run.run(names=given.workloads, quick=given.quick, rounds=rounds)


def footprint(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """Start, memory, collector, connections."""
    from benchmarks.footprint import run

    return run.run(quick=given.quick, rounds=rounds)


def mixins(given: argparse.Namespace, rounds: int) -> dict[str, Any]:
    """What each mixin costs."""
    from benchmarks.mixins import run

    return run.run(databases=given.database, workloads=given.workloads, quick=given.quick, rounds=rounds)


RUNNERS: dict[str, Callable[[argparse.Namespace, int], dict[str, Any]]] = {
    "http": http,
    "orm": orm,
    "relational": relational,
    "growth": growth,
    "footprint": footprint,
    "mixins": mixins,
}


def main() -> int:
    """Measure, keep what was measured, and write the page."""
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    if given.family == "check":
        from benchmarks.http import checking

        print(checking.check(given.stacks, given.workloads))
        return 0
    aside = given.quick or partial(given)
    path = results.path_of(quick=aside)
    try:
        for family in FAMILIES if given.family == "all" else (given.family,):
            if family == "page":
                continue
            print(f"\n── {family}", flush=True)
            rounds = given.rounds or (1 if given.quick else ROUNDS[family])
            begun = results.facts()
            results.keep(path, family, RUNNERS[family](given, rounds), begun)
    except MissingTool as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    print(f"\nresults: {path}\npage: {page.write(path, quick=aside)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

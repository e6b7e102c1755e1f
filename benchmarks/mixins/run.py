"""What each mixin costs per get, list, create and update, over HTTP and without.

python -m benchmarks mixins --quick
"""

from __future__ import annotations

from typing import Any

from benchmarks.http.load import check_wrk

from . import calls, over_http
from .asking import TITLES
from .classes import VARIANTS
from .filling import ROWS, filled

QUICK_WORKLOADS = ("get", "create")


def run(*, databases: str, workloads: str | None, quick: bool, rounds: int) -> dict[str, Any]:
    """Both, for each database: requests first, since they compare all answers."""
    import uvloop

    check_wrk()
    wanted = workloads.split(",") if workloads else list(QUICK_WORKLOADS if quick else TITLES)
    if unknown := [name for name in wanted if name not in TITLES]:
        raise SystemExit(f"There is no workload {', '.join(unknown)}; there are {', '.join(TITLES)}.")
    found: dict[str, Any] = {}
    for database in databases.split(","):
        print(f"\n{database}", flush=True)
        with filled(database) as (place, server):
            requests = over_http.measure(place, server, wanted, rounds)
            found[database] = {
                "http": requests,
                "calls": uvloop.run(calls.measure(place, wanted, rounds)),
            }
    return {
        "databases": found,
        "variants": {name: variant.title for name, variant in VARIANTS.items()},
        "titles": {name: TITLES[name] for name in wanted},
        "method": {
            "rounds": rounds,
            "rows": ROWS,
            "connections": over_http.CONNECTIONS,
            "calls": {name: calls.COUNTS[name] for name in wanted},
        },
    }

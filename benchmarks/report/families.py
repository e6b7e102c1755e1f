"""The tables of each family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .tables import median, number, pair, ratios, spreads, table

DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def http(figures: Mapping[str, Any]) -> str:
    """Requests/s, CPU, latencies and round trips, for each database."""
    parts: list[str] = []
    for database, found in figures.items():
        measured, rows, columns = found["workloads"], found["stacks"], found["titles"]
        method = found["method"]
        parts.append(
            f"### {DATABASES[database]}\n\n{method['answers_compared']} answers were compared and equal; "
            f"{method['rounds']} rounds of {method['seconds']} s with {method['connections']} connections; "
            f"requests/s: {spreads(measured, 'requests')}."
        )
        for title, cell in _cells(database):
            shown = ratios(measured, rows=rows, columns=columns, cell=cell)
            parts.append(f"{title}\n\n{shown}")
        if found["round_trips"]:
            parts.append(f"Round trips per request, counted on the wire:\n\n{_trips(found)}")
    return "\n\n".join(parts)


def _cells(database: str) -> list[tuple[str, Any]]:
    cells = [
        ("**Requests per second**, ratio to the base (more is better):", median("requests")),
        ("CPU of the server process per request, ratio to the base (less is better):", median("cpu")),
    ]
    if database == "postgresql":
        cells.append(("CPU of server process and PostgreSQL together, per request:", median("both_cpu")))
    return [*cells, ("Latency, p50 / p99, ratio to the base:", pair("p50", "p99"))]


def _trips(found: Mapping[str, Any]) -> str:
    columns = {key: title for key, title in found["titles"].items() if key != "plain"}
    rows = [
        [title, *(_trip(found["round_trips"][key].get(name)) for key in columns)]
        for name, title in found["stacks"].items()
    ]
    return table(["", *columns.values()], rows)


def _trip(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"


def orm(figures: Mapping[str, Any]) -> str:
    """Wall time and client CPU, for each database."""
    parts: list[str] = []
    for database, found in figures.items():
        measured, rows = found["workloads"], found["adapters"]
        letters = {key: key for key in found["titles"]}
        parts.append(
            f"### {DATABASES[database]}\n\n{found['method']['rounds']} rounds; wall time: "
            f"{spreads(measured, 'wall')}.\n\n**Wall time**, ratio to the driver (less is better):"
        )
        parts.append(ratios(measured, rows=rows, columns=letters, cell=median("wall")))
        parts.append("Client CPU, ratio to the driver:")
        parts.append(ratios(measured, rows=rows, columns=letters, cell=median("cpu")))
    titles = next(iter(figures.values()))["titles"]
    legend = "; ".join(f"**{key}** {title}" for key, title in titles.items())
    return "\n\n".join([legend + ".", *parts])


def relational(figures: Mapping[str, Any]) -> str:
    """Wall time, CPU and round trips of the film."""
    readers = figures["readers"]
    head = ["", "round trips"]
    for count in readers:
        head += [f"wall, {count} at a time", f"CPU, {count} at a time"]
    rows: list[list[str]] = []
    for name, title in figures["adapters"].items():
        row = [title, _trip(figures["round_trips"][name])]
        for measured in readers.values():
            row += [median("wall")(measured[name]), median("cpu")(measured[name])]
        rows.append(row)
    return table(head, rows)


def growth(figures: Mapping[str, Any]) -> str:
    """The plot, and the figures that it is drawn from."""
    parts = ["![CPU per request as work grows](performance-growth.svg)"]
    for curve in figures["curves"].values():
        head = [f"{curve['title']}", *(f"{point:,}" for point in curve["points"])]
        rows = [[f"`{name}`", *(number(value) for value in values)] for name, values in curve["cpu"].items()]
        parts.append(table(head, rows))
    return "\n\n".join(parts)


def footprint(figures: Mapping[str, Any]) -> str:
    """Start, memory, collector, connections."""
    models, titles = figures["method"]["models"], figures["stacks"]
    start = [
        [
            f"`{name}`",
            *(f"{found[key]:.2f}" for key in ("cpu_1", f"cpu_{models}")),
            *(f"{found[key]:.0f}" for key in ("mib_1", f"mib_{models}")),
        ]
        for name, found in figures["start"].items()
    ]
    head = ["", "CPU s, 1 model", f"CPU s, {models} models", "MiB, 1 model", f"MiB, {models} models"]
    worker = [
        [
            titles[name],
            f"{found['start']:.0f}",
            f"{found['loaded']:.0f}",
            str(figures["connections"].get(name, "–")),
        ]
        for name, found in figures["memory"].items()
    ]
    collector = [
        [f"`{name}`", *(f"{ways[way]['cpu']['median']:.2f} ({ways[way]['mib']:.0f} MiB)" for way in ways)]
        for name, ways in figures["collector"].items()
    ]
    ways = list(next(iter(figures["collector"].values())))
    return "\n\n".join(
        [
            "From nothing to the first answer:",
            table(head, start),
            f"A worker before and after load, and the connections it holds after {figures['method']['busy']} "
            "clients at once (pool of 16):",
            table(["", "MiB at start", "MiB after load", "connections"], worker),
            "The garbage collector: CPU per list of 100, ratio to Python's default (memory after load):",
            table(["", *ways], collector),
        ]
    )


def mixins(figures: Mapping[str, Any]) -> str:
    """CPU, wall time and round trips of each mixin, over HTTP and of model calls, for each database."""
    method, rows, columns = figures["method"], figures["variants"], figures["titles"]
    parts: list[str] = []
    for database, found in figures["databases"].items():
        parts.append(
            f"### {DATABASES[database]}\n\n{found['http']['answers_compared']} answers were compared and "
            f"equal; {method['rounds']} rounds; over HTTP with {method['connections']} connections, CPU: "
            f"{spreads(found['http']['workloads'], 'cpu')}."
        )
        for where, title in (("http", "Over HTTP"), ("calls", "Model calls")):
            measured = found[where]["workloads"]
            for words, figure in _COSTS[where]:
                if any(figure in one for workload in measured.values() for one in workload.values()):
                    shown = ratios(measured, rows=rows, columns=columns, cell=median(figure))
                    parts.append(f"{title}, {words}, ratio to the class without mixin:\n\n{shown}")
            if found[where]["round_trips"]:
                shown = _trips({**found[where], "titles": columns, "stacks": rows})
                parts.append(f"{title}, round trips:\n\n{shown}")
    return "\n\n".join(parts)


_COSTS = {
    "http": (
        ("**CPU** of the worker per request", "cpu"),
        ("CPU of worker and PostgreSQL together", "both_cpu"),
        ("wall time per request", "wall"),
    ),
    "calls": (("**CPU** per call", "cpu"), ("wall time per call", "wall")),
}

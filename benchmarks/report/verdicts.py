"""The goals that were set beforehand, and whether they are reached: computed, never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .tables import number, table

HTTP_GOALS = {"get": 1.8, "list-20": 1.7, "list-100": 1.6, "nested": 2.3, "create": 1.5}
PEERS = ("usual", "sqlmodel", "fastcrud", "tortoise", "piccolo", "litestar", "ninja")
TIMES_BEST_PEER = 4.0
TIMES_USUAL_ON_SQLITE = 7.0
ROW_CALLS = {"A": "create", "F": "get", "M": "update", "N": "delete"}
TIMES_DRIVER = 1.5
TIMES_COPY = 1.3


def summary(found: Mapping[str, Any]) -> str:
    """A table of goals with what was measured beside them; empty before the first run."""
    rows: list[list[str]] = []
    if "http" in found:
        rows += _http(found["http"]["figures"])
    if "orm" in found:
        rows += _orm(found["orm"]["figures"])
    if not rows:
        return ""
    head = ["goal", "asked", "measured", ""]
    return "## Goals and what was reached\n\n" + table(head, rows)


def _median(measured: Mapping[str, Any], name: str, figure: str) -> float | None:
    found = measured.get(name, {}).get(figure)
    return None if found is None else float(found["median"])


def _row(goal: str, asked: str, value: float | None, *, reached: bool, gap: float | None = None) -> list[str]:
    if value is None:
        return [goal, asked, "–", "not measured"]
    missing = f"**falls short**, {gap:.0%} missing" if gap is not None else "**falls short**"
    return [goal, asked, number(value), "reached" if reached else missing]


def _at_least(goal: str, least: float, value: float | None) -> list[str]:
    reached = value is not None and value >= least
    gap = None if value is None or reached else 1 - value / least
    return _row(goal, f"≥ {least}", value, reached=reached, gap=gap)


def _at_most(goal: str, most: float, value: float | None) -> list[str]:
    reached = value is not None and value <= most
    gap = None if value is None or reached else value / most - 1
    row = _row(goal, f"≤ {most}", value, reached=reached, gap=gap)
    return [*row[:3], row[3].replace("missing", "too much")]


def _http(figures: Mapping[str, Any]) -> list[list[str]]:
    rows: list[list[str]] = []
    for key, least in HTTP_GOALS.items():
        measured = figures.get("postgresql", {}).get("workloads", {}).get(key)
        if measured is None:
            continue
        title = figures["postgresql"]["titles"][key]
        ours = _median(measured, "portico", "requests")
        rows.append(_at_least(f"PostgreSQL, {title}: requests/s against the base", least, ours))
        best = _best(measured, PEERS, "requests")
        if ours is not None and best is not None:
            goal = f"PostgreSQL, {title}: times the best peer (`{best[0]}`)"
            rows.append(_at_least(goal, TIMES_BEST_PEER, ours / best[1]))
    for key, measured in figures.get("sqlite", {}).get("workloads", {}).items():
        ours, usual = _median(measured, "portico", "requests"), _median(measured, "usual", "requests")
        if key in HTTP_GOALS and ours is not None and usual:
            title = figures["sqlite"]["titles"][key]
            goal = f"SQLite, {title}: times FastAPI + SQLAlchemy"
            rows.append(_at_least(goal, TIMES_USUAL_ON_SQLITE, ours / usual))
    return rows


def _best(measured: Mapping[str, Any], names: Sequence[str], figure: str) -> tuple[str, float] | None:
    found = [(name, value) for name in names if (value := _median(measured, name, figure)) is not None]
    return max(found, key=lambda one: one[1], default=None)


def _orm(figures: Mapping[str, Any]) -> list[list[str]]:
    rows: list[list[str]] = []
    measured = figures.get("postgresql", {}).get("workloads", {})
    for key, call in ROW_CALLS.items():
        if key in measured:
            ours = _median(measured[key], "portico", "wall")
            rows.append(
                _at_most(f"PostgreSQL, single-row {call}: wall time against the driver", TIMES_DRIVER, ours)
            )
    for key in ("D", "E"):
        for peer in ("tortoise", "piccolo"):
            if key in measured and (other := _median(measured[key], peer, "wall")):
                ours = _median(measured[key], "portico", "wall")
                goal = f"PostgreSQL, list of instances ({key}): wall time against {peer}"
                rows.append(_at_most(goal, 1.0, None if ours is None else ours / other))
    if "O" in measured:
        ours = _median(measured["O"], "portico", "wall")
        rows.append(
            _at_most("PostgreSQL, 100,000 rows, nothing back: wall time against COPY", TIMES_COPY, ours)
        )
    return rows

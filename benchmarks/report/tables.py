"""Figures as tables of Markdown; what was not measured is a dash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Cell = Callable[[Mapping[str, Any]], str]
NOISY = 0.5


def number(value: float) -> str:
    """Two digits that matter."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def median(figure: str) -> Cell:
    """The median of a ratio; ° where the rounds lay far apart."""

    def cell(figures: Mapping[str, Any]) -> str:
        found = figures.get(figure)
        if found is None:
            return "–"
        return number(found["median"]) + ("°" if found["spread"] > NOISY and found["rounds"] > 1 else "")

    return cell


def pair(one: str, other: str) -> Cell:
    """Two medians in one cell."""
    first, second = median(one), median(other)
    return lambda figures: f"{first(figures)} / {second(figures)}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its first column to the left."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def ratios(
    measured: Mapping[str, Mapping[str, Mapping[str, Any]]],
    *,
    rows: Mapping[str, str],
    columns: Mapping[str, str],
    cell: Cell,
) -> str:
    """Candidates below each other, workloads beside each other."""
    present = [key for key in columns if key in measured]
    lines = [
        [title, *(cell(measured[key][name]) if name in measured[key] else "–" for key in present)]
        for name, title in rows.items()
    ]
    return table(["", *(columns[key] for key in present)], lines)


def spreads(measured: Mapping[str, Mapping[str, Mapping[str, Any]]], figure: str) -> str:
    """How far the rounds lay apart: the median and the largest of all cells."""
    found = sorted(
        figures[figure]["spread"]
        for workload in measured.values()
        for name, figures in workload.items()
        if figure in figures and figures[figure]["spread"] > 0
    )
    if not found:
        return "one round, so no spread"
    middle = found[len(found) // 2]
    return f"spread (largest - smallest) / median: {middle:.0%} in the middle, {found[-1]:.0%} at worst"

"""docs/explanation/performance.md from the results: words from `text`, figures from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import results
from benchmarks.measure.processes import ROOT

from . import families, text, verdicts

PAGE = ROOT / "docs" / "explanation" / "performance.md"
PLOT = "performance-growth.svg"
PARTS = (
    ("http", text.HTTP, families.http),
    ("orm", text.ORM, families.orm),
    ("relational", text.RELATIONAL, families.relational),
    ("growth", text.GROWTH, families.growth),
    ("footprint", text.FOOTPRINT, families.footprint),
    ("mixins", text.MIXINS, families.mixins),
)


def write(path: Path, *, quick: bool) -> Path:
    """Write the page (and the plot) from a file of results; a quick run writes beside its results."""
    found = results.load(path)
    target = path.with_name(PAGE.name) if quick else PAGE
    if "growth" in found:
        from benchmarks.growth import plot

        plot.draw(found["growth"]["figures"], target.with_name(PLOT))
    target.write_text(page(found), encoding="utf-8")
    return target


def page(found: Mapping[str, Any]) -> str:
    """The whole page."""
    parts = [text.HEAD, verdicts.summary(found), text.METHOD, text.SHORTFALLS]
    for family, words, render in PARTS:
        parts.append(words)
        if family in found:
            parts += [_when(found[family]["measured"]), render(found[family]["figures"])]
        else:
            parts.append(f"*Not measured yet: `make bench ARGS={family}`.*")
    parts += [text.FAIR, _versions(found)]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _when(measured: Mapping[str, Any]) -> str:
    facts = (
        f"Measured {measured['date']} at commit `{measured['commit']}`, Python {measured['python']}, "
        f"{measured['processor']} ({measured['cores']} cores), load {measured['load_at_start']} at the start."
    )
    return f"*{facts}*"


def _versions(found: Mapping[str, Any]) -> str:
    newest = max((part["measured"] for part in found.values()), key=lambda one: one["date"], default=None)
    if newest is None:
        return ""
    packages = ", ".join(f"{name} {version}" for name, version in newest["packages"].items())
    return f"## Versions\n\nPython {newest['python']}, SQLite {newest['sqlite']}; {packages}."

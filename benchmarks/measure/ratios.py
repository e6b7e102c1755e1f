"""Figures that survive a noisy machine: ratios of neighbours in time, and their median.

Each round measures every candidate once, in an order that rotates. A candidate is divided by the base *of the
same round*; the median over the rounds is reported, and how far the rounds lay apart.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Ratio:
    """The median of pair-by-pair ratios; ``spread`` is (largest - smallest) / median."""

    median: float
    spread: float
    rounds: int

    def plain(self) -> dict[str, Any]:
        """As it is stored in the results."""
        return asdict(self)


def ratio(values: Sequence[float | None], base: Sequence[float | None]) -> Ratio | None:
    """Values against the base of the same round; None when no round has both."""
    pairs = [one / other for one, other in zip(values, base, strict=True) if one is not None and other]
    if not pairs:
        return None
    middle = statistics.median(pairs)
    return Ratio(middle, (max(pairs) - min(pairs)) / middle if middle else 0.0, len(pairs))


def rotated(names: Sequence[T], turn: int) -> list[T]:
    """The names beginning at another place each time, every second round backwards."""
    at = turn % len(names) if names else 0
    order = [*names[at:], *names[:at]]
    return order[::-1] if turn % 2 else order


def table(
    measured: Mapping[str, Sequence[Mapping[str, float | None]]], base: str
) -> dict[str, dict[str, dict[str, Any]]]:
    """Rounds of each candidate (figure → value) to ratios: candidate → figure → ratio to the base."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, rounds in measured.items():
        found[name] = {}
        for figure in rounds[0] if rounds else ():
            result = ratio([one[figure] for one in rounds], [one[figure] for one in measured[base]])
            if result is not None:
                found[name][figure] = result.plain()
    return found

"""The relations that rows bring along, each with the rows that whoever asks may read.

query = scope.rows(posts).prefetch(*prefetches(scope, reach, plan.include))
"""

from __future__ import annotations

from collections.abc import Iterable

from portico.db.query import Prefetch
from portico.resources.grammar import Include, Reach
from portico.resources.scope import Scope

from .filtering import within_reach


def prefetches(scope: Scope, reach: Reach, includes: Iterable[Include]) -> list[Prefetch]:
    """What a query has to load; a relation that is closed to whoever asks is not loaded, so not shown."""
    found: list[Prefetch] = []
    for include in includes:
        if any(within_reach(scope, target) == [] for _, target in reach.walk(include.path)):
            continue
        found.append(Prefetch("__".join(include.path), query=scope.rows(reach.end(include.path))))
    return found

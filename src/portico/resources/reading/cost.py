"""Refuse what would cost the database too much, before it is run.

    await check_cost(query, reach.limits)        # PlanRefusedError, or nothing

Only where `Limits.max_cost` says so, since it takes a question to the planner first. The unit is the
database's own: on PostgreSQL the planner's cost, on MariaDB the rows it will examine. SQLite foresees
neither; an application that sets the limit there does not start (`check_can_foresee`).
"""

from __future__ import annotations

from typing import Any

from portico.db.query import Query, Rows, foresee
from portico.db.session import Database
from portico.errors import ConfigurationError, PlanRefusedError
from portico.resources.grammar import Limits


async def check_cost(query: Query[Any] | Rows[Any], limits: Limits) -> None:
    """PlanRefusedError when the database expects more work than one request may make."""
    if limits.max_cost is None:
        return
    refuse_cost((await foresee(query.state)).cost, limits)


def refuse_cost(cost: float | None, limits: Limits) -> None:
    """The same for a cost that is known already."""
    if limits.max_cost is not None and cost is not None and cost > limits.max_cost:
        raise PlanRefusedError(
            "This request would cost the database more than one request may.",
            hint="Filter by a field that has an index, sort by such a field, or ask for fewer rows.",
        )


def check_can_foresee(database: Database, limits: Limits) -> None:
    """ConfigurationError where a limit of cost was set and the database cannot say what anything costs."""
    if limits.max_cost is not None and not database.capabilities.foresees:
        raise ConfigurationError(
            f"Limits(max_cost=...) needs a database that foresees costs; {database.dialect_name} does not.",
            hint="Leave it out here; page sizes, time limits and the other limits hold everywhere.",
        )

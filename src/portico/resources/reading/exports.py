"""Run the plan of an export: all rows within reach, a batch at a time.

    async for rows in exported(scope, reach, plan):
        ...

Each batch is a statement of its own and begins where the one before ended, so memory stays small and no
connection waits for a slow client. Rows that change while they are read may come in their old or in their new
state. Raises `PlanRefusedError` before the first batch when there are more rows than may be exported, and
after a later one when others were added meanwhile: what is cut never looks complete.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from portico.db.query import Query
from portico.db.session import current_unit, isolated
from portico.errors import PlanRefusedError
from portico.resources.grammar import ExportPlan, Reach
from portico.resources.scope import Scope

from .cost import check_cost
from .filtering import filtered, ordered
from .including import prefetches

BATCH: Final = 500


async def exported(scope: Scope, reach: Reach, plan: ExportPlan) -> AsyncGenerator[list[Any]]:
    """The rows in batches; the first one comes in any case, and may be empty."""
    query, most = filtered(scope, reach, plan.filter), reach.limits.export_rows
    await check_cost(query, reach.limits)
    if await query.limit(most + 1).count() > most:
        raise _too_many(most)
    query = ordered(scope, reach, query, plan.order) if plan.order else query.order_by()
    query = query.prefetch(*prefetches(scope, reach, plan.include))
    home = scope.home(reach.resource)
    if not query.can_seek or (home.engines.memory and current_unit(home) is not None):
        # Without a key no row has a place to go on from; and a database in memory has one connection, which
        # a unit of work keeps.
        rows = await query.limit(most + 1)
        if len(rows) > most:
            raise _too_many(most)
        yield rows
        return
    async for rows in _batches(query, most):
        yield rows


async def _batches(query: Query[Any], most: int) -> AsyncGenerator[list[Any]]:
    found = await query.limit(BATCH).placed()
    sent = len(found.rows)
    yield found.rows
    while len(found.rows) == BATCH:
        # Whatever unit of work the request had, its reply has begun: that work is done.
        with isolated():
            found = await query.seek(found.positions[-1]).limit(BATCH).placed()
        sent += len(found.rows)
        if sent > most:
            raise _too_many(most)
        if found.rows:
            yield found.rows


def _too_many(most: int) -> PlanRefusedError:
    return PlanRefusedError(
        f"More than {most} rows would be exported.",
        hint="Choose fewer rows by conditions, or export in parts.",
    )

"""What goes and comes with the rows of a table: a statement for each foreign key and level, for all rows.

    await delete_along(db, posts, moment)       # the children of what was deleted at that moment
    await restore_along(db, posts, moment)      # those that went at that moment

Both run in the unit of work of the rows themselves. A key with on_delete "restrict" is asked last of all, so
that it holds back nothing whose children went by another way. Raises `ForeignKeyError` where it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from portico.db.models import mapper_of
from portico.db.query.conditions import Leaf
from portico.db.query.state import DELETED, State
from portico.db.query.writing import assign, next_version
from portico.db.scoping import Keeper, keeper_of, lifted
from portico.db.session import Database, run
from portico.errors import ConflictError, ForeignKeyError

from .dependents import Reference, dependents_of, owners_of


async def delete_along(database: Database, table: sa.Table, moment: datetime) -> None:
    """Delete what follows the rows of a table that were deleted at a moment, level by level."""
    waiting, touched = [table], [table]
    while waiting:
        parent = waiting.pop()
        mark = _keeper(parent).column
        if dependents_of(parent):
            await _wait_for_writers(database, parent, moment)
        for one in dependents_of(parent).following:
            if await _set_mark(database, one.child, moment, _is_there(one.child) & one.among(mark == moment)):
                waiting.append(one.child)
                touched.append(one.child)
    for parent in dict.fromkeys(touched):
        for one in dependents_of(parent).holding:
            await _refuse_held(database, one, moment)


async def _wait_for_writers(database: Database, table: sa.Table, moment: datetime) -> None:
    """Wait for units that refer to these rows and have not committed: their rows could not be seen.

    A mark alone does not make PostgreSQL wait for them, as a deletion does.
    """
    if database.capabilities.row_locks:
        held = sa.select(sa.literal(1)).select_from(table).where(_keeper(table).column == moment)
        with lifted((DELETED, table)):
            await run(database, held.with_for_update())


async def _refuse_held(database: Database, one: Reference, moment: datetime) -> None:
    left = [one.among(_keeper(one.parent).column == moment)]
    if keeper_of(one.child) is not None:
        left.append(_is_there(one.child))
    with lifted((DELETED, one.parent)):
        held = await _any(database, one.child, left)
    if held:
        raise ForeignKeyError(
            f"The row in {one.parent.name} is still referred to by {one.child.name}.",
            fields=[column.name for column in one.targets],
        )


async def restore_along(database: Database, table: sa.Table, moment: datetime) -> None:
    """Restore what went at a moment and belongs to rows that are there again, level by level.

    A row that belongs to several stays away until the last of them is back.
    """
    waiting = [table]
    while waiting:
        parent = waiting.pop()
        for one in dependents_of(parent).following:
            gone = _keeper(one.child).column == moment
            back = one.among(_is_there(one.parent))
            lost = [sa.not_(each) for each in _without_owner(one.child)]
            if await _set_mark(database, one.child, None, sa.and_(gone, back, *lost)):
                waiting.append(one.child)


async def refuse_orphans(database: Database, table: sa.Table, chosen: sa.ColumnElement[bool]) -> None:
    """Refuse rows of a table that are there while a row which they belong to is deleted."""
    for one, lost in zip(owners_of(table), _without_owner(table), strict=True):
        with lifted((DELETED, one.parent)):
            found = await _any(database, table, [chosen, lost])
        if found:
            raise ConflictError(
                f"The row in {table.name} belongs to one in {one.parent.name} that is deleted.",
                hint=f"Restore the row in {one.parent.name} first.",
                fields=[column.name for column in one.columns],
            )


def _without_owner(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """For each row that a row belongs to: whether that one is deleted."""
    return [
        sa.and_(*(column.is_not(None) for column in one.columns), one.among(~_is_there(one.parent)))
        for one in owners_of(table)
    ]


async def _any(database: Database, table: sa.Table, chosen: Iterable[sa.ColumnElement[bool]]) -> bool:
    there = sa.exists().select_from(table).where(*chosen)
    return bool((await run(database, sa.select(there))).scalar_one())


async def _set_mark(
    database: Database, table: sa.Table, moment: datetime | None, chosen: sa.ColumnElement[bool]
) -> int:
    """Mark rows, or take the mark away; statements about deleted parents have to see them, too."""
    keeper = _keeper(table)
    state = State(model=keeper.model, database=database, where=(Leaf(chosen, (), total=True),))
    seen = [table, *(one.parent for one in owners_of(table))]
    with lifted(*((DELETED, each) for each in seen)):
        number = await assign(state, marking(keeper, moment), None)
    return cast("int", number)


def marking(keeper: Keeper, moment: datetime | None) -> dict[Any, Any]:
    """The columns that a row gets which is deleted, or restored with None."""
    columns = mapper_of(keeper.model).columns
    return {keeper.column: moment} | {columns[n]: v for n, v in next_version(keeper.model, {}).items()}


def _is_there(table: sa.Table) -> sa.ColumnElement[bool]:
    column: sa.ColumnElement[bool] = _keeper(table).column.is_(None)
    return column


def _keeper(table: sa.Table) -> Keeper:
    return cast("Keeper", keeper_of(table))

"""What the database expects of a query before it is run: how many rows it gives, and how much work that is.

    foreseen = await foresee(query.state)
    foreseen.rows, foreseen.cost        # (1200, 35.5)

PostgreSQL answers with its planner's figures; the cost is in the planner's own unit, in which reading one
page of a table in order is 1. MariaDB says how many rows it will examine, which is then the cost. SQLite
foresees nothing: both are None there, except for the rows of a whole table that was analysed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.sql.selectable import SelectBase

from portico._kernel.doors import register_doors
from portico.db.session import Database, run

from .constructs import Explain
from .state import State
from .statements import compile_keys, select_objects, select_rows


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a database expects; None where it does not say."""

    rows: int | None
    cost: float | None


NOTHING = Foreseen(None, None)
_TEXT: Final = re.compile(r'^( *"\w+": )".*"(,?)$', re.MULTILINE)
"""A text in the plan of MariaDB, on a line of its own: conditions with their values, nothing escaped."""


async def foresee(state: State, *, keys_only: bool = False) -> Foreseen:
    """What the database expects of the statement of a query, or of one that asks for its keys alone."""
    database = state.chosen_database
    suited = state.suited(database)
    if not database.capabilities.foresees:
        return Foreseen(await _analysed(suited, database), None) if keys_only else NOTHING
    if keys_only:
        statement = compile_keys(suited)
    else:
        statement = select_rows(suited) if suited.columns else select_objects(suited)
    with state.reach():
        return await foresee_statement(database, statement)


async def foresee_statement(database: Database, statement: SelectBase) -> Foreseen:
    """The same for a statement that was compiled already."""
    if not database.capabilities.foresees:
        return NOTHING
    said = (await run(database, Explain(statement, figures=True))).scalar_one()
    if database.dialect_name in {"mysql", "mariadb"}:
        return _blocks(json.loads(_TEXT.sub(r'\1""\2', said)))
    document: Any = json.loads(said) if isinstance(said, str) else said
    return _plan(document[0]["Plan"])


def _plan(outermost: dict[str, Any]) -> Foreseen:
    """PostgreSQL: the outermost step knows the figures of all."""
    return Foreseen(int(outermost["Plan Rows"]), float(outermost["Total Cost"]))


def _blocks(document: dict[str, Any]) -> Foreseen:
    """MariaDB: a block for each select, in which the rows of the tables multiply each other."""
    blocks: list[dict[str, float]] = []
    _examine(document, {}, blocks)
    rows, cost = blocks[0].get("rows", 1.0), sum(block.get("examined", 1.0) for block in blocks)
    return Foreseen(round(rows), cost)


def _examine(node: Any, block: dict[str, float], blocks: list[dict[str, float]]) -> None:
    if isinstance(node, list):
        for one in cast("Iterable[Any]", node):
            _examine(one, block, blocks)
    elif isinstance(node, dict):
        step = cast("dict[str, Any]", node)
        if "rows" in step:
            number = float(step["rows"] or 0)
            block["examined"] = block.get("examined", 1.0) * max(number, 1.0)
            block["rows"] = block.get("rows", 1.0) * number * float(step.get("filtered", 100)) / 100
        for name, below in step.items():
            inner: dict[str, float] = block
            if name == "query_block":
                inner = {}
                blocks.append(inner)
            _examine(below, inner, blocks)


async def _analysed(state: State, database: Database) -> int | None:
    """SQLite: the rows of the table when it was analysed last."""
    if state.where or state.joins or state.is_sliced or state.mapper.single:
        return None
    tables = sa.table("sqlite_master", sa.column("name"))
    if not (await run(database, sa.select(tables.c.name).where(tables.c.name == "sqlite_stat1"))).all():
        return None
    known = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("stat"))
    table: Any = state.mapper.local_table
    chosen = sa.select(known.c.stat).where(known.c.tbl == getattr(table, "name", "")).limit(1)
    stat = (await run(database, chosen)).scalar()
    return int(str(stat).split(" ", 1)[0]) if stat else None


register_doors("db/query", reads=["foresee", "foresee_statement"])

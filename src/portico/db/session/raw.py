r"""SQL as text, with bound values.

    await db.execute_raw("UPDATE posts SET views = views + 1 WHERE id = :id", {"id": 1})
    rows = await db.fetch_all("SELECT * FROM posts WHERE author_id = :author", {"author": 1}, into=Post)

A colon that is no parameter is written ``\:``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.util.concurrency import greenlet_spawn

from portico.db.dialects import DRIVER_ERRORS, translate

from .handle import Handle
from .run import fetch, run
from .unit import current_unit


async def execute(database: Handle, sql: str, parameters: Any) -> int:
    """Run it and say how many rows it changed."""
    result = cast("sa.CursorResult[Any]", await run(database, sa.text(sql), parameters))
    return max(result.rowcount, 0)


async def fetch_all(database: Handle, sql: str, parameters: Mapping[str, Any] | None, into: Any) -> list[Any]:
    """Its rows: dictionaries, mapped objects, or whatever ``into`` makes of the columns as keywords."""
    statement = sa.text(sql)
    if into is not None and sa.inspect(into, raiseerr=False) is not None:
        bound = statement.bindparams(**parameters) if parameters else statement
        return await fetch(database, sa.select(into).from_statement(bound))
    rows = (await run(database, statement, parameters)).mappings()
    return [dict(row) if into is None else into(**row) for row in rows]


async def with_connection(database: Handle, work: Callable[[sa.Connection], object]) -> None:
    """Do something with a plain connection: the unit's, or one with a transaction of its own."""
    unit = current_unit(database)
    if unit is not None:
        await unit.perform(lambda session: session.run_sync(lambda sync: work(sync.connection())))
        return

    def begun() -> None:
        with database.engines.here().transactional.sync_engine.begin() as connection:
            work(connection)

    try:
        await greenlet_spawn(begun)
    except DRIVER_ERRORS as error:
        raise translate(error) from error

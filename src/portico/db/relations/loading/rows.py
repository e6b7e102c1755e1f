"""Run a select of an entity and more columns, as `fetch` runs one of an entity alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portico.db.engine import read
from portico.db.session import Database, current_unit


async def fetch_rows(database: Database, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    """The rows; outside of a unit the objects in them belong to no session."""
    unit = current_unit(database)
    if unit is not None:
        return (await unit.execute(statement)).unique().all()

    def work(engine: sa.Engine) -> Sequence[sa.Row[Any]]:
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            rows = session.execute(statement).unique().all()
            session.expunge_all()
            return rows

    return await read(database.engines, work)

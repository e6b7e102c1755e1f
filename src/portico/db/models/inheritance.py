"""Models over several tables (joined inheritance) are written by SQLAlchemy's own unit of work.

has_several_tables(Employee)     # True when Employee adds a table to Person's
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portico.db.models.keys import mapper_of
from portico.db.session import Database, atomic, current_unit


def has_several_tables(cls: type[Any]) -> bool:
    """Whether a row of the class is spread over more than one table."""
    return len(mapper_of(cls).tables) > 1


async def write_through_session(database: Database, instance: Any, values: dict[str, Any]) -> None:
    """Insert or update through a session in one transaction."""
    async with atomic(database):
        unit = current_unit(database)
        if unit is None:
            message = "atomic() opened no unit of work"
            raise RuntimeError(message)
        for name, value in values.items():
            if name not in instance.__dict__ or instance.__dict__[name] != value:
                setattr(instance, name, value)
        if sa.inspect(instance).session is None:
            unit.session.add(instance)
        await unit.session.flush()

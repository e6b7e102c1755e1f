"""Models over several tables (joined inheritance) are written by SQLAlchemy's own unit of work.

has_several_tables(Employee)     # True when Employee adds a table to Person's
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from portico.db.models.keys import mapper_of
from portico.db.session import Database, atomic, current_unit


def has_several_tables(cls: type[Any]) -> bool:
    """Whether a row of the class is spread over more than one table."""
    return len(mapper_of(cls).tables) > 1


def deletions(cls: type[Any], keys: Sequence[tuple[Any, ...]]) -> list[sa.Delete]:
    """The statements that delete the rows with these keys, from every table, the one with the whole last.

    A key whose row is of another class in the same table is passed over.
    """
    mapper = mapper_of(cls)
    # As the mapper knows it: the table of a tenant's rows may have more in its key.
    own = {mapper.primary_key[0].table: mapper.primary_key}
    statements = [
        sa.delete(table).where(among(own.get(table) or [*table.primary_key], keys))
        for table in reversed(mapper.tables)
    ]
    if mapper.inherits is not None and mapper.polymorphic_on is not None:
        kinds = [each.polymorphic_identity for each in mapper.self_and_descendants]
        statements[-1] = statements[-1].where(mapper.polymorphic_on.in_(kinds))
    return statements


def among(
    columns: Sequence[sa.ColumnElement[Any]], keys: Sequence[tuple[Any, ...]]
) -> sa.ColumnElement[bool]:
    """The condition for the rows with these keys."""
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return sa.tuple_(*columns).in_(keys)


async def write_through_session(database: Database, instance: Any, values: dict[str, Any]) -> None:
    """Insert or update through a session in one transaction; what is refused stays pending."""
    state = sa.inspect(instance)
    pending = {name: instance.__dict__[name] for name in values if name in state.committed_state}
    try:
        await _written_through(database, instance, values)
    except BaseException:
        for name, value in pending.items():
            setattr(instance, name, value)
        raise


async def _written_through(database: Database, instance: Any, values: dict[str, Any]) -> None:
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
        await unit.perform(lambda session: session.flush())

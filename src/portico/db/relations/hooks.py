"""What upper rooms lend to relations: queries, writing, and which database a class lives in.

    hooks.query = lambda cls, condition, database: Query(cls, database).filter(condition)
    hooks.insert = insert
    hooks.database_of = database_of

Relations stand below queries and models, so they ask here. Without the hooks, rows are written by a session
of the current database, and ``user.posts.filter(…)`` says what is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portico.db.session import Database, atomic, current_database
from portico.errors import ConfigurationError


def _no_query(cls: type[Any], condition: sa.ColumnElement[bool], database: Database) -> Any:
    raise ConfigurationError(
        f"Querying {cls.__name__} through a relation needs the query room.",
        hint=f"Import portico.db.query before asking {database!r} for {condition}.",
    )


async def _insert(database: Database, instance: Any) -> None:
    async with atomic(database) as unit:
        unit.session.add(instance)
        await unit.session.flush()


def _database_of(cls: type[Any]) -> Database:
    del cls
    return current_database()


@dataclass
class Hooks:
    """The three things that upper rooms replace."""

    query: Callable[[type[Any], sa.ColumnElement[bool], Database], Any] = _no_query
    insert: Callable[[Database, Any], Awaitable[None]] = _insert
    database_of: Callable[[type[Any]], Database] = _database_of


hooks = Hooks()

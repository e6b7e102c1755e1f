"""What upper rooms lend to relations: queries, writing, and which database a class lives in.

    hooks.query = lambda cls, condition, database: Query(cls, database).filter(condition)
    hooks.insert = insert
    hooks.database_of = database_of
    hooks.targets = compiled_targets

Relations stand below queries and models, so they ask here. Without the hooks, rows are written by a session
of the current database, and ``user.posts.filter(…)`` says what is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.session import Database, atomic, current_database
from portico.errors import ConfigurationError

Targets: TypeAlias = "dict[tuple[Any, ...], list[Any]]"
"""Objects by the keys of the parents that they belong to."""


def _no_query(cls: type[Any], condition: sa.ColumnElement[bool], database: Database) -> Any:
    raise ConfigurationError(
        f"Querying {cls.__name__} through a relation needs the query room.",
        hint=f"Import portico.db.query before asking {database!r} for {condition}.",
    )


async def _insert(database: Database, instance: Any) -> None:
    async with atomic(database) as unit:
        unit.session.add(instance)
        await unit.session.flush()


def _no_column(*_ends: Mapper[Any]) -> sa.Column[Any] | None:
    """Nothing stands in a junction but the two keys."""
    return None


def _made(_junction: sa.Table, *_ends: Mapper[Any]) -> None:
    """Nobody wants to know of junctions."""


def _database_of(cls: type[Any]) -> Database:
    del cls
    return current_database()


async def _no_targets(_database: Database, _plan: Any, _keys: Sequence[tuple[Any, ...]], _: Any) -> None:
    """Nobody knows a quicker way than a session."""


@dataclass
class Hooks:
    """What upper rooms replace."""

    query: Callable[[type[Any], sa.ColumnElement[bool], Database], Any] = _no_query
    insert: Callable[[Database, Any], Awaitable[None]] = _insert
    database_of: Callable[[type[Any]], Database] = _database_of
    targets: Callable[[Database, Any, Sequence[tuple[Any, ...]], Any], Awaitable[Targets | None]] = (
        _no_targets
    )
    """The targets of a relation's plan for some keys, with options; None where a session has to load them."""
    junction_column: Callable[..., sa.Column[Any] | None] = _no_column
    """One more column for the junction between two mappers, which becomes a part of its key."""
    junction_made: Callable[..., None] = _made
    """Called with a junction of ours and the two mappers, when it is made."""


hooks = Hooks()

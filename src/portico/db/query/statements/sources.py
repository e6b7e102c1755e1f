"""Refuse expressions about a table that the query does not read: they would multiply every row with it.

Post.filter(User.username == "ann")      # UsageError: say Post.author.username, or join(User, on=...)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.query.conditions import Leaf, Negation, Node, elements
from portico.db.query.state import State
from portico.db.relations import Path, path_of
from portico.errors import UsageError


def check_sources(state: State, node: Node) -> None:
    """Raise UsageError when a condition is about something that the query does not read."""
    for leaf in _leaves(node):
        if leaf.foreign:
            check_element(state, leaf.element)


def check_element(state: State, element: Any) -> None:
    """The same for one expression."""
    known = {id(sa.inspect(join.entity)) for join in state.joins}
    for each in elements(element):
        entity = getattr(each, "_annotations", {}).get("parententity")
        if entity is None:
            _check_table(state, each)
            continue
        if id(entity) in known:
            continue
        path = path_of(entity)
        entity = path.root if path is not None else entity
        if id(entity) not in known and not _same(state.mapper, entity):
            raise _stranger(state, entity, path)


def _check_table(state: State, element: Any) -> None:
    """A bare column of a table, without a class around it."""
    table = getattr(element, "table", None)
    if not isinstance(table, sa.Table):
        return
    tables: set[Any] = {*state.mapper.tables}
    for join in state.joins:
        tables.update(sa.inspect(join.entity).mapper.tables)
    if table not in tables:
        raise UsageError(
            f"The query does not read the table {table.name}.",
            hint=f"Go through a relation of {state.model.__name__}, or join its class first.",
        )


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
        return
    children: Iterable[Node] = (node.child,) if isinstance(node, Negation) else node.children
    for child in children:
        yield from _leaves(child)


def _same(mapper: Mapper[Any], entity: Any) -> bool:
    return not entity.is_aliased_class and (mapper.isa(entity.mapper) or entity.mapper.isa(mapper))


def _stranger(state: State, entity: Any, path: Path | None) -> UsageError:
    name, model = entity.mapper.class_.__name__, state.model.__name__
    start = f"The path {path!r} starts at" if path is not None else "The query does not read"
    return UsageError(
        f"{start} {name}, and this query is about {model}.",
        hint=f"Go through a relation of {model}, or join({name}, on=...) first.",
    )

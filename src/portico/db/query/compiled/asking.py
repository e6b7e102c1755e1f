"""What a query asks apart from its values: the key of its statement, and the same query with slots for them.

    asking = Asking(Post.filter(author_id=7).limit(20).state)      # NoStructureError where there is no such
    asking.key, asking.values                                      # the same key for 8, and [7]
    state = asking.slotted(Slots(asking.values))                   # the query of the statement

Conditions are those that were given to `filter`, `exclude` and `get`; they are understood once more with
slots in them, by the code that understood them with their values.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any, Final

from portico.db.compiled import Slots
from portico.db.query.conditions import LASTING, node_of
from portico.db.query.conditions.structure import NoStructureError, Structure, is_own_column
from portico.db.query.state import Column, Key, State
from portico.db.query.statements import Room

LITERAL: Final = 100
"""Smaller limits stand in the text itself, by which PostgreSQL plans once and for all."""


class Asking:
    """A query taken apart into structure and values."""

    def __init__(self, state: State) -> None:
        asked = state.asked
        if asked is None or len(asked) != len(state.where) or is_special(state):
            raise NoStructureError
        self._state = state
        self._structure = structure = Structure()
        conditions = tuple([structure.key(state.model, one) for one in asked])
        self.values = values = structure.values
        if not all(type(value) in LASTING or isinstance(value, Enum) for value in values):
            raise NoStructureError
        order = state.order
        self.key: Hashable = (
            conditions,
            None if order is None else tuple([_key_of_order(one) for one in order]),
            tuple([_key_of_column(one) for one in state.columns]),
            self._limit(values),
            self._offset(values),
            state.unsorted,
            state.distinct,
        )

    def _limit(self, values: list[Any]) -> Hashable:
        limit = self._state.limit
        if limit is None or limit <= LITERAL:
            return limit
        values.append(limit)
        return "limit"

    def _offset(self, values: list[Any]) -> bool:
        offset = self._state.offset
        if offset:
            values.append(offset)
        return offset > 0

    def slotted(self, slots: Slots) -> State:
        """The query with slots for its values, but for limit and offset."""
        conditions = self._structure.slotted(slots)
        where = tuple([node for one in conditions if (node := node_of(self._state.model, one)) is not None])
        return self._state.but(where=where)

    def room(self, slots: Slots) -> Room:
        """Limit and offset, whose values are the last ones."""
        state, last = self._state, len(self.values)
        offset = None
        if state.offset:
            last -= 1
            offset = slots[last]
        large = state.limit is not None and state.limit > LITERAL
        return Room(limit=slots[last - 1] if large else state.limit, offset=offset)


def is_special(state: State) -> bool:
    """Whether there is something in it that is not asked often, or that needs a session."""
    return bool(
        state.joins
        or state.lock is not None
        or state.seek
        or state.backwards
        or state.only is not None
        or state.deleted
    )


def _key_of_order(key: Key) -> Hashable:
    said = key.descending, key.nulls_first
    return (key.name, *said) if key.named else (_own_attribute(key.expression), *said)


def _key_of_column(column: Column) -> Hashable:
    return column.name if column.named else (_own_attribute(column.expression), column.name)


def _own_attribute(expression: Any) -> Hashable:
    """A column of a mapped class itself, by class and name."""
    element: Any = (
        expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression
    )
    said = getattr(element, "_annotations", {})
    entity, name = said.get("parententity"), said.get("proxy_key")
    if not is_own_column(entity, name, element):
        raise NoStructureError
    return entity, name

"""Where a page begins: after a place in an order, which is given by the values of its sort keys.

    beyond(Seek(keys=keys, values=(moment, 7)))     # (created_at, id) > (:moment, 7)

Where all keys go one way and none can be NULL this is one comparison of rows, which an index on the keys
answers on PostgreSQL and SQLite; otherwise it is spelled out, with the first key in front as a range.
Places are read from the database and sent back as its driver has them, so that they compare exactly: no
microsecond, digit or collation gets lost on the way through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql import coercions, roles

from portico.db.compiled.slots import Slot
from portico.db.query.constructs import Beyond, Comparable, Stored
from portico.db.query.state import Key, Seek, State
from portico.errors import UsageError

from .ordering import effective_order

_STORED: Final = Stored()


def sought(state: State, position: Sequence[Any], *, backwards: bool, inclusive: bool) -> State:
    """The query from a place in its order on, or back from it."""
    if state.joins or state.columns or state.is_sliced or state.seek:
        raise UsageError(
            "seek() needs objects in an order of their own.",
            hint="Call it once, before limit() and offset(), on a query without join() and values().",
        )
    keys = seek_keys(state)
    if len(keys) != len(position):
        raise UsageError(
            f"This order has {len(keys)} keys, and the position {len(position)} values.",
            hint="Use a position that placed() gave for the same order.",
        )
    if backwards:
        keys = tuple(key.reversed() for key in keys)
    seek = Seek(keys=keys, values=tuple(position), inclusive=inclusive)
    return state.but(order=keys, seek=seek, backwards=backwards)


def seek_keys(state: State) -> tuple[Key, ...]:
    """The keys of an order that leaves nothing open."""
    return effective_order(state.but(limit=1, unsorted=False))


def can_seek(state: State) -> bool:
    """Whether each row has a place of its own: not so where a key is only counted out by the query."""
    return not getattr(state.model, "__portico_keyless__", False)


def other_side(seek: Seek) -> Seek:
    """What a seek leaves out."""
    turned = tuple(key.reversed() for key in seek.keys)
    return Seek(keys=turned, values=seek.values, inclusive=not seek.inclusive)


def positions(keys: Sequence[Key]) -> list[ColumnElement[Any]]:
    """The columns that say where a row stands."""
    return [
        sa.type_coerce(Comparable(_element(key)), _STORED).label(f"portico_place_{number}")
        for number, key in enumerate(keys)
    ]


def beyond(seek: Seek) -> ColumnElement[bool]:
    """The condition."""
    parts = [
        (key, Comparable(_element(key)), None if value is None else _stored(value))
        for key, value in zip(seek.keys, seek.values, strict=True)
    ]
    spelled_out = _spelled_out(parts, inclusive=seek.inclusive)
    one_way = len({key.descending for key in seek.keys}) == 1
    bound = [value for _, _, value in parts if value is not None]
    if len(parts) == 1 or not one_way or len(bound) < len(parts) or any(key.may_be_null for key in seek.keys):
        return spelled_out
    row = _past(
        sa.tuple_(*(expression for _, expression, _ in parts)),
        sa.tuple_(*bound),
        descending=seek.keys[0].descending,
        inclusive=seek.inclusive,
    )
    return Beyond(row, spelled_out)


def _stored(value: Any) -> ColumnElement[Any]:
    if isinstance(value, Slot):
        return value.parameter(None, lambda _: _STORED)
    return sa.literal(value, _STORED)


_Part = tuple[Key, ColumnElement[Any], "ColumnElement[Any] | None"]


def _spelled_out(parts: Sequence[_Part], *, inclusive: bool) -> ColumnElement[bool]:
    if not parts:
        return sa.true() if inclusive else sa.false()
    (key, expression, value), *others = parts
    nulls_first = not key.descending if key.nulls_first is None else key.nulls_first
    if value is None:
        same = sa.and_(expression.is_(None), _spelled_out(others, inclusive=inclusive))
        return sa.or_(expression.is_not(None), same) if nulls_first else same
    nulls_follow = key.may_be_null and not nulls_first
    after = _or_null(expression, _past(expression, value, descending=key.descending), wanted=nulls_follow)
    there = _past(expression, value, descending=key.descending, inclusive=True)
    from_there = _or_null(expression, there, wanted=nulls_follow)
    if not others:
        return from_there if inclusive else after
    # The range in front says nothing new, but an index can answer it.
    return sa.and_(from_there, sa.or_(after, _spelled_out(others, inclusive=inclusive)))


def _or_null(
    expression: ColumnElement[Any], condition: ColumnElement[bool], *, wanted: bool
) -> ColumnElement[bool]:
    return sa.or_(condition, expression.is_(None)) if wanted else condition


def _past(left: Any, right: Any, *, descending: bool, inclusive: bool = False) -> ColumnElement[bool]:
    found: ColumnElement[bool]
    if inclusive:
        found = left <= right if descending else left >= right
    else:
        found = left < right if descending else left > right
    return found


def _element(key: Key) -> ColumnElement[Any]:
    found: ColumnElement[Any] = coercions.expect(roles.ExpressionElementRole, key.expression)
    return found

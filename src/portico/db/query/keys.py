"""One object by its key or by values, and many by their keys.

    await get(query, 1, {})                     # or NotFoundError
    await get(query, (2, 7), {})                # a composite key, in key order
    await in_bulk(query, [1, 2, 3])             # {1: <Post>, 3: <Post>}

Raises `NotFoundError`, `MultipleFoundError`, and `InvalidError` for a key of the wrong shape.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.sql import operators

from portico.db.compiled.slots import Slot
from portico.errors import InvalidError, MultipleFoundError, NotFoundError, UsageError

from . import execution
from .conditions import Leaf, Operand, Q, among, as_tuple, check, exactly
from .selection import Selection
from .state import State, key_operands, names_of

M = TypeVar("M")
BULK: Final = 500


async def get(query: Selection[M], key: Any, conditions: Sequence[Any], lookups: Mapping[str, Any]) -> M:
    """The one object, or NotFoundError."""
    found = await get_or_none(query, key, conditions, lookups)
    if found is None:
        raise NotFoundError(f"{_described(query.state, key, lookups)} was not found.")
    return found


async def get_or_none(
    query: Selection[M], key: Any, conditions: Sequence[Any], lookups: Mapping[str, Any]
) -> M | None:
    """The one object, or None."""
    if key is not None:
        if not conditions and not lookups and (made := await execution.by_key(query.state, key)) is not None:
            return made[0] if made else None
        query = narrowed_to(query, [key])
    if conditions or lookups:
        query = query.filter(*conditions, **lookups)
    found = await query.some(1 if key is not None else 2)
    if len(found) > 1:
        raise MultipleFoundError(
            f"{_described(query.state, key, lookups)} was found several times.",
            hint="Ask by more values, or use filter().",
        )
    return found[0] if found else None


def narrowed_to(query: Selection[M], keys: Iterable[Any]) -> Selection[M]:
    """The query limited to these keys."""
    operands = key_operands(query.state.model)
    rows = [parts(operands, key) for key in keys]
    return query.narrowed_by(_among(operands, rows), _asked(operands, rows))


def _asked(operands: list[Operand], rows: list[tuple[Any, ...]]) -> Q | None:
    """The same as it would be given to `filter`; None where that has no words for it."""
    if len(rows) == 1:
        return Q(**{operand.name: part for operand, part in zip(operands, rows[0], strict=True)})
    if len(operands) == 1 and rows:
        return Q(**{exactly(operands[0].name, "in"): [part for (part,) in rows]})
    return None


def with_keys(state: State, keys: Iterable[Any]) -> State:
    """The same for a state."""
    operands = key_operands(state.model)
    return state.but(where=(*state.where, _among(operands, [parts(operands, key) for key in keys])))


def _among(operands: list[Operand], rows: list[tuple[Any, ...]]) -> Leaf:
    return Leaf(among(operands, rows), (), total=True, foreign=False)


def parts(operands: list[Operand], key: Any) -> tuple[Any, ...]:
    """The checked parts of a key, in key order."""
    given = as_tuple(key)
    if len(given) != len(operands):
        names = names_of([operand.name for operand in operands])
        why = f"The key of {operands[0].model} has {len(operands)} part(s): {names}."
        raise InvalidError(why, fields={operands[0].name: [why]})
    return tuple(check(operand, part) for operand, part in zip(operands, given, strict=True))


async def in_bulk(query: Selection[M], keys: Iterable[Any]) -> dict[Any, M]:
    """Objects by key, asked for in chunks."""
    if query.state.is_sliced:
        raise UsageError(
            "in_bulk() chooses by key, and the query is limited already.", hint="Leave the limit out."
        )
    operands = key_operands(query.state.model)
    wanted = list(dict.fromkeys(parts(operands, key) for key in keys))
    found: dict[Any, M] = {}
    for start in range(0, len(wanted), BULK):
        for each in await narrowed_to(query, wanted[start : start + BULK]):
            row = tuple(getattr(each, operand.name) for operand in operands)
            found[row[0] if len(row) == 1 else row] = each
    return found


def key_parameters(model: type[Any], names: Iterable[str], key: Sequence[Any]) -> tuple[Any, ...]:
    """A key of slots as parameters, each of the type that a plain value beside its column would have."""
    columns = {operand.name: operand.expression for operand in key_operands(model)}

    def parameter(name: str, part: Any) -> Any:
        if not isinstance(part, Slot):
            return part
        return part.parameter(None, partial(columns[name].type.coerce_compared_value, operators.eq))

    return tuple(parameter(name, part) for name, part in zip(names, key, strict=True))


def _described(state: State, key: Any, lookups: Mapping[str, Any]) -> str:
    """Names, and of values only keys that cannot be secrets: numbers and UUIDs."""
    model = state.model.__name__
    if key is None:
        return f"{model} with this {names_of(lookups)}" if lookups else f"The {model} asked for"
    operands = key_operands(state.model)
    names, given = [operand.name for operand in operands], parts(operands, key)
    if all(isinstance(part, int | uuid.UUID) for part in given):
        return f"{model} with " + names_of(f"{name}={part}" for name, part in zip(names, given, strict=True))
    return f"{model} with this {names_of(names)}"

"""Change or delete every row that a filter chooses, a bounded number of them.

    plan = parse_mass(reach, [("status", "draft"), ("max_affected", "10")])
    await change_matching(scope, reach, plan, body)       # the number of rows
    await delete_matching(scope, reach, plan)

Rows out of reach are neither touched nor counted. The rows are locked and counted before anything is written:
more than ``max_affected`` conflict with the request. A filter that leaves no row out is refused, however it
is spelt.
Raises `PlanRefusedError` for a filter that leaves no row out, `ConflictError` for too many rows, and what the
operations on one row raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from portico.db.models import bulk_delete, key_of, moving_columns, watches_assignment
from portico.db.query import Query
from portico.db.query.keys import narrowed_to
from portico.errors import ConflictError, InvalidError, PlanRefusedError
from portico.resources.description import Resource
from portico.resources.grammar import (
    RESERVED,
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Not,
    Reach,
    Related,
    Term,
    grouped,
    number,
    parse_filter,
    refuse_all,
)
from portico.resources.reading.filtering import filtered
from portico.resources.scope import Scope
from portico.resources.writing.checks import all_still_within_reach
from portico.resources.writing.directly import keeps_rules
from portico.resources.writing.discretion import guarded
from portico.resources.writing.passwords import hashed_one
from portico.resources.writing.references import Held, check_references_of_all
from portico.resources.writing.rows import change_one, in_unit, remove_one
from portico.resources.writing.values import sent_values

from .bulk import update_all

CHUNK: Final = 500
_PARTS: Final = frozenset({"contains", "startswith", "endswith"})
_OF_RELATED: Final[dict[tuple[str, bool | None], bool]] = {
    ("some", False): False,
    ("none", False): True,
    ("every", True): True,
}
_FILTERS: Final = ("where", "search")
_OPTIONS: Final = frozenset({"returning", "at_most"})
"""What Query.update() takes besides columns."""


@dataclass(frozen=True, slots=True)
class MassPlan:
    """Which rows are meant, and how many they may be."""

    filter: Filter
    max_affected: int


def parse_mass(reach: Reach, parameters: Iterable[tuple[str, str]]) -> MassPlan:
    """The plan that parameters ask for: the conditions of a list, and a bound."""
    given = grouped(parameters)
    most = reach.limits.max_affected
    bound = number("max_affected", given.pop("max_affected", None), most, (0, most))
    search, where = given.pop("search", None), given.pop("where", None)
    refuse_all((name for name in given if name in RESERVED), choices=(*_FILTERS, "max_affected"))
    chosen = parse_filter(reach, given, search, where)
    if chosen.search is None and all(_always(term) for term in chosen.where):
        raise PlanRefusedError(
            f"Without a condition this would reach every row of {reach.resource.name}.",
            hint="Choose rows: ?id__in=1,2 for instance.",
        )
    return MassPlan(chosen, bound)


async def change_matching(scope: Scope, reach: Reach, plan: MassPlan, body: BaseModel) -> int:
    """Set the same values in every row; the number of rows."""
    resource = reach.resource
    values = await hashed_one(scope, resource, _values(resource, body), "update")
    query = filtered(scope, reach, plan.filter, "update").lock()

    async def work() -> int:
        if _is_set_based(resource, values):
            keys = list(map(tuple, await _bounded(query, plan).values_list(*resource.identity)))
            _check_number(resource, plan, keys)
            await _set(scope, resource, keys, values)
            return len(keys)
        rows = list(await _bounded(query, plan))
        _check_number(resource, plan, rows)
        if resource.has_hooks("update"):
            for row in rows:
                await change_one(scope, resource, key_of(row), values)
        else:
            await update_all(scope, resource, [(row, values) for row in rows])
        return len(rows)

    with guarded(resource):
        return await in_unit(scope, resource, work)


async def delete_matching(scope: Scope, reach: Reach, plan: MassPlan) -> int:
    """Remove every row; the number of them."""
    resource = reach.resource
    query = filtered(scope, reach, plan.filter, "delete").lock()

    async def work() -> int:
        rows = list(await _bounded(query, plan))
        _check_number(resource, plan, rows)
        if resource.has_hooks("delete"):
            for row in rows:
                await remove_one(scope, resource, key_of(row))
        else:
            await bulk_delete(scope.home(resource), resource.model, rows)
        return len(rows)

    with guarded(resource):
        return await in_unit(scope, resource, work)


def _values(resource: Resource, body: BaseModel) -> dict[str, Any]:
    values = sent_values(resource, body)
    if not values:
        raise InvalidError("The body changes nothing.", fields={"": ["Name a field and its new value."]})
    fixed = sorted(values.keys() - resource.writable("update"))
    if fixed:
        raise InvalidError(
            f"The body was refused: {', '.join(fixed)}.",
            fields={name: ["Cannot be changed."] for name in fixed},
        )
    return values


def _bounded(query: Query[Any], plan: MassPlan) -> Query[Any]:
    """One row more than may be, which tells that there are too many."""
    return query.limit(plan.max_affected + 1)


def _check_number(resource: Resource, plan: MassPlan, rows: Sequence[Any]) -> None:
    if len(rows) > plan.max_affected:
        raise ConflictError(
            f"This would reach more than {plan.max_affected} rows of {resource.name}.",
            hint="Choose fewer by a condition, or allow more with max_affected=.",
        )


def _is_set_based(resource: Resource, values: Mapping[str, Any]) -> bool:
    """Whether one statement sets the values, without a look at each row."""
    if resource.has_hooks("update") or resource.version in values or _OPTIONS & values.keys():
        return False
    if moving_columns(resource.model, values) is None or watches_assignment(resource.model, values):
        return False
    # A reference of several parts, of which only some are sent, is another one for each row.
    return not any(0 < len(values.keys() & one.fields) < len(one.fields) for one in resource.references)


async def _set(
    scope: Scope, resource: Resource, keys: Sequence[tuple[Any, ...]], values: Mapping[str, Any]
) -> None:
    await check_references_of_all(scope, resource, [Held(values, values, {})])
    query: Query[Any] = Query(resource.model, scope.home(resource))
    for start in range(0, len(keys), CHUNK):
        chosen: Any = narrowed_to(query, keys[start : start + CHUNK])
        await chosen.update(**values)
    if not keeps_rules(scope, resource, values):
        await all_still_within_reach(scope, resource, keys, "update")


def _always(term: Term) -> bool:
    """Whether a term leaves no row out, NULLs aside."""
    return _decided(term) is True


def _decided(term: Term) -> bool | None:
    """What a term is of every row; None where that depends on the row."""
    found: bool | None = None
    match term:
        case Condition(lookup="in" | "not_in" as lookup, value=()):
            found = lookup == "not_in"
        case Condition(lookup=lookup, value="") if lookup.removeprefix("i") in _PARTS:
            found = True
        case AllOf(terms):
            inner = [_decided(one) for one in terms]
            found = False if False in inner else True if all(inner) else None
        case AnyOf(terms):
            inner = [_decided(one) for one in terms]
            found = True if True in inner else None if None in inner else False
        case Not(negated):
            below = _decided(negated)
            found = None if below is None else not below
        case Related(quantifier=quantifier, term=related):
            below = _decided(related)
            # Whether there are any related rows is another question.
            found = _OF_RELATED.get((quantifier, below))
        case _:
            pass
    return found

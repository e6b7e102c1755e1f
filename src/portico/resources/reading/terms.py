"""Terms of a filter as conditions of a query, in which only rows within reach answer.

    for unit in units(scope, reach, plan.filter.where):
        query = query.filter(unit)

A step over a relation whose target has a rule about rows becomes ``relation IN (the rows within reach ...)``:
whoever asks cannot tell a related row that is hidden from one that does not exist, whatever stands around
the condition. A related row that is not there has NULL in every field, as after a left join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, TypeAlias

from portico.db.query import Q, Query, exactly
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.grammar import AllOf, AnyOf, Condition, Not, Reach, Related, Term
from portico.resources.scope import Scope

Unit: TypeAlias = "tuple[Q, bool]"
"""A condition, and whether it is about one of many related rows: two of those must not share that row."""
Rows: TypeAlias = "Query[Any] | tuple[()]"


def units(scope: Scope, reach: Reach, terms: Iterable[Term]) -> Iterator[Q]:
    """Conditions that all have to hold, each for a ``filter`` of its own."""
    return (condition for condition, _ in _all(scope, reach, tuple(terms)))


def within_reach(scope: Scope, target: Resource) -> Any | None:
    """A sub-select of the rows that may be read, [] when none may, None when all may."""
    try:
        return None if scope.rule(target, "read") is None else scope.rows(target)
    except ForbiddenError:
        return []


def _all(scope: Scope, reach: Reach, terms: Sequence[Term]) -> Iterator[Unit]:
    """Comparisons that stand side by side and pass through the same relation ask the same related row."""
    yield from _together(scope, reach, [one for one in terms if isinstance(one, Condition)])
    for one in terms:
        if not isinstance(one, Condition):
            yield _unit(scope, reach, one)


def _unit(scope: Scope, reach: Reach, term: Term) -> Unit:
    match term:
        case AllOf(terms):
            return _joined(reach, _all(scope, reach, terms))
        case AnyOf(terms):
            return _either(reach, [_joined(reach, _all(scope, reach, (one,))) for one in terms])
        case Not(inner):
            return ~_joined(reach, _all(scope, reach, (inner,)))[0], False
        case Related():
            return _related(scope, reach, term)
        case Condition():
            return _joined(reach, _together(scope, reach, [term]))


def _either(reach: Reach, found: Sequence[Unit]) -> Unit:
    conditions = [condition for condition, _ in found]
    return reduce(lambda a, b: a | b, conditions) if conditions else _never(reach), any(
        many for _, many in found
    )


def _related(scope: Scope, reach: Reach, term: Related) -> Unit:
    if term.quantifier == "some":
        return _some(scope, reach, term.path, term.term), _is_many(reach, term.path)
    wrong = term.term if term.quantifier == "none" else Not(term.term)
    return ~_some(scope, reach, term.path, wrong), False


def _joined(reach: Reach, found: Iterable[Unit]) -> Unit:
    """One condition out of several; those about one of many rows are kept apart by a double negation."""
    every = list(found)
    if not every:
        return ~_never(reach), False
    many = [condition for condition, several in every if several]
    rest = [condition for condition, several in every if not several]
    apart = many[:1] + [~~condition for condition in many[1:]]
    together = [*rest, *apart]
    return together[0] if len(together) == 1 else Q(*together), bool(many)


def _never(reach: Reach) -> Q:
    return Q(**{exactly(reach.resource.identity[0], "in"): ()})


def _together(scope: Scope, reach: Reach, conditions: Sequence[Condition]) -> Iterator[Unit]:
    by_step: dict[str, list[Condition]] = {}
    plain: list[Condition] = []
    for one in conditions:
        if not one.path or _is_open(scope, reach, one.path):
            plain.append(one)
        else:
            by_step.setdefault(one.path[0], []).append(one)
    if plain:
        many = any(_is_many(reach, one.path) for one in plain)
        yield Q(*(Q(**{one.keyword: one.value}) for one in plain)), many
    for step, below in by_step.items():
        yield from _guarded(scope, reach, step, [_behind(one) for one in below])


def _behind(condition: Condition) -> Condition:
    return Condition(condition.path[1:], condition.field, condition.lookup, condition.value)


def _guarded(scope: Scope, reach: Reach, step: str, below: Sequence[Condition]) -> Iterator[Unit]:
    """Comparisons behind a relation, asked only of rows within reach."""
    inner = _behind_step(reach, step)
    if reach.resource.relations[step].many:
        yield Q(**{exactly(step, "in"): _rows(scope, inner, below)}), True
        return
    # Where there is no row a comparison that is true of NULL holds: unless a row says otherwise.
    of_null = [one for one in below if _holds_of_null(inner, one)]
    for one in of_null:
        yield ~Q(**{exactly(step, "in"): _rows(scope, inner, (Not(one),))}), False
    others = [one for one in below if one not in of_null]
    if others:
        many = any(_is_many(inner, one.path) for one in others)
        yield Q(**{exactly(step, "in"): _rows(scope, inner, others)}), many


def _some(scope: Scope, reach: Reach, path: tuple[str, ...], term: Term) -> Q:
    """There is a row within reach at the end of a path for which a term holds."""
    step, rest = path[0], path[1:]
    inner = _behind_step(reach, step)
    if rest:
        found = _rows_of(scope, inner, lambda: [_some(scope, inner, rest, term)])
    else:
        found = _rows(scope, inner, _parts(term))
    return Q(**{exactly(step, "in"): found})


def _parts(term: Term) -> Sequence[Term]:
    return term.terms if isinstance(term, AllOf) else (term,)


def _rows(scope: Scope, reach: Reach, terms: Sequence[Term]) -> Rows:
    return _rows_of(scope, reach, lambda: units(scope, reach, terms))


def _rows_of(scope: Scope, reach: Reach, conditions: Callable[[], Iterable[Q]]) -> Rows:
    """The rows within reach that fulfil conditions; nothing where all of it is closed to whoever asks."""
    try:
        query = scope.rows(reach.resource)
    except ForbiddenError:
        return ()
    for condition in conditions():
        query = query.filter(condition)
    return query


def _behind_step(reach: Reach, step: str) -> Reach:
    return Reach(reach.resources, reach.end((step,)), reach.limits)


def _is_open(scope: Scope, reach: Reach, path: tuple[str, ...]) -> bool:
    """Whether everybody may read every row on the way."""
    return all(within_reach(scope, target) is None for _, target in reach.walk(path))


def _is_many(reach: Reach, path: tuple[str, ...]) -> bool:
    return any(relation.many for relation, _ in reach.walk(path))


def _holds_of_null(reach: Reach, one: Condition) -> bool:
    """Whether a comparison is true of a row that is not there."""
    if _is_many(reach, one.path):
        return False
    if one.lookup in ("in", "not_in"):
        return (None in one.value) == (one.lookup == "in")
    asks_null = {"isnull": one.value, "exact": one.value is None, "ne": one.value is not None}
    return bool(asks_null.get(one.lookup, False))

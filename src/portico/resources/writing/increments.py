"""Add to numbers of one row where they stand, so that nobody's addition is lost.

    post = await increment_row(scope, posts, (1,), {"likes": 1, "price": Decimal("-0.50")})

Whole numbers are added by one statement whose WHERE holds the field's limits; whatever that statement does
not reach (other numbers, a limit, code of the application) is computed in a unit that has locked the row, by
the rules of every update.
Raises `ConflictError` where the row's number cannot take the amount (a limit is left, there is no number to
add to), `InvalidError` where no row's could, and what a change raises.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from math import isfinite
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from portico.db.fields import FieldSpec, whole_range
from portico.db.query import F, Kind
from portico.db.session import is_retryable
from portico.errors import CheckError, ConflictError, InvalidError, NotFoundError, UnavailableError
from portico.resources.description import Resource
from portico.resources.etags import Match
from portico.resources.reading import one_of
from portico.resources.scope import Scope

from .directly import changes_directly, is_alone, update_one
from .discretion import guarded
from .rows import change_one, complete, in_unit

_NUMBERS: Final[Mapping[Kind, type[Any]]] = {Kind.INTEGER: int, Kind.DECIMAL: Decimal, Kind.FLOAT: float}

_MOST_DIGITS: Final = 65
_EXACT: Final = Context(prec=2_000, traps=[Inexact, InvalidOperation, Overflow])
"""Room for what the widest columns hold, and a refusal instead of a rounded sum."""


def has_counters(resource: Resource) -> bool:
    """Whether there are numbers that a client may add to."""
    return bool(_countable(resource))


def increment_schema(resource: Resource) -> type[BaseModel]:
    """The body of an increment: the numbers that a client may change."""
    fields: dict[str, Any] = {
        f"f{number}": (
            _NUMBERS[resource.kinds[name]],
            Field(default=0, alias=name, **_bounds(resource.columns[name])),
        )
        for number, name in enumerate(sorted(_countable(resource)))
    }
    name, config = f"{resource.title}Increment", ConfigDict(extra="forbid")
    return create_model(name, __config__=config, __module__=resource.model.__module__, **fields)


async def increment_row(
    scope: Scope,
    resource: Resource,
    key: tuple[Any, ...],
    amounts: Mapping[str, Any],
    match: Match | None = None,
) -> Any:
    """Add these amounts; the row as it is then."""
    if not amounts:
        raise InvalidError("Nothing is to be added.", fields={"": ["Name a field and what to add to it."]})

    async def work() -> Any:
        row = await one_of(scope.rows(resource, "update").lock(), resource, key)
        if match is not None:
            match.check(resource, row)
        with _about_the_sum(resource, amounts):
            return await change_one(scope, resource, key, _sums(resource, row, amounts))

    with guarded(resource):
        row = None if match is not None else await _directly(scope, resource, key, amounts)
        return await complete(scope, resource, row or await in_unit(scope, resource, work))


async def _directly(
    scope: Scope, resource: Resource, key: tuple[Any, ...], amounts: Mapping[str, Any]
) -> Any | None:
    if not (is_alone(scope, resource) and changes_directly(scope, resource, amounts)):
        return None
    limits: dict[str, int] = {}
    for name, amount in amounts.items():
        found = _limit(resource.columns[name], name, amount)
        if found is None:
            return None
        limits |= found
    query = scope.rows(resource, "update").filter(**dict(zip(resource.key, key, strict=True)), **limits)
    sums = {name: F(name) + amount for name, amount in amounts.items()}
    try:
        return await update_one(scope, resource, query, key, sums)
    except (NotFoundError, UnavailableError) as error:
        if not (isinstance(error, NotFoundError) or is_retryable(error)):
            raise
        return None  # The longer way says what the matter is.


def _limit(spec: FieldSpec, name: str, amount: Any) -> dict[str, int] | None:
    """What the number must be so that the sum fits, as a condition; None when SQL cannot tell."""
    bounds = whole_range(spec)
    if bounds is None or spec.validators or not isinstance(amount, int):
        return None
    low, high = bounds
    if abs(amount) > min(high, 2**63 - 1) or high - low < abs(amount):
        return None
    return {f"{name}__lte": high - amount} if amount >= 0 else {f"{name}__gte": low - amount}


@contextmanager
def _about_the_sum(resource: Resource, amounts: Mapping[str, Any]) -> Generator[None]:
    """What is wrong with a sum of good amounts is a conflict with what the row holds now."""
    try:
        yield
    except InvalidError as error:
        names = sorted(error.fields)
        known = bool(names) and all(
            name in amounts and _may_be_added(resource.columns[name], amounts[name]) for name in names
        )
        if not (known or isinstance(error, CheckError)):
            raise
        said = " ".join(f"{name}: {message}" for name in names for message in error.fields[name])
        raise ConflictError(
            f"The {resource.title} cannot take this sum. {said}".strip(), fields=names
        ) from None


def _may_be_added(spec: FieldSpec, amount: Any) -> bool:
    """Whether there could be a number of this field that the amount can be added to."""
    if isinstance(amount, Decimal):
        _, digits, exponent = amount.as_tuple()
        if not isinstance(exponent, int):
            return False
        scale = spec.scale or 0
        whole = len(digits) + exponent <= (spec.precision or _MOST_DIGITS) - scale
        return whole and (-exponent <= scale or spec.scale is None)
    if isinstance(amount, float):
        return isfinite(amount)
    bounds = _bounds(spec)
    return not bounds or bounds["ge"] <= amount <= bounds["le"]


def _bounds(spec: FieldSpec) -> dict[str, Any]:
    """What can be added to a whole number at most, as Pydantic says it; nothing for other numbers."""
    found = whole_range(spec)
    return {} if found is None else {"ge": found[0] - found[1], "le": found[1] - found[0]}


def _sums(resource: Resource, row: Any, amounts: Mapping[str, Any]) -> dict[str, Any]:
    held = {name: getattr(row, name) for name in amounts}
    empty = [name for name, value in held.items() if value is None]
    if empty:
        raise InvalidError(
            f"The {resource.title} was refused: {', '.join(empty)}.",
            fields={name: ["There is no number to add to."] for name in empty},
        )
    return {name: _sum(resource, name, held[name], amount) for name, amount in amounts.items()}


def _sum(resource: Resource, name: str, held: Any, amount: Any) -> Any:
    """The exact sum; one that cannot be told exactly fits no column."""
    try:
        with localcontext(_EXACT):
            return held + amount
    except ArithmeticError:
        raise InvalidError(
            f"The {resource.title} was refused: {name}.", fields={name: ["The sum has too many digits."]}
        ) from None


def _countable(resource: Resource) -> frozenset[str]:
    numbers = {name for name in resource.writable("update") if resource.kinds.get(name) in _NUMBERS}
    fixed = {*resource.identity, resource.version, *resource.rules.write_once}
    return frozenset(
        name
        for name in numbers - fixed
        if not (resource.columns[name].foreign_key or resource.columns[name].choices)
    )

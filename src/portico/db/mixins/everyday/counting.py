"""Numbers and values of one row, changed where they stand.

    await added(post, "likes", 1, at_least=None, at_most=None)
    await updated_if(post, Post.status == "draft", {"status": "public"})

One UPDATE each, whose WHERE holds the key and the condition, so that nobody's change is lost between reading
and writing. The object says afterwards what the database says. Its version follows only if it was current: an
object that was stale stays so, and its save is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, Final

import sqlalchemy as sa

from portico._kernel.suggest import unknown_name
from portico.db.fields import FieldSpec, whole_range
from portico.db.models import column_specs, key_attributes, key_here, mapper_of, moving_columns, update
from portico.db.models.keys import class_of
from portico.db.models.model import database_of
from portico.db.models.objects import row_changed
from portico.db.models.shapes import facts_of, gone
from portico.db.query import F, Query
from portico.db.session import Database, atomic
from portico.errors import ConflictError, InvalidError, UsageError

_NOTHING: Final[Mapping[str, Any]] = {}
_NUMBERS: Final = (int, float, Decimal)


async def added(instance: Any, name: str, amount: Any, *, at_least: Any, at_most: Any) -> Any:
    """Add to a number of a row; gives the sum."""
    cls, spec = class_of(instance), _number(class_of(instance), name)
    _check_amount(cls, spec, amount)
    low, high = _limits(spec, at_least, at_most)
    query = _row(instance).filter(**{f"{name}__isnull": False})
    if low is not None:
        query = query.filter(**{f"{name}__gte": low - amount}) if _fits(spec, low - amount) else query
    if high is not None:
        query = query.filter(**{f"{name}__lte": high - amount}) if _fits(spec, high - amount) else query
    if len(mapper_of(cls).tables) > 1:
        done = await _by_the_row(instance, query, {}, {name: amount})
    else:
        done = await _set(instance, query, {name: F(name) + amount})
    if done is None:
        if not await _row(instance).exists():
            raise gone(cls)
        raise ConflictError(
            f"{cls.__name__}.{name} cannot take {amount}: a limit would be left, or there is no number yet.",
            fields=[name],
        )
    return done[name]


async def updated_if(instance: Any, condition: Any, values: Mapping[str, Any]) -> bool:
    """Set values in a row if the condition holds there; whether it did."""
    if not values:
        raise UsageError("update_if() was given nothing to set.", hint='Write update_if(…, title="New").')
    query = _row(instance).filter(condition)
    if len(mapper_of(class_of(instance)).tables) > 1:
        return await _by_the_row(instance, query, values) is not None
    return await _set(instance, query, values) is not None


def _row(instance: Any) -> Query[Any]:
    cls = class_of(instance)
    if sa.inspect(instance).key is None:
        raise UsageError(
            f"This {cls.__name__} is not in the database yet.", hint="Insert it with await obj.save()."
        )
    query: Query[Any] = Query(cls, database_of(cls))
    return query.filter(**dict(zip(key_attributes(cls), key_here(instance), strict=True)))


async def _set(instance: Any, query: Query[Any], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Write, and let the object know; what the row holds now of these, or None."""
    cls = class_of(instance)
    mapper = mapper_of(cls)
    named = [name for name in values if name in mapper.columns]
    for name in values:
        if name in mapper.relationships:
            named += [
                mapper.get_property_by_column(column).key
                for column in mapper.columns
                if column in mapper.relationships[name].local_columns
            ]
    version = facts_of(cls).version
    moving = moving_columns(cls, named) or {*named, *([version] if version else [])}
    names = sorted(moving - set(key_attributes(cls)))
    rows = await query.update(returning=names, **values)
    if not rows:
        return None
    _tell(database_of(cls), instance, dict(rows[0]))
    return dict(rows[0])


async def _by_the_row(
    instance: Any, query: Query[Any], values: Mapping[str, Any], amounts: Mapping[str, Any] = _NOTHING
) -> dict[str, Any] | None:
    """The same for a row that lies in several tables: it is locked, changed as an object, and written."""
    cls = class_of(instance)
    database = database_of(cls)
    async with atomic(database):
        found = await query.lock().get_or_none()
        if found is None:
            return None
        for name, value in values.items():
            setattr(found, name, value)
        for name, amount in amounts.items():
            setattr(found, name, getattr(found, name) + amount)
        await update(database, found)
        held = {name: found.__dict__[name] for name in column_specs(cls)}
        if found is not instance:
            _tell(database, instance, dict(held))
    return held


def _tell(database: Database, instance: Any, values: dict[str, Any]) -> None:
    version = facts_of(class_of(instance)).version
    held = instance.__dict__.get(version)
    if version in values and isinstance(held, int) and values[version] not in (held, held + 1):
        del values[version]
    old = {name: instance.__dict__[name] for name in values if name in instance.__dict__}
    row_changed(database, instance, values, old)


def _number(cls: type[Any], name: str) -> FieldSpec:
    specs = column_specs(cls)
    if name not in specs:
        raise unknown_name(f"{cls.__name__} has no field {name!r}.", name, specs)
    spec = specs[name]
    if spec.python_type not in _NUMBERS or spec.version or spec.primary_key:
        raise UsageError(f"{cls.__name__}.{name} is no number to add to.")
    return spec


def _check_amount(cls: type[Any], spec: FieldSpec, amount: Any) -> None:
    """What SQL would round or turn into something else is refused."""
    kind = spec.python_type
    fits = isinstance(amount, int) and not isinstance(amount, bool)
    if kind is float:
        fits = fits or (isinstance(amount, float) and isfinite(amount))
    elif kind is Decimal:
        fits = fits or (isinstance(amount, Decimal) and amount.is_finite() and _has_scale(spec, amount))
    if not fits:
        raise InvalidError(
            f"{amount!r} cannot be added to {cls.__name__}.{spec.name}.",
            fields={spec.name: [f"An amount of type {kind.__name__} is expected, as exact as the column."]},
        )


def _has_scale(spec: FieldSpec, amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    return spec.scale is None or (isinstance(exponent, int) and -exponent <= spec.scale)


def _limits(spec: FieldSpec, at_least: Any, at_most: Any) -> tuple[Any, Any]:
    """The narrowest limits of the field and of the call."""
    low, high = whole_range(spec) or (spec.min_value, spec.max_value)
    lows = [one for one in (low, at_least) if one is not None]
    highs = [one for one in (high, at_most) if one is not None]
    return max(lows, default=None), min(highs, default=None)


def _fits(spec: FieldSpec, bound: Any) -> bool:
    """Whether a column could hold a number beyond this bound at all; SQL could not even be given others."""
    found = whole_range(spec)
    return found is None or found[0] <= bound <= found[1]

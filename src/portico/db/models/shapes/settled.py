"""Rows of which only the values differ: what there is to be done with those is known beforehand.

    row = new_row(User, {"username"})        # None where that is to be seen each time
    row.names                                # ("username", "points")
    row.filled(["ann"])                      # ["ann", 0], just what `new_values` gives

Raises `UnsettledError` for values that make another row of it: `new_values` and `fresh_values` see to those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from portico.db.fields import FieldSpec
from portico.db.models.schemas import column_specs
from portico.db.query import is_computed

from .suitability import fills_defaults
from .values import may_be_sql, values_of

_ALIKE: Final = frozenset({str, int, float, bool, Decimal, dt.datetime, dt.date, dt.time, dt.timedelta, UUID})
"""The types whose checks are all ours."""


class UnsettledError(Exception):
    """What becomes of a value has to be seen by itself."""


def is_settled(spec: FieldSpec) -> bool:
    """Whether a value that has passed the checks of a column passes them again, as it is."""
    kind = spec.python_type
    known = kind in _ALIKE or (isinstance(kind, type) and issubclass(kind, Enum))
    special = spec.validators or spec.outer_marks or spec.secret or spec.write_only or spec.read_only
    return known and not special


def settle(spec: FieldSpec, value: Any) -> Any:
    """A value as it is stored."""
    refused = spec.read_only or (value is None and not spec.nullable)
    if refused or (may_be_sql(value) and is_computed(value)):
        raise UnsettledError
    try:
        return spec.check(value)
    except ValidationError as error:
        raise UnsettledError from error


@dataclass(frozen=True, slots=True)
class _Made:
    """A value that is made for each row."""

    spec: FieldSpec
    make: Callable[[], Any]
    moment: Any = None
    """The kind of a moment: a row has one of each."""


class NewRow:
    """A row of which just these columns are said: with them what stands in all rows, and what is made."""

    def __init__(self, said: Sequence[str], constant: dict[str, Any], made: Sequence[_Made]) -> None:
        self.names = (*said, *constant, *(one.spec.name for one in made))
        self._constant = tuple(constant.values())
        self._made = tuple(made)

    def filled(self, said: Sequence[Any]) -> list[Any]:
        """The values of the columns in ``names``, of which some are said, checked already."""
        values = [*said, *self._constant]
        moments: dict[Any, Any] = {}
        for one in self._made:
            value = one.make()
            if value is None:
                raise UnsettledError
            values.append(
                settle(one.spec, value if one.moment is None else moments.setdefault(one.moment, value))
            )
        return values


def new_row(cls: type[Any], said: Collection[str]) -> NewRow | None:
    """How a row is made with values for these columns; None where that is to be seen each time."""
    try:
        unsaid = list(_unsaid(cls, said))
    except UnsettledError:
        return None
    constant = {spec.name: value for spec, value in unsaid if not isinstance(value, _Made)}
    made = [value for _, value in unsaid if isinstance(value, _Made)]
    return NewRow([name for name in column_specs(cls) if name in said], constant, made)


def _unsaid(cls: type[Any], said: Collection[str]) -> Iterator[tuple[FieldSpec, Any]]:
    """The columns that get a value which nobody said; UnsettledError where rows differ in more."""
    defaulted = values_of(cls).defaulted if fills_defaults(cls) else {}
    for name, spec in column_specs(cls).items():
        stamped = spec.clock is not None and (spec.auto_now or spec.auto_now_add)
        if name in said:
            if stamped:
                raise UnsettledError
        elif spec.clock is not None and stamped:
            yield spec, _Made(spec, spec.clock, spec.python_type)
        elif name in defaulted:
            yield from _defaulted(cls, name, spec)
        elif spec.required:
            raise UnsettledError


def _defaulted(cls: type[Any], name: str, spec: FieldSpec) -> Iterator[tuple[FieldSpec, Any]]:
    if spec.default is None and name in values_of(cls).left:
        return  # something better stands there
    yield spec, settle(spec, spec.default) if _is_constant(spec) else _Made(spec, spec.make_default)


def _is_constant(spec: FieldSpec) -> bool:
    """Whether a default is one value for all rows, to be checked once."""
    return spec.default is None or (type(spec.default) in {*_ALIKE, spec.python_type} and is_settled(spec))

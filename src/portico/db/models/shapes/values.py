"""The values of a row on their way into the table: defaults, moments, checks; for objects and without any.

    new_values(User, {"username": "ann"})       # {"username": "ann", "points": 0}, ready to be sent
    fresh_values(User, {"points": "3"})         # {"points": 3}

    values = values_of(User)
    held = values.filled({"username": "ann"})   # what User(username="ann") would hold
    values.stored(held, said={"username"})      # as they are sent to the database

Worked out once for each class. Raises `InvalidError` for values that do not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from portico.db.fields import FieldSpec, validate
from portico.db.models.schemas import column_specs
from portico.db.query import is_computed

from .suitability import fills_defaults

_NEVER_SQL: Final = frozenset({str, int, float, bool, bytes, type(None), dict, list})
_made: WeakKeyDictionary[type[Any], RowValues] = WeakKeyDictionary()


class RowValues:
    """What the columns of one class hold when nobody says anything, and what may be sent for them."""

    def __init__(self, cls: type[Any]) -> None:
        self._specs = column_specs(cls)
        self._where = cls.__name__
        self.defaulted = {name: spec for name, spec in self._specs.items() if _is_filled(spec)}
        """The columns that a new object holds a value for at once, None if there is nothing better."""
        self._stamped = [
            (name, spec.python_type, spec.clock)
            for name, spec in self._specs.items()
            if spec.clock and (spec.auto_now or spec.auto_now_add)
        ]
        self.left = {name: spec.nullable for name, spec in self._specs.items() if _is_left(spec)}
        """Those of which a None means that something better is to stand there, and which may be null."""

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a new object would hold that was given these values and does nothing of its own with them."""
        held: dict[str, Any] = {}
        for name in self._specs:
            if name in values:
                held[name] = values[name]
            elif name in self.defaulted:
                held[name] = self.defaulted[name].make_default()
        return held

    def stored(self, held: Mapping[str, Any], *, said: Collection[str] = ()) -> dict[str, Any]:
        """The values of a new row, checked; expressions of SQL are not, and passwords are not hashed yet.

        A None stands for nothing where the database or the class has something better, unless it is ``said``.
        """
        values = dict(held)
        if self._stamped:
            values |= {name: moment for name, moment in self.stamps().items() if held.get(name) is None}
        for name, nullable in self.left.items():
            if values.get(name, ...) is None and not (nullable and name in said):
                del values[name]
        computed = {name: value for name, value in values.items() if may_be_sql(value) and is_computed(value)}
        if not computed:
            return validate(self._specs, values, partial=False, where=self._where)
        wanted = {name: spec for name, spec in self._specs.items() if name not in computed}
        plain = {name: value for name, value in values.items() if name not in computed}
        return validate(wanted, plain, partial=False, where=self._where) | computed

    def checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values for a row that is there."""
        return validate(self._specs, values, partial=True, where=self._where)

    def stamps(self) -> dict[str, Any]:
        """What ``auto_now`` and ``auto_now_add`` put into a new row: one moment for all of them."""
        moments: dict[Any, Any] = {}
        return {name: moments.setdefault(kind, clock()) for name, kind, clock in self._stamped}


def values_of(cls: type[Any]) -> RowValues:
    """The values of a mapped class, worked out when they are first asked for."""
    found = _made.get(cls)
    if found is None:
        found = _made[cls] = RowValues(cls)
    return found


def new_values(cls: type[Any], sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a new object with these values would be stored as; None where that takes an object."""
    values = values_of(cls)
    held = (
        values.filled(sent) if fills_defaults(cls) else {n: sent[n] for n in column_specs(cls) if n in sent}
    )
    stored = values.stored(held, said=sent)
    return None if any(may_be_sql(value) and is_computed(value) for value in stored.values()) else stored


def fresh_values(cls: type[Any], sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """What these values of a row are stored as, by name in order; None where SQL computes one."""
    checked = values_of(cls).checked({name: sent[name] for name in sorted(sent)})
    return None if any(may_be_sql(value) and is_computed(value) for value in checked.values()) else checked


def may_be_sql(value: object) -> bool:
    """Whether a value could be an expression; asked first, since nearly all are plain."""
    return type(value) not in _NEVER_SQL


def _is_filled(spec: FieldSpec) -> bool:
    return (spec.has_default or spec.nullable) and not (spec.auto_now or spec.auto_now_add)


def _is_left(spec: FieldSpec) -> bool:
    """Whether a None means that something better is to stand there."""
    own = bool(spec.has_default or spec.auto_now or spec.auto_now_add) and not spec.nullable
    return bool(spec.generated or spec.server_default or spec.read_only) or own

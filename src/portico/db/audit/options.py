"""What of a model is recorded, and what is only known to have changed.

    class Patient(AuditMixin, Model):
        __audit__ = AuditOptions(mask=["insurance_number"], leave_out=["last_seen"])

A masked column is recorded without its value: the entry says that it was set, never to what. A password, a
secret and every other column that is written only are masked by themselves. A column that is left out is not
in entries at all; a write of nothing else still has an entry, which is empty.

Raises `UnknownFieldError` for a name that is no column, `ConfigurationError` for a key that would be masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from portico._kernel.suggest import did_you_mean
from portico.db.models import column_specs, key_attributes, mapper_of
from portico.errors import ConfigurationError, UnknownFieldError

from .tables import NAME_LENGTH

NAME: Final = "__audit__"
"""Under this name a table knows the column of its tenant, where it has one."""


@dataclass(frozen=True, kw_only=True)
class AuditOptions:
    """Columns whose values are not recorded (``mask``), and columns that are not (``leave_out``).

    Those of a class are joined with those of its bases.
    """

    mask: Sequence[str] = ()
    leave_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of one class."""

    table: str
    model: str
    masked: frozenset[str]
    left_out: frozenset[str]
    types: dict[str, type[Any]]


_recorded: WeakKeyDictionary[type[Any], Recorded] = WeakKeyDictionary()


def record(model: type[Any]) -> None:
    """From now on, writes of this class are audited."""
    options = _options_of(model)
    specs = column_specs(model)
    _refuse_unknown(model, [*options.mask, *options.leave_out], list(specs))
    masked = {*options.mask, *(name for name, spec in specs.items() if spec.write_only or spec.secret)}
    if hidden := masked.intersection(key_attributes(model)):
        raise ConfigurationError(
            f"{model.__name__}.{min(hidden)} is masked and part of the key, by which entries name their row.",
            hint="Give the model a key that is no secret.",
        )
    table = mapper_of(model).base_mapper.local_table
    _recorded[model] = Recorded(
        table=_table_name(model, str(getattr(table, "fullname", table))),
        model=model.__name__,
        masked=frozenset(masked),
        left_out=frozenset(options.leave_out),
        types={name: spec.python_type for name, spec in specs.items() if isinstance(spec.python_type, type)},
    )


def _options_of(model: type[Any]) -> AuditOptions:
    """What the class and its bases say, together: a class adds to what is masked and never loses it."""
    said: list[AuditOptions] = []
    for cls in model.__mro__:
        options: object = vars(cls).get(NAME, AuditOptions())
        if not isinstance(options, AuditOptions):
            raise ConfigurationError(
                f"{cls.__name__}.{NAME} is no AuditOptions.", hint=f"Write {NAME} = AuditOptions(mask=[…])."
            )
        said.append(options)
    mask = dict.fromkeys(name for options in said for name in options.mask)
    return AuditOptions(
        mask=list(mask),
        leave_out=list(dict.fromkeys(name for options in said for name in options.leave_out)),
    )


def recorded(model: type[Any]) -> Recorded | None:
    """What is recorded of a class; None when it is not audited."""
    return _recorded.get(model)


def models_of(table: str) -> list[type[Any]]:
    """The audited classes whose rows stand in a table."""
    return [model for model, found in _recorded.items() if found.table == table]


def _table_name(model: type[Any], name: str) -> str:
    if len(name) > NAME_LENGTH:
        raise ConfigurationError(
            f"The name of the table of {model.__name__} is too long for the audit trail.",
            hint=f"It has {len(name)} characters; {NAME_LENGTH} is the limit.",
        )
    return name


def _refuse_unknown(model: type[Any], names: Iterable[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownFieldError(
                f"{model.__name__}.{NAME} names {name!r}, which is no column of it.",
                hint=did_you_mean(name, known),
            )

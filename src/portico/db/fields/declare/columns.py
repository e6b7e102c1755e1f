"""From the options of a helper to a mapped column with its spec and its CHECKs.

    make("StringField", Characters, {"max_length": 50}, FieldSpec(python_type=str), Text(50))

Raises `ConfigurationError`, when the model is imported, for an option that the helper does not have, for
options that contradict each other, and for defaults and choices that the field itself would refuse.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy import event
from sqlalchemy.orm import mapped_column

from portico._kernel.suggest import did_you_mean
from portico.db.fields.constraints import INFO, enforce
from portico.db.fields.marks import is_async
from portico.db.fields.spec import FieldSpec
from portico.db.fields.validation import sentence_of
from portico.errors import ConfigurationError

IN_EVERY_SIGNATURE = frozenset({"nullable", "default"})
FACTS = frozenset(
    {"min_length", "max_length", "min_value", "max_value", "precision", "scale", "auto_now", "auto_now_add"}
    | {"comment", "title", "description", "primary_key", "unique"}
)
COLUMN_OPTIONS = ("primary_key", "unique", "index", "comment", "autoincrement")
PAIR = len(("value", "label"))
_NOTHING: Any = object()


def make(helper: str, declared: Any, options: Mapping[str, Any], spec: FieldSpec, *arguments: Any) -> Any:
    """A `mapped_column` from SQLAlchemy arguments; ``spec`` is what the helper knows beyond the options."""
    known(helper, declared, options)
    spec = _checked(helper, _with_options(helper, spec, options), options)
    nullable = options.get("nullable", True if options.get("default", _NOTHING) is None else None)
    column = mapped_column(
        *([options["column_name"]] if "column_name" in options else []),
        *arguments,
        **{name: options[name] for name in COLUMN_OPTIONS if name in options},
        **_made_values(spec, options),
        **({} if nullable is None or spec.primary_key else {"nullable": nullable}),
        info={INFO: spec},
    )
    if nullable is None:
        # Without a word about it, the annotation decides, and a body without annotations means NOT NULL.
        column.column.nullable = False
    event.listen(column.column, "after_parent_attach", enforce, propagate=True)
    return column


def known(helper: str, declared: Any, options: Mapping[str, Any]) -> None:
    """Refuse an option that the helper does not have; ``declared`` is its class of options."""
    allowed: frozenset[str] = IN_EVERY_SIGNATURE | declared.__optional_keys__
    for name in options:
        if name not in allowed:
            raise ConfigurationError(f"{helper} has no option {name!r}.", hint=did_you_mean(name, allowed))


def _with_options(helper: str, spec: FieldSpec, options: Mapping[str, Any]) -> FieldSpec:
    facts = {name: options[name] for name in FACTS & options.keys()}
    default = options.get("default")
    if isinstance(default, (list, dict, set, bytearray)):
        default = partial(copy.deepcopy, default)
    return replace(
        spec,
        **facts,
        nullable=bool(options.get("nullable", "default" in options and default is None)),
        has_default=default is not None,
        default=default,
        server_default="server_default" in options,
        choices=_choices(helper, options["choices"]) if "choices" in options else None,
        validators=tuple(options.get("validators", ())),
    )


def _choices(helper: str, given: Any) -> tuple[Any, ...]:
    """The values, also of ``(value, label)`` pairs and of an enumeration."""
    found: tuple[Any, ...] = tuple(given)
    if found and all(type(one) is tuple and len(one) == PAIR for one in found):
        found = tuple(value for value, _ in found)
    if isinstance(given, type) and issubclass(given, Enum):
        found = tuple(member.value for member in given)
    if not found:
        raise ConfigurationError(f"{helper}(choices=...) is empty, so that nothing could be stored.")
    return found


def _checked(helper: str, spec: FieldSpec, options: Mapping[str, Any]) -> FieldSpec:
    _refuse_contradictions(helper, spec, options)
    if any(is_async(validator) for validator in spec.validators):
        raise ConfigurationError(
            f"{helper}(validators=...) holds an async function, and validators are not awaited.",
            hint="Check what needs the database in a hook, or by a constraint.",
        )
    if spec.choices:
        bare = replace(spec, choices=None, validators=())
        spec = replace(spec, choices=tuple(_accepted(helper, "choices", bare, one) for one in spec.choices))
    if spec.has_default and not callable(spec.default):
        spec = replace(spec, default=_accepted(helper, "default", spec, spec.default))
    return spec


def _refuse_contradictions(helper: str, spec: FieldSpec, options: Mapping[str, Any]) -> None:
    wrong: str | None = None
    if spec.primary_key and spec.nullable and options.get("nullable"):
        wrong = "primary_key and nullable: a key is never null"
    elif options.get("nullable") is False and "default" in options and options["default"] is None:
        wrong = "nullable=False and default=None: None would be refused"
    elif spec.auto_now and spec.auto_now_add:
        wrong = "auto_now and auto_now_add: choose one"
    elif (spec.auto_now or spec.auto_now_add) and spec.has_default:
        wrong = "an automatic time and a default: choose one"
    elif _is_reversed(spec.min_value, spec.max_value) or _is_reversed(spec.min_length, spec.max_length):
        wrong = "a least value above the greatest"
    if wrong:
        raise ConfigurationError(f"{helper} was given {wrong}.")


def _is_reversed(low: Any, high: Any) -> bool:
    return low is not None and high is not None and bool(low > high)


def _accepted(helper: str, option: str, spec: FieldSpec, value: Any) -> Any:
    try:
        return spec.validate(value)
    except ValidationError as error:
        said = sentence_of(error.errors(include_url=False)[0])
        raise ConfigurationError(
            f"{helper}({option}={value!r}) does not fit the field itself: {said}"
        ) from None


def _made_values(spec: FieldSpec, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of mapped_column for values that nobody gives."""
    made: dict[str, Any] = {}
    if spec.has_default:
        made["default"] = spec.default
    elif spec.auto_now or spec.auto_now_add:
        made["default"] = spec.clock
    if spec.auto_now:
        made["onupdate"] = spec.clock
    if "server_default" in options:
        made["server_default"] = _server_default(options["server_default"])
    return made


def _server_default(given: Any) -> Any:
    if isinstance(given, bool):
        return sa.true() if given else sa.false()
    return sa.text(repr(given)) if isinstance(given, (int, float)) else given

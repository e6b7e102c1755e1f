"""What is known about one field, whatever made its column: the same facts for schemas, checks and doors.

    spec = spec_of(User.__table__.c.username)
    spec.annotation          # Annotated[str, ...], ready for Pydantic
    spec.validate("ann")     # the value to store, or pydantic.ValidationError

Schemas and checks in Python use the same annotation, so that they cannot disagree. `validate` lets Pydantic's
ValidationError through; ``portico.db.fields.validate`` turns it into `InvalidError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PydanticUserError, TypeAdapter

from .marks import Within, custom, not_after, not_before, one_of

_TEMPORAL = (dt.datetime, dt.date, dt.time, dt.timedelta)
QUIET = ConfigDict(hide_input_in_errors=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """The facts about one field; ``python_type`` is without None, ``nullable`` adds it.

    ``marks`` are the checks of its storage, as Pydantic metadata, ``outer_marks`` those around all others;
    ``read_marks`` say how it is shown. ``generated`` values come from the database when none is given,
    ``read_only`` ones always, automatic times from the ``clock``. A ``write_only`` field is in no answer, a
    ``secret`` one in no schema at all, nor is an ``internal`` one, which is no secret to the application. The
    ``version`` moves by itself; one that is sent with an update is the one that the row must still have.
    """

    name: str = ""
    column_name: str = ""
    python_type: Any = Any
    nullable: bool = False
    has_default: bool = False
    default: Any = field(default=None, repr=False)
    server_default: bool = False
    primary_key: bool = False
    generated: bool = False
    foreign_key: bool = False
    unique: bool = False
    choices: tuple[Any, ...] | None = None
    max_length: int | None = None
    min_length: int | None = None
    min_value: Any = None
    max_value: Any = None
    precision: int | None = None
    scale: int | None = None
    validators: tuple[Callable[[Any], Any], ...] = ()
    write_only: bool = False
    secret: bool = False
    internal: bool = False
    auto_now: bool = False
    auto_now_add: bool = False
    read_only: bool = False
    version: bool = False
    comment: str | None = None
    title: str | None = None
    description: str | None = None
    marks: tuple[Any, ...] = field(default=(), repr=False)
    outer_marks: tuple[Any, ...] = field(default=(), repr=False)
    read_marks: tuple[Any, ...] = field(default=(), repr=False)
    clock: Callable[[], Any] | None = field(default=None, repr=False)

    @property
    def required(self) -> bool:
        """Whether an insert fails without a value for this field."""
        return not (
            self.nullable
            or self.has_default
            or self.server_default
            or self.generated
            or self.auto_now
            or self.auto_now_add
            or self.read_only
        )

    @cached_property
    def annotation(self) -> Any:
        """The Pydantic annotation of what may be written, for schemas and for calls in Python."""
        own = (custom(one, self._recheck) for one in self.validators)
        checks = [*self._stored_checks, *own, *self.outer_marks]
        return self._optional(annotated(self._narrowed_type, checks))

    @cached_property
    def read_annotation(self) -> Any:
        """The annotation of what is shown: the type alone, so that no stored row is refused."""
        return self._optional(annotated(self.python_type, list(self.read_marks)))

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """The compiled form of `annotation`."""
        return adapter_of(self.annotation)

    def validate(self, value: Any) -> Any:
        """The value to store; pydantic.ValidationError when it does not fit."""
        return self.check(value)

    @cached_property
    def check(self) -> Callable[[Any], Any]:
        """`validate` without a step between: Pydantic's own function."""
        return self.adapter.validator.validate_python

    def make_default(self) -> Any:
        """A value for a row that was given none; None where Python has no default."""
        return self.default() if callable(self.default) else self.default

    @cached_property
    def _narrowed_type(self) -> Any:
        # Literal puts the choices into the schema, but can name only some kinds of values.
        if self.choices and all(type(choice) in (str, int) for choice in self.choices):
            return Literal[self.choices]
        return self.python_type

    @cached_property
    def _stored_checks(self) -> list[Any]:
        checks = list(self.marks)
        if self.choices:
            # The choices decide alone; they were checked against the limits where they were declared.
            return checks if self._narrowed_type is not self.python_type else [*checks, *one_of(self.choices)]
        limits: dict[str, Any] = {"min_length": self.min_length, "max_length": self.max_length}
        if self.python_type in _TEMPORAL:
            # A limit can only be compared once the zone is known to be there, or not to be.
            checks += [not_before(self.min_value)] if self.min_value is not None else []
            checks += [not_after(self.max_value)] if self.max_value is not None else []
        else:
            limits |= {"ge": self.min_value, "le": self.max_value}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        # First of all, so that Pydantic's own core does it, and knows what it counts.
        return [Field(**given), *checks] if given else checks

    @cached_property
    def _plain_adapter(self) -> TypeAdapter[Any]:
        return adapter_of(annotated(self._narrowed_type, self._stored_checks))

    def _recheck(self, value: Any) -> Any:
        """A validator's own value has to fit the column as well."""
        return self._plain_adapter.validate_python(value)

    def _optional(self, annotation: Any) -> Any:
        return annotation | None if self.nullable and annotation is not Any else annotation


def whole_range(spec: FieldSpec) -> tuple[int, int] | None:
    """The smallest and the largest whole number that a field may hold; None where that is not known."""
    bounds = [(one.low, one.high) for one in spec.marks if isinstance(one, Within)]
    if spec.python_type is not int or not bounds:
        return None
    lows = [low for low, _ in bounds] + ([spec.min_value] if spec.min_value is not None else [])
    highs = [high for _, high in bounds] + ([spec.max_value] if spec.max_value is not None else [])
    return max(lows), min(highs)


def annotated(python_type: Any, metadata: list[Any]) -> Any:
    """``Annotated[python_type, *metadata]``, made at run time."""
    return Annotated[(python_type, *metadata)] if metadata else python_type


def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """A compiled annotation that repeats no value in its errors."""
    try:
        return TypeAdapter(annotation, config=QUIET)
    except PydanticUserError:
        # Pydantic models and dataclasses bring their own configuration and take no other.
        return TypeAdapter(annotation)

"""What is known about one field, whatever made its column: the same facts for schemas, checks and doors.

    spec = spec_of(User.__table__.c.username)
    spec.annotation          # Annotated[str, ...], ready for Pydantic
    spec.validate("ann")     # the value to store, or pydantic.ValidationError

Raises nothing by itself; `validate` lets Pydantic's ValidationError through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, TypeAdapter


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """The facts about one field; ``python_type`` is without None, ``nullable`` adds it."""

    name: str = ""
    column_name: str = ""
    python_type: Any = Any
    nullable: bool = False
    has_default: bool = False
    default: Any = None
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
    auto_now: bool = False
    auto_now_add: bool = False
    read_only: bool = False
    comment: str | None = None
    title: str | None = None
    description: str | None = None
    marks: tuple[Any, ...] = field(default=(), repr=False)

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
        """The Pydantic annotation for schemas and for values given in Python."""
        inner = self.python_type
        bounds: dict[str, Any] = {}
        if self.max_length is not None:
            bounds["max_length"] = self.max_length
        if self.min_length is not None:
            bounds["min_length"] = self.min_length
        if self.min_value is not None:
            bounds["ge"] = self.min_value
        if self.max_value is not None:
            bounds["le"] = self.max_value
        marks = list(self.marks)
        if bounds:
            marks.append(Field(**bounds))
        if marks:
            inner = Annotated[(inner, *marks)]  # type: ignore[misc]
        return inner | None if self.nullable else inner

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """The compiled form of `annotation`."""
        return TypeAdapter(self.annotation)

    def validate(self, value: Any) -> Any:
        """The value to store; pydantic.ValidationError when it does not fit."""
        return self.adapter.validate_python(value)


_ = Decimal

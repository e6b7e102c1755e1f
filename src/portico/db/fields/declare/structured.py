"""Fields for values with a shape, and for SQLAlchemy types that have no field of their own.

    state: Mapped[State] = EnumField(State, default=State.DRAFT)
    extra: Mapped[dict[str, Any]] = JSONField(default=dict)
    tags: Mapped[list[str]] = ArrayField(str, default=list)
    place: Mapped[Any] = ColumnField(Geometry("POINT"))

UUID keys are made in Python, in the order of time (version 7). Raises `ConfigurationError` when the model is
imported.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, TypeVar, Unpack, overload

from sqlalchemy.orm import Mapped
from sqlalchemy.types import TypeEngine

from portico.db.fields.identifiers import uuid7
from portico.db.fields.kinds import facts_of_type, list_of
from portico.db.fields.marks import BASE64_IN, BASE64_OUT, DOCUMENT
from portico.db.fields.spec import FieldSpec
from portico.db.fields.types import ItemArray, ValueEnum, document, octets, unique_id

from .columns import make
from .options import AnyColumn, Default, Key, Plain, Sized

E = TypeVar("E", bound=Enum)
T = TypeVar("T")


@overload
def UUIDField(
    *,
    nullable: Literal[True],
    default: uuid.UUID | Callable[[], uuid.UUID | None] | None = ...,
    **options: Unpack[Key[uuid.UUID]],
) -> Mapped[uuid.UUID | None]: ...
@overload
def UUIDField(*, default: None, **options: Unpack[Key[uuid.UUID]]) -> Mapped[uuid.UUID | None]: ...
@overload
def UUIDField(
    *, nullable: Literal[False] = ..., default: Default[uuid.UUID] = ..., **options: Unpack[Key[uuid.UUID]]
) -> Mapped[uuid.UUID]: ...
def UUIDField(**options: Any) -> Any:
    """A UUID; a key without a default makes itself."""
    if options.get("primary_key") and "default" not in options:
        options["default"] = uuid7
    return make("UUIDField", Key, options, FieldSpec(python_type=uuid.UUID), unique_id())


@overload
def EnumField(
    enum: type[E],
    *,
    nullable: Literal[True],
    default: E | Callable[[], E | None] | None = ...,
    **options: Unpack[Key[E]],
) -> Mapped[E | None]: ...
@overload
def EnumField(enum: type[E], *, default: None, **options: Unpack[Key[E]]) -> Mapped[E | None]: ...
@overload
def EnumField(
    enum: type[E], *, nullable: Literal[False] = ..., default: Default[E] = ..., **options: Unpack[Key[E]]
) -> Mapped[E]: ...
def EnumField(enum: type[Any], **options: Any) -> Any:
    """A member of an enumeration, stored by its value."""
    return make("EnumField", Key, options, FieldSpec(python_type=enum), ValueEnum(enum))


@overload
def JSONField(
    *,
    nullable: Literal[True],
    default: Any = ...,
    **options: Unpack[Plain[Any]],
) -> Mapped[Any]: ...
@overload
def JSONField(*, default: None, **options: Unpack[Plain[Any]]) -> Mapped[Any]: ...
@overload
def JSONField(
    *, nullable: Literal[False] = ..., default: Any = ..., **options: Unpack[Plain[Any]]
) -> Mapped[Any]: ...
def JSONField(**options: Any) -> Any:
    """A JSON document; None is SQL's NULL."""
    return make("JSONField", Plain, options, FieldSpec(marks=(DOCUMENT,)), document())


@overload
def ArrayField(
    item: type[T],
    *,
    nullable: Literal[True],
    default: list[T] | Callable[[], list[T] | None] | None = ...,
    **options: Unpack[Sized[list[T]]],
) -> Mapped[list[T] | None]: ...
@overload
def ArrayField(
    item: type[T], *, default: None, **options: Unpack[Sized[list[T]]]
) -> Mapped[list[T] | None]: ...
@overload
def ArrayField(
    item: type[T],
    *,
    nullable: Literal[False] = ...,
    default: Default[list[T]] = ...,
    **options: Unpack[Sized[list[T]]],
) -> Mapped[list[T]]: ...
def ArrayField(item: type[Any], **options: Any) -> Any:
    """A list of values of one type: str, int, float, bool, UUID, date or datetime; none of them null."""
    column_type = ItemArray(item)
    spec = FieldSpec(python_type=list_of(item))
    return make("ArrayField", Sized, options, spec, column_type)


@overload
def BinaryField(
    *,
    nullable: Literal[True],
    default: bytes | Callable[[], bytes | None] | None = ...,
    **options: Unpack[Sized[bytes]],
) -> Mapped[bytes | None]: ...
@overload
def BinaryField(*, default: None, **options: Unpack[Sized[bytes]]) -> Mapped[bytes | None]: ...
@overload
def BinaryField(
    *, nullable: Literal[False] = ..., default: Default[bytes] = ..., **options: Unpack[Sized[bytes]]
) -> Mapped[bytes]: ...
def BinaryField(**options: Any) -> Any:
    """Bytes; base64 where they are text, as in JSON."""
    spec = FieldSpec(python_type=bytes, marks=(BASE64_IN, BASE64_OUT), read_marks=(BASE64_OUT,))
    return make("BinaryField", Sized, options, spec, octets())


# The nullable ones are Any: given Mapped[T | None], mypy takes T itself to be optional and refuses the type.
@overload
def ColumnField(
    type_: type[TypeEngine[T]] | TypeEngine[T],
    *,
    nullable: Literal[True],
    default: T | Callable[[], T | None] | None = ...,
    **options: Unpack[AnyColumn[T]],
) -> Mapped[Any]: ...
@overload
def ColumnField(
    type_: type[TypeEngine[T]] | TypeEngine[T], *, default: None, **options: Unpack[AnyColumn[T]]
) -> Mapped[Any]: ...
@overload
def ColumnField(
    type_: type[TypeEngine[T]] | TypeEngine[T],
    *,
    nullable: Literal[False] = ...,
    default: Default[T] = ...,
    **options: Unpack[AnyColumn[T]],
) -> Mapped[T]: ...
def ColumnField(type_: Any, **options: Any) -> Any:
    """A column of any SQLAlchemy type, checked as far as the type tells."""
    column_type = type_() if isinstance(type_, type) else type_
    return make("ColumnField", AnyColumn, options, facts_of_type(column_type), column_type)

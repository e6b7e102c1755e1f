"""Fields for numbers, and for true and false.

    id: Mapped[int] = IntegerField(primary_key=True)
    price: Mapped[Decimal] = DecimalField(precision=10, scale=2, min_value=Decimal(0))

A key that the database counts up may be given when the program runs, but is no argument of the constructor
for type checkers. ``IntegerField(primary_key=True, default=None)`` makes it an optional one for them too, and
``autoincrement=False``, for keys that the client always gives, a required one. Raises `ConfigurationError`
when the model is imported.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, Unpack, overload

from sqlalchemy import Boolean
from sqlalchemy.orm import Mapped

from portico.db.fields.marks import FINITE, exact, within
from portico.db.fields.spec import FieldSpec
from portico.db.fields.types import ExactDecimal, FiniteFloat, whole_number
from portico.db.fields.types.numbers import INTEGER_RANGES, MAX_PRECISION, MAX_SCALE
from portico.errors import ConfigurationError

from .columns import make
from .options import Compared, Default, Exact, Integral, Number


@overload
def IntegerField(
    *,
    primary_key: Literal[True],
    autoincrement: Literal[False],
    default: Default[int] = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int]: ...
@overload
def IntegerField(
    *, primary_key: Literal[True], default: Default[int] | None, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def IntegerField(
    *, primary_key: Literal[True], init: Literal[False] = False, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def IntegerField(
    *,
    nullable: Literal[True],
    default: int | Callable[[], int | None] | None = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int | None]: ...
@overload
def IntegerField(*, default: None, **options: Unpack[Number[int]]) -> Mapped[int | None]: ...
@overload
def IntegerField(
    *, nullable: Literal[False] = ..., default: Default[int] = ..., **options: Unpack[Number[int]]
) -> Mapped[int]: ...
def IntegerField(**options: Any) -> Any:
    """A whole number of 32 bits."""
    return _integer("IntegerField", "normal", options)


@overload
def BigIntegerField(
    *,
    primary_key: Literal[True],
    autoincrement: Literal[False],
    default: Default[int] = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int]: ...
@overload
def BigIntegerField(
    *, primary_key: Literal[True], default: Default[int] | None, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def BigIntegerField(
    *, primary_key: Literal[True], init: Literal[False] = False, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def BigIntegerField(
    *,
    nullable: Literal[True],
    default: int | Callable[[], int | None] | None = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int | None]: ...
@overload
def BigIntegerField(*, default: None, **options: Unpack[Number[int]]) -> Mapped[int | None]: ...
@overload
def BigIntegerField(
    *, nullable: Literal[False] = ..., default: Default[int] = ..., **options: Unpack[Number[int]]
) -> Mapped[int]: ...
def BigIntegerField(**options: Any) -> Any:
    """A whole number of 64 bits."""
    return _integer("BigIntegerField", "big", options)


@overload
def SmallIntegerField(
    *,
    primary_key: Literal[True],
    autoincrement: Literal[False],
    default: Default[int] = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int]: ...
@overload
def SmallIntegerField(
    *, primary_key: Literal[True], default: Default[int] | None, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def SmallIntegerField(
    *, primary_key: Literal[True], init: Literal[False] = False, **options: Unpack[Number[int]]
) -> Mapped[int]: ...
@overload
def SmallIntegerField(
    *,
    nullable: Literal[True],
    default: int | Callable[[], int | None] | None = ...,
    **options: Unpack[Number[int]],
) -> Mapped[int | None]: ...
@overload
def SmallIntegerField(*, default: None, **options: Unpack[Number[int]]) -> Mapped[int | None]: ...
@overload
def SmallIntegerField(
    *, nullable: Literal[False] = ..., default: Default[int] = ..., **options: Unpack[Number[int]]
) -> Mapped[int]: ...
def SmallIntegerField(**options: Any) -> Any:
    """A whole number of 16 bits."""
    return _integer("SmallIntegerField", "small", options)


@overload
def FloatField(
    *,
    nullable: Literal[True],
    default: float | Callable[[], float | None] | None = ...,
    **options: Unpack[Number[float]],
) -> Mapped[float | None]: ...
@overload
def FloatField(*, default: None, **options: Unpack[Number[float]]) -> Mapped[float | None]: ...
@overload
def FloatField(
    *, nullable: Literal[False] = ..., default: Default[float] = ..., **options: Unpack[Number[float]]
) -> Mapped[float]: ...
def FloatField(**options: Any) -> Any:
    """A double; NaN and Infinity are refused."""
    spec = FieldSpec(python_type=float, marks=FINITE)
    return make("FloatField", Number, options, spec, FiniteFloat())


@overload
def DecimalField(
    *,
    nullable: Literal[True],
    default: Decimal | Callable[[], Decimal | None] | None = ...,
    **options: Unpack[Exact[Decimal]],
) -> Mapped[Decimal | None]: ...
@overload
def DecimalField(*, default: None, **options: Unpack[Exact[Decimal]]) -> Mapped[Decimal | None]: ...
@overload
def DecimalField(
    *, nullable: Literal[False] = ..., default: Default[Decimal] = ..., **options: Unpack[Exact[Decimal]]
) -> Mapped[Decimal]: ...
def DecimalField(**options: Any) -> Any:
    """A decimal with ``precision`` digits (10), ``scale`` of them after the point (2); nothing is rounded."""
    precision, scale = options.get("precision", 10), options.get("scale", 2)
    if not 0 <= scale <= precision or not 1 <= precision <= MAX_PRECISION or scale > MAX_SCALE:
        raise ConfigurationError(
            f"DecimalField(precision={precision}, scale={scale}) exists on no database that we know.",
            hint=f"precision is 1 to {MAX_PRECISION}, scale 0 to {MAX_SCALE} and at most the precision.",
        )
    spec = FieldSpec(python_type=Decimal, precision=precision, scale=scale, marks=(exact(precision, scale),))
    return make("DecimalField", Exact, options, spec, ExactDecimal(precision, scale))


@overload
def BooleanField(
    *,
    nullable: Literal[True],
    default: bool | Callable[[], bool | None] | None = ...,
    **options: Unpack[Compared[bool]],
) -> Mapped[bool | None]: ...
@overload
def BooleanField(*, default: None, **options: Unpack[Compared[bool]]) -> Mapped[bool | None]: ...
@overload
def BooleanField(
    *, nullable: Literal[False] = ..., default: Default[bool] = ..., **options: Unpack[Compared[bool]]
) -> Mapped[bool]: ...
def BooleanField(**options: Any) -> Any:
    """True or false."""
    return make("BooleanField", Compared, options, FieldSpec(python_type=bool), Boolean())


def _integer(helper: str, size: Literal["small", "normal", "big"], options: dict[str, Any]) -> Any:
    spec = FieldSpec(python_type=int, marks=(within(*INTEGER_RANGES[size]),))
    options.pop("init", None)
    if options.get("primary_key") and options.get("default", ...) is None:
        del options["default"]
    return make(helper, Integral, options, spec, whole_number(size))

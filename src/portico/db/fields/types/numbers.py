"""Numbers that come back as they went in.

    price: Mapped[Decimal] = mapped_column(ExactDecimal(10, 2))
    ratio: Mapped[float] = mapped_column(FiniteFloat())
    id: Mapped[int] = mapped_column(whole_number("big"), primary_key=True)

SQLite has no decimals: up to 15 digits, which a double holds exactly, are kept as numbers and read back with
their scale; longer ones are text under the collation ``portico_decimal``, which the engine registers and
which compares by value. Raises `InvalidError` for what cannot be stored as it is: NaN, Infinity, too many
digits.
"""

# ruff: noqa: ARG002 -- the signatures are those of SQLAlchemy's TypeDecorator
from __future__ import annotations

import math
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.type_api import TypeEngine

from portico.errors import InvalidError

DOUBLE_DIGITS = 15
MAX_PRECISION = 65
MAX_SCALE = 30
DIGITS_LOOKED_AT = 200
INTEGER_RANGES = {
    "small": (-(2**15), 2**15 - 1),
    "normal": (-(2**31), 2**31 - 1),
    "big": (-(2**63), 2**63 - 1),
}


def whole_number(size: Literal["small", "normal", "big"] = "normal") -> sa.Integer:
    """An integer type; on SQLite always INTEGER, the only one that can number rows by itself."""
    if size == "normal":
        return sa.Integer()
    type_ = sa.BigInteger() if size == "big" else sa.SmallInteger()
    return type_.with_variant(sa.Integer(), "sqlite")


class FiniteFloat(sa.TypeDecorator[float]):
    """A double without NaN and Infinity; negative zero, which SQLite and JSON lose, is zero."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """Refuse what not every database stores."""
        if value is None:
            return None
        number = float(value)
        if not math.isfinite(number):
            raise InvalidError("NaN and Infinity are not numbers that can be stored.")
        return number + 0.0

    def process_literal_param(self, value: float | None, dialect: Dialect) -> str:
        """The shortest text that means the same double."""
        return repr(self.process_bind_param(value, dialect))


class ExactDecimal(sa.TypeDecorator[Decimal]):
    """A decimal of at most ``precision`` digits, ``scale`` of them after the point; never rounded."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int = 10, scale: int = 2, *, operand: bool = False) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale
        self.operand = operand

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """What a column is compared or computed with may have more digits than the column."""
        return ExactDecimal(self.precision, self.scale, operand=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC; on SQLite a number without conversion, or text where a double is too short."""
        if dialect.name == "sqlite":
            if self._is_text(dialect):
                return sa.Text(collation="portico_decimal")
            return sa.Numeric(self.precision, self.scale, asdecimal=False)
        # With a precision, PostgreSQL would round the operand in the cast of its parameter.
        return sa.Numeric() if self.operand else sa.Numeric(self.precision, self.scale)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The number as the database takes it."""
        if value is None:
            return None
        exact = to_decimal(value)
        if not self.operand and not fits(exact, self.precision, self.scale):
            raise InvalidError(
                f"A number of at most {self.precision} digits, {self.scale} of them decimals, is expected."
            )
        if dialect.name != "sqlite":
            return exact
        return f"{padded(exact, self.scale):f}" if self._is_text(dialect) else float(exact)

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        """The number as it stands in DDL."""
        written = f"{to_decimal(value):f}"
        return f"'{written}'" if self._is_text(dialect) else written

    def literal_processor(self, dialect: Dialect) -> Any:
        """Without the quotes that a text would get on SQLite: they are there already."""

        def literal(value: Any) -> str:
            return self.process_literal_param(value, dialect)

        return literal

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The number with its scale; results of arithmetic keep the decimals that they have."""
        if value is None:
            return None
        if isinstance(value, float):
            value = Decimal(f"{value:.{DOUBLE_DIGITS}g}")
        exact = Decimal(value)
        return padded(exact, self.scale) if exact.is_finite() else exact

    def _is_text(self, dialect: Dialect) -> bool:
        return dialect.name == "sqlite" and self.precision > DOUBLE_DIGITS


def to_decimal(value: Any) -> Decimal:
    """A finite decimal; InvalidError for NaN and Infinity."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        raise InvalidError("NaN and Infinity are not numbers that can be stored.")
    return exact


def fits(value: Decimal, precision: int, scale: int) -> bool:
    """Whether a number can be stored without losing a digit; zeros at its end are no digits."""
    if value.same_quantum(_quantum(scale)) and value.adjusted() < precision - scale:
        return True  # as most are written; nothing is taken apart for it
    _, digits, exponent = value.as_tuple()
    if isinstance(exponent, int) and -exponent <= scale and len(digits) + exponent <= precision - scale:
        return True  # nearly always: contexts are slow
    try:
        with localcontext(Context(prec=DIGITS_LOOKED_AT, traps=[Inexact])):
            _, digits, exponent = value.normalize().as_tuple()
    except Inexact:
        return False
    if not isinstance(exponent, int) or not value:
        return value == 0
    return -exponent <= scale and len(digits) + exponent <= precision - scale


@cache
def _quantum(scale: int) -> Decimal:
    """The smallest step of a number with so many decimals."""
    return Decimal((0, (1,), -scale))


def padded(value: Decimal, scale: int) -> Decimal:
    """The same number with ``scale`` decimals; one that needs more is left alone. Zero has no sign."""
    if value and value.same_quantum(_quantum(scale)):
        return value
    try:
        with localcontext(Context(prec=DIGITS_LOOKED_AT, traps=[Inexact, InvalidOperation])):
            written = value.quantize(_quantum(scale))
    except (Inexact, InvalidOperation):
        return value
    return written if written else written.copy_abs()

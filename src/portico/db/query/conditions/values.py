"""Values given to lookups: made to fit the column, or refused before any driver sees them.

    Value(Kind.INTEGER, name="age").check("3")        # 3
    Value(Kind.INTEGER, name="age").check(2**63)      # InvalidError(fields={"age": [...]})

What a driver would refuse in its own words (or store in its own way) is refused here in one: NaN, infinity,
NUL, lone surrogates, numbers beyond 64 bits, datetimes with or without a zone where the column is the other
way. Limits of a field (length, bounds, choices) are not asked: comparing with what cannot be there is fine.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, Field, NaiveDatetime, TypeAdapter, ValidationError
from sqlalchemy.types import TypeEngine

from portico.errors import InvalidError

from .kinds import Kind

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
MAX_VALUES: Final = 30_000
"""The longest list for `in`: SQLite takes 32,766 parameters in a statement and PostgreSQL 32,767."""


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float | decimal.Decimal):
        raise ValueError("a number is no date or time")  # noqa: TRY004 -- Pydantic wants ValueError
    return value


_TEMPORAL = BeforeValidator(_no_number)
_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {
    Kind.INTEGER: TypeAdapter(Annotated[int, Field(ge=INT64_MIN, le=INT64_MAX)]),
    Kind.FLOAT: TypeAdapter(Annotated[float, Field(allow_inf_nan=False)]),
    Kind.DECIMAL: TypeAdapter(decimal.Decimal),
    Kind.BOOLEAN: TypeAdapter(bool),
    Kind.TEXT: TypeAdapter(str),
    Kind.DATE: TypeAdapter(Annotated[dt.date, _TEMPORAL]),
    Kind.TIME: TypeAdapter(Annotated[dt.time, _TEMPORAL]),
    Kind.DURATION: TypeAdapter(dt.timedelta),
    Kind.UUID: TypeAdapter(uuid.UUID),
    Kind.BINARY: TypeAdapter(Annotated[bytes, Field(strict=True)]),
}
_AWARE: TypeAdapter[Any] = TypeAdapter(Annotated[AwareDatetime, _TEMPORAL])
_NAIVE: TypeAdapter[Any] = TypeAdapter(Annotated[NaiveDatetime, _TEMPORAL])


@dataclass(frozen=True, slots=True)
class Value:
    """What may be compared with one operand; ``name`` is what an error calls it."""

    kind: Kind
    name: str
    model: str = ""
    type_: TypeEngine[Any] | None = None

    def refuse(self, why: str) -> InvalidError:
        """The error to raise for a value, which is itself not repeated: it may be a secret."""
        where = f"{self.model}.{self.name}" if self.model else self.name
        return InvalidError(f"{where}: {why}", fields={self.name: [why]})

    def check(self, value: Any) -> Any:
        """The value to compare with; InvalidError when it cannot be one."""
        if value is None:
            raise self.refuse("None cannot be compared here; ask with isnull.")
        if isinstance(value, str):
            self._check_text(value)
        if self.kind is Kind.ENUM:
            return self._member(value)
        if self.kind is Kind.DATETIME:
            return self._moment(value)
        adapter = _ADAPTERS.get(self.kind)
        return self._other(value) if adapter is None else self._adapted(adapter, value)

    def check_all(self, values: Any, *, least: int = 0, most: int = MAX_VALUES) -> list[Any]:
        """The values of a list; None stays None."""
        if not isinstance(values, Iterable) or isinstance(values, str | bytes | Mapping):
            raise self.refuse("a list of values is needed.")
        found = list(values)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] -- anything may come
        if len(found) > most:
            raise self.refuse(f"{len(found)} values given, {most} are the most; split the list or use a query.")
        if len(found) < least:
            raise self.refuse(f"{least} values are needed, {len(found)} given.")
        return [None if value is None and not least else self.check(value) for value in found]

    def _adapted(self, adapter: TypeAdapter[Any], value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise self.refuse(error.errors(include_url=False, include_input=False)[0]["msg"] + ".") from None

    def _check_text(self, value: str) -> None:
        if "\0" in value:
            raise self.refuse("text must not contain NUL characters.")
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise self.refuse("text must not contain lone surrogates.")

    def _moment(self, value: Any) -> Any:
        aware = bool(getattr(self.type_, "timezone", False))
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            raise self.refuse("a date is no point in time; compare the part: __date.")
        moment = self._adapted(_AWARE if aware else _NAIVE, value)
        try:
            return moment.astimezone(dt.UTC) if aware else moment
        except OverflowError:
            raise self.refuse("the time in UTC is out of range.") from None

    def _member(self, value: Any) -> Any:
        members: type[enum.Enum] | None = getattr(self.type_, "enum_class", None)
        if members is None:
            return self._one_of(value, tuple(getattr(self.type_, "enums", ())))
        if isinstance(value, members):
            return value
        try:
            return members(value)
        except ValueError:
            names = ", ".join(str(member.value) for member in members)
            raise self.refuse(f"must be one of: {names}.") from None

    def _one_of(self, value: Any, choices: tuple[str, ...]) -> Any:
        if choices and value not in choices:
            raise self.refuse(f"must be one of: {', '.join(choices)}.")
        return value

    def _other(self, value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refuse("must be a finite number.")
        if isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX:
            raise self.refuse("must fit in 64 bits.")
        return value


Check = Callable[[Any], Any]

"""What Pydantic does not check by itself, as metadata for ``Annotated``.

    Annotated[str, TEXT]
    Annotated[int, within(-32768, 32767)]

Each refuses what not every database can store, so that all three refuse alike, and says so in a sentence
that repeats no value.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import inspect
import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from portico.db.fields.passwords import HashedPassword
from portico.db.fields.types.guarded import Secret
from portico.db.fields.types.numbers import fits, padded
from portico.db.fields.types.temporal import MAX_DURATION, to_utc
from portico.errors import InvalidError

REFUSED: Final = "portico_refused"
_LOCAL = r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"(?!\.){_LOCAL}(?<!\.)@(?:{_LABEL}\.)+{_LABEL}")


def refused(sentence: str) -> PydanticCustomError:
    """The error for a value that does not fit; the sentence may hold braces."""
    return PydanticCustomError(REFUSED, "{sentence}", {"sentence": sentence})


def _storable_text(value: str) -> str:
    if "\x00" in value:
        raise refused("NUL characters are not allowed.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise refused("Text that is not valid Unicode (a lone surrogate) is not allowed.") from None
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise refused("NaN and Infinity are not allowed.")
    return value + 0.0


def _aware(value: dt.datetime) -> dt.datetime:
    try:
        return to_utc(value)
    except InvalidError as error:
        raise refused(error.message) from None


def _naive(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is not None:
        raise refused("A date and time without a time zone is expected.")
    return value


def _zoneless(value: dt.time) -> dt.time:
    if value.tzinfo is not None:
        raise refused("A time without a time zone is expected.")
    return value


def _storable(value: dt.timedelta) -> dt.timedelta:
    if not -MAX_DURATION <= value <= MAX_DURATION:
        raise refused("A duration of at most 292,000 years is expected.")
    return value


def _email(value: str) -> str:
    if ".." in value or not _EMAIL.fullmatch(value):
        raise refused("An e-mail address is expected, such as ann@example.com.")
    return value


def _from_base64(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise refused("Bytes are expected, as base64 where they are text.") from None


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _hash_or(value: Any, inner: Callable[[Any], Any]) -> Any:
    return value if isinstance(value, HashedPassword) else inner(value)


TEXT: Final = AfterValidator(_storable_text)
FINITE: Final = (Field(allow_inf_nan=False), AfterValidator(_finite))
AWARE: Final = AfterValidator(_aware)
NAIVE: Final = AfterValidator(_naive)
ZONELESS: Final = AfterValidator(_zoneless)
STORABLE: Final = AfterValidator(_storable)
BASE64_IN: Final = BeforeValidator(_from_base64, json_schema_input_type=str)
BASE64_OUT: Final = PlainSerializer(_to_base64, return_type=str, when_used="json")
HASH_AS_IT_IS: Final = WrapValidator(_hash_or)
MASKED: Final = AfterValidator(Secret)
WRITTEN_ONLY: Final = Field(json_schema_extra={"format": "password", "writeOnly": True})
EMAIL: Final = (AfterValidator(_email), Field(json_schema_extra={"format": "email"}))


@dataclass(frozen=True, slots=True)
class Within:
    """Bounds that a column sets, checked in a sentence of ours and shown in the schema."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # The field's own limits, where it has some, are the narrower ones.
        return {"minimum": self.low, "maximum": self.high} | handler(schema)

    def _check(self, value: int) -> int:
        if not self.low <= value <= self.high:
            raise refused(f"A whole number from {self.low} to {self.high} is expected.")
        return value


def within(low: int, high: int) -> Within:
    """Whole numbers that the column can hold."""
    return Within(low, high)


def exact(precision: int, scale: int) -> AfterValidator:
    """Decimals that lose no digit, written with all their decimals."""

    def check(value: Decimal) -> Decimal:
        if not value.is_finite():
            raise refused("NaN and Infinity are not allowed.")
        if not fits(value, precision, scale):
            raise refused(f"A number of at most {precision} digits, {scale} of them decimals, is expected.")
        return padded(value, scale)

    return AfterValidator(check)


def not_before(low: Any) -> AfterValidator:
    """Moments, days, times or durations from this one on."""

    def check(value: Any) -> Any:
        if value < low:
            raise refused(f"Must be at least {low}.")
        return value

    return AfterValidator(check)


def not_after(high: Any) -> AfterValidator:
    """Moments, days, times or durations up to this one."""

    def check(value: Any) -> Any:
        if value > high:
            raise refused(f"Must be at most {high}.")
        return value

    return AfterValidator(check)


def url(schemes: Collection[str]) -> tuple[Any, ...]:
    """Absolute URLs of some schemes, kept as they were written."""

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            found = parts.scheme.lower() in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            found = False
        if not found or re.search(r"[\s\x00-\x20\x7f\\<>\"]", value):
            raise refused(f"A URL is expected that starts with {' or '.join(f'{s}://' for s in schemes)}.")
        return value

    return AfterValidator(check), Field(json_schema_extra={"format": "uri"})


def one_of(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """One of some values that ``Literal`` cannot name."""
    shown = [choice.value if isinstance(choice, Enum) else choice for choice in choices]

    def check(value: Any) -> Any:
        if value not in choices:
            raise refused(f"One of these is expected: {', '.join(map(str, shown))}.")
        return value

    return (AfterValidator(check),)


def document(value: Any) -> Any:
    """JSON that every database stores: names are text, no NaN, no Infinity, no NUL, no half characters."""
    if _is_object(value):
        return {_named(name): document(one) for name, one in value.items()}
    if _is_list(value):
        return [document(one) for one in value]
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise refused("NaN and Infinity are not allowed in JSON.")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise refused("Only objects, lists, text, numbers, true, false and null can be stored as JSON.")


def _is_object(value: Any) -> TypeGuard[dict[Any, Any]]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))


def _named(name: Any) -> str:
    if not isinstance(name, str):
        raise refused("The names in a JSON object must be text.")
    return _storable_text(name)


def _whole_document(value: Any) -> Any:
    # SQLite gives a JSON column numeric affinity: a number that is the whole document has to fit 64 bits.
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise refused("A number that is the whole document has to fit into 64 bits.")
    return document(value)


DOCUMENT: Final = AfterValidator(_whole_document)


def custom(validator: Callable[[Any], Any], recheck: Callable[[Any], Any]) -> AfterValidator:
    """A user's own check: raises ValueError to refuse, returns another value to replace, None to keep."""

    def check(value: Any) -> Any:
        changed = validator(value)
        return value if changed is None or changed is value else recheck(changed)

    check.__name__ = getattr(validator, "__name__", "validator")
    return AfterValidator(check)


def is_async(validator: Callable[[Any], Any]) -> bool:
    """Whether a validator would have to be awaited, which nothing here does."""
    return inspect.iscoroutinefunction(validator) or inspect.iscoroutinefunction(
        getattr(validator, "__call__", None)  # noqa: B004 -- an object's own async __call__ is what is looked for
    )


def _as_it_is(value: Any) -> Any:
    """What JSON can say about a value of a column that we did not make."""
    if isinstance(value, (bytes, bytearray)):
        return _to_base64(bytes(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or type(value) in (bool, int, float, dict, list):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return value if isinstance(value, (dt.timedelta, Decimal, Enum)) else str(value)


AS_IT_IS: Final = PlainSerializer(_as_it_is, when_used="json")
ITEM_MARKS: Final[dict[type[Any], tuple[Any, ...]]] = {
    str: (TEXT,),
    int: (within(-(2**63), 2**63 - 1),),
    float: FINITE,
    dt.datetime: (AWARE,),
}
"""The checks on the items of an array."""

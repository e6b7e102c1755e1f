"""Hold JSON to its types: a text is no number, and true is no 1.

    StrictReader(Post.Create).check({"likes": "5"})
    # InvalidError(fields={"likes": ["A whole number is expected."]})

Pydantic's ordinary validation, which model calls in Python use, reads "1_000" as 1000 and true as 1. At the
door that hides mistakes of clients, so the types of JSON are compared first. Decimals may be numbers or texts
that are numbers; dates, times, durations and UUIDs are texts, never numbers.

Where a developer reads a field himself (a validator that runs before Pydantic's, or ``strict=False`` on the
field), his word holds; a model validator that runs before everything takes over the whole body.
Names that the schema does not have are refused here as well, with the one that was meant. Raises
`InvalidError`.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, cast, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, PlainValidator

from portico.errors import InvalidError

from .bodies import ExactFloat
from .validation import field_names, refuse_sealed, refuse_unknown, sealed_fields

Look: TypeAlias = "Callable[[Any], bool]"
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_EARLY: Final = ("before", "plain")
_WORDED: Final[dict[type[Any], str]] = {
    bool: "True or false is expected.",
    int: "A whole number is expected.",
    float: "A number is expected.",
    Decimal: "A number is expected.",
    str: "Text is expected.",
    bytes: "Bytes are expected, as base64 where they are text.",
    dt.datetime: "A date and time such as 2026-01-31T12:00:00Z is expected.",
    dt.date: "A date such as 2026-01-31 is expected.",
    dt.time: "A time such as 12:30:00 is expected.",
    dt.timedelta: "A duration such as P1DT2H30M is expected.",
    UUID: "A UUID is expected.",
}
_PLAIN: Final[dict[type[Any], tuple[type[Any], ...]]] = {
    bool: (bool,),
    int: (int,),
    float: (int, float),
    str: (str,),
    bytes: (str,),
}
_MOMENTS: Final = frozenset({dt.datetime, dt.date, dt.time, dt.timedelta})
_DECIMALS: Final = frozenset[Any]({Decimal})
_JSON: Final = (NoneType, bool, int, float, ExactFloat, str, list, dict)
_EVERY: Final[dict[type[Any], Look | None]] = dict.fromkeys(_JSON)
_NOTHING: Final[dict[type[Any], Look | None]] = {}


class StrictReader:
    """The names that a schema takes, and the JSON type of each."""

    def __init__(self, schema: type[BaseModel]) -> None:
        self._leaves = {} if _takes_over(schema) else dict(_checked_fields(schema))
        self._names = None if schema.model_config.get("extra") == "allow" else field_names(schema)
        self._sealed = sealed_fields(schema)
        open_ = (self._names or frozenset()) - self._sealed.keys()
        self._looks = {name: _looks(self._leaves[name]) if name in self._leaves else _EVERY for name in open_}
        """For each field what fits: by the class of a value None for all of it, or what looks closer."""

    def check(self, body: Any) -> Any:
        """The body as it is; what is no object is left to the schema to refuse."""
        if not isinstance(body, dict):
            return body
        sent = cast("dict[str, Any]", body)
        looks = self._looks
        for name, value in sent.items():
            kind: type[Any] = value.__class__
            look = looks.get(name, _NOTHING).get(kind, _never)
            if look is not None and not look(value):
                break
        else:
            return sent
        return self._checked(sent)

    def _checked(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The same for what does not surely fit, with all that is wrong."""
        refuse_sealed(sent, self._sealed)
        refuse_unknown(sent, self._names)
        wrong = {
            name: [_sentence(self._leaves[name])]
            for name, value in sent.items()
            if name in self._leaves and not _fits(value, self._leaves[name])
        }
        if wrong:
            raise InvalidError(f"The body was refused: {', '.join(sorted(wrong))}.", fields=wrong)
        return sent


def strict(schema: type[BaseModel]) -> BeforeValidator:
    """What marks the annotation of a body that is to be read strictly."""
    return BeforeValidator(StrictReader(schema).check)


def _takes_over(schema: type[BaseModel]) -> bool:
    found = schema.__pydantic_decorators__.model_validators.values()
    return any(one.info.mode == "before" for one in found)


def _checked_fields(schema: type[BaseModel]) -> Iterator[tuple[str, frozenset[Any]]]:
    validators = schema.__pydantic_decorators__.field_validators.values()
    read_early = {name for one in validators if one.info.mode in _EARLY for name in one.info.fields}
    for name, info in schema.model_fields.items():
        leaves = frozenset(_leaves_of(info.annotation))
        if not ({name, "*"} & read_early or _is_read_early(info.metadata) or Any in leaves):
            yield info.alias or name, leaves


def _is_read_early(metadata: Iterable[Any]) -> bool:
    return any(
        isinstance(one, BeforeValidator | PlainValidator) or getattr(one, "strict", None) is False
        for one in metadata
    )


def _leaves_of(annotation: Any) -> Iterator[Any]:
    """What may stand for a value, lists looked into: types, tuples of JSON types, or Any."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from (Any,) if _is_read_early(inner[1:]) else _leaves_of(inner[0])
    elif origin is Literal:
        yield _kinds(inner)
    elif origin in (list, set, Union, UnionType):
        yield from (leaf for one in inner for leaf in _leaves_of(one))
    elif annotation is not type(None):
        yield _leaf(annotation)


def _kinds(values: Iterable[object]) -> tuple[type[object], ...]:
    return tuple({type(value) for value in values})


def _leaf(annotation: Any) -> Any:
    if not isinstance(annotation, type):
        return Any
    if issubclass(annotation, Enum):
        return _kinds(member.value for member in annotation)
    return next((known for known in _WORDED if issubclass(annotation, known)), Any)


def _looks(leaves: frozenset[Any]) -> dict[type[Any], Look | None]:
    """By the class of a value what `_fits` would find: None where that is always true."""
    found: dict[type[Any], Look | None] = dict.fromkeys(_JSON, partial(_fits, leaves=leaves))
    found |= dict.fromkeys([kind for leaf in leaves for kind in _PLAIN.get(leaf, ())])
    found |= dict.fromkeys((NoneType, dict))
    if leaves and leaves <= _MOMENTS:
        found[str] = _is_no_number
    elif leaves == _DECIMALS:
        found |= {int: None, float: None, str: _is_number}
    if found[float] is None:
        found[ExactFloat] = None
    return found


def _never(_: object) -> bool:
    return False


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_no_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is None


def _fits(value: Any, leaves: frozenset[Any]) -> bool:
    if isinstance(value, list):
        return all(_fits(one, leaves) for one in value)  # pyright: ignore[reportUnknownVariableType] -- of JSON
    return value is None or isinstance(value, Mapping) or any(_is_one(value, leaf) for leaf in leaves)


def _is_one(value: object, leaf: Any) -> bool:
    # Of the exact class, since True is an int; only floats have a class of our own.
    kind = float if issubclass(type(value), float) else type(value)
    if isinstance(leaf, tuple):
        return kind in leaf or kind not in (bool, float)  # The schema knows best what is wrong with others.
    if leaf is Decimal:
        return kind in (int, float) or (kind is str and _is_number(str(value)))
    if leaf is int and kind is float:
        return _is_whole(cast("float", value))
    if leaf in _PLAIN:
        return kind in _PLAIN[leaf]
    # Pydantic takes a number in a text for seconds since 1970; a UUID may be all digits.
    return kind is str and (leaf is UUID or _is_no_number(str(value)))


def _is_whole(value: float) -> bool:
    """Whether it is a whole number of JSON Schema, as 1.0 is; beyond 2**53 a float may stand for others."""
    return value.is_integer() and abs(value) < 2**sys.float_info.mant_dig


def _sentence(leaves: frozenset[Any]) -> str:
    named = [_WORDED[leaf] for leaf in leaves if leaf in _WORDED]
    return named[0] if len(named) == 1 else "A value of another type is expected."

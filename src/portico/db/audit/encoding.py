"""Values as JSON text that gives equal Python values back.

    text = encode(Decimal("12.30"))       # '{"$":"decimal","v":"12.30"}'
    decode(text)                          # Decimal('12.30')

What JSON has is written as it is, the rest with a tag. A member of an enumeration is written as its value;
`decode` makes the member of it again where it is told the class. A value of a type that is not known here is
kept as its text and comes back as `Opaque`, which nothing writes into a row again.
"""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import math
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeGuard

from sqlalchemy import ClauseElement

from portico.errors import UsageError

_TAG: Final = "$"
_VALUE: Final = "v"
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class _Masked(Enum):
    """In the place of a value that is not recorded; a member of an enumeration, so that JSON can show it."""

    MASKED = "***"

    def __repr__(self) -> str:
        return "MASKED"


MASKED: Final = _Masked.MASKED
"""Stands for a secret: it was there, and its value is recorded nowhere."""


class Opaque(str):
    """The text of a value whose type the trail cannot write; to be read by people."""

    __slots__ = ()


def encode(value: Any) -> str:
    """The JSON text of a value; the same for equal values of one type."""
    tagged = tag(value)
    text = json.dumps(tagged, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # Half of a surrogate pair is no text for a driver; escaped, it is.
    return text if _is_storable(text) else json.dumps(tagged, separators=(",", ":"), sort_keys=True)


def decode(text: str, of: type[Any] | None = None) -> Any:
    """The value behind a text; a member of ``of``, where that is an enumeration."""
    return restored(json.loads(text), of)


def tag(value: Any) -> Any:
    """A value in terms of JSON."""
    if value is MASKED:
        return {_TAG: "masked", _VALUE: None}
    found = value.value if isinstance(value, Enum) else value
    if found is None or isinstance(found, bool):
        return found
    plain = _plain(found)
    if plain is not None:
        return plain
    if _is_map(found):
        return _tagged_map(found)
    return [tag(item) for item in found] if _is_list(found) else _tagged(found)


def _tagged(value: Any) -> dict[str, Any]:
    for kind, name, write, _ in _KINDS:
        if isinstance(value, kind):
            return {_TAG: name, _VALUE: write(value)}
    if isinstance(value, ClauseElement):
        raise UsageError(
            "The audit trail was given an SQL expression where a value is expected.",
            hint="Only the value that the database made of it can be recorded.",
        )
    return {_TAG: "opaque", _VALUE: str(value)}


def restored(found: Any, of: type[Any] | None = None) -> Any:
    """The value behind what JSON gave."""
    value = _untagged(found)
    if of is None or value is None or value is MASKED or not issubclass(of, Enum):
        return value
    try:
        return of(value)
    except ValueError:
        return value  # a member that is gone: its value is all that is known


def _plain(value: Any) -> Any:
    """Text and numbers, freed of any subclass; None for everything else."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return None


def _tagged_map(value: Mapping[Any, Any]) -> Any:
    found = {str(name): tag(item) for name, item in value.items()}
    return {_TAG: "map", _VALUE: found} if _TAG in found else found


def _untagged(found: Any) -> Any:
    if _is_list(found):
        return [_untagged(item) for item in found]
    if not _is_map(found):
        return found
    if _TAG not in found:
        return _map(found)
    return _READ[found[_TAG]](found.get(_VALUE))


def _is_map(found: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(found, Mapping)


def _is_list(found: Any) -> TypeGuard[list[Any]]:
    return isinstance(found, list)


def _map(found: Any) -> dict[str, Any]:
    return {name: _untagged(item) for name, item in found.items()}


def _text_of_bytes(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# A datetime is a date too, so it stands first.
_KINDS: Final[tuple[tuple[Any, str, Callable[[Any], Any], Callable[[Any], Any]], ...]] = (
    (float, "float", str, float),
    (Decimal, "decimal", str, Decimal),
    (dt.datetime, "datetime", dt.datetime.isoformat, dt.datetime.fromisoformat),
    (dt.date, "date", dt.date.isoformat, dt.date.fromisoformat),
    (dt.time, "time", dt.time.isoformat, dt.time.fromisoformat),
    (dt.timedelta, "duration", lambda value: value // _MICROSECOND, lambda n: n * _MICROSECOND),
    (uuid.UUID, "uuid", str, uuid.UUID),
    ((bytes, bytearray, memoryview), "bytes", _text_of_bytes, base64.b64decode),
    (
        (ipaddress.IPv4Address, ipaddress.IPv6Address),
        "address",
        str,
        ipaddress.ip_address,
    ),
    (
        tuple,
        "tuple",
        lambda items: [tag(item) for item in items],
        lambda items: tuple(map(_untagged, items)),
    ),
    (
        frozenset,  # the keys that a relation lost or won
        "set",
        lambda items: sorted(map(tag, items), key=json.dumps),
        lambda items: frozenset(map(_untagged, items)),
    ),
)
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    **{name: read for _, name, _, read in _KINDS},
    "map": _map,
    "opaque": Opaque,
    "masked": lambda _: MASKED,
}

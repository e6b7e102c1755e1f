"""Values as bytes, short and exact: what a database gave comes back as it was.

    unpack(pack((datetime(2026, 1, 31, tzinfo=UTC), None, 7)))      # the same

Each value is a letter for its type, a length and its content. Raises ValueError for a type without a letter.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 -- the zone is put on by those that have one
_EPOCH_OF_ALL: Final = _EPOCH.replace(tzinfo=dt.UTC)
_MIDNIGHT: Final = _EPOCH
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_LONG: Final = 0xFF
_END: Final = b"\x00"

Writer: TypeAlias = Callable[[Any], bytes]
Reader: TypeAlias = Callable[[bytes], Any]


def _whole(value: int) -> bytes:
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)


def _from_whole(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def _duration(value: dt.timedelta) -> bytes:
    return _whole(value // _MICROSECOND)


def _from_duration(raw: bytes) -> dt.timedelta:
    return _from_whole(raw) * _MICROSECOND


def _moment(value: dt.datetime) -> bytes:
    return _duration(value - _EPOCH_OF_ALL)


def _from_moment(raw: bytes) -> dt.datetime:
    return (_EPOCH + _from_duration(raw)).replace(tzinfo=dt.UTC)


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _from_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


_KINDS: Final[tuple[tuple[bytes, Callable[[Any], bool], Writer, Reader], ...]] = (
    (b"n", lambda value: value is None, lambda _: b"", lambda _: None),
    # bool before int, datetime before date: each is a subclass of the other.
    (b"b", lambda value: isinstance(value, bool), lambda value: bytes([value]), lambda raw: raw != b"\x00"),
    (b"i", lambda value: isinstance(value, int), _whole, _from_whole),
    (
        b"f",
        lambda value: isinstance(value, float),
        lambda value: struct.pack(">d", value),
        lambda raw: struct.unpack(">d", raw)[0],
    ),
    (b"s", lambda value: isinstance(value, str), _text, _from_text),
    (b"y", lambda value: isinstance(value, bytes), bytes, bytes),
    (
        b"d",
        lambda value: isinstance(value, Decimal),
        lambda value: str(value).encode(),
        lambda raw: Decimal(raw.decode()),
    ),
    (b"m", lambda value: isinstance(value, dt.datetime) and value.tzinfo is not None, _moment, _from_moment),
    (
        b"l",
        lambda value: isinstance(value, dt.datetime),
        lambda value: _duration(value - _EPOCH),
        lambda raw: _EPOCH + _from_duration(raw),
    ),
    (
        b"a",
        lambda value: isinstance(value, dt.date),
        lambda value: _whole(value.toordinal()),
        lambda raw: dt.date.fromordinal(_from_whole(raw)),
    ),
    (
        b"z",
        lambda value: isinstance(value, dt.time) and value.tzinfo is not None,
        lambda value: value.isoformat().encode(),
        lambda raw: dt.time.fromisoformat(raw.decode()),
    ),
    (
        b"t",
        lambda value: isinstance(value, dt.time),
        lambda value: _duration(dt.datetime.combine(_MIDNIGHT, value) - _MIDNIGHT),
        lambda raw: (_MIDNIGHT + _from_duration(raw)).time(),
    ),
    (b"p", lambda value: isinstance(value, dt.timedelta), _duration, _from_duration),
    (b"u", lambda value: isinstance(value, UUID), lambda value: value.bytes, lambda raw: UUID(bytes=raw)),
)
_WRITERS: Final = {letter: (letter, writer) for letter, _, writer, _ in _KINDS}
_READERS: Final = {letter: reader for letter, _, _, reader in _KINDS}
_QUICK: Final[dict[type[Any], tuple[bytes, Writer]]] = {
    kind: _WRITERS[letter]
    for kind, letter in (
        (int, b"i"),
        (str, b"s"),
        (type(None), b"n"),
        (bool, b"b"),
        (float, b"f"),
        (Decimal, b"d"),
        (dt.date, b"a"),
        (UUID, b"u"),
    )
}
"""Types that need no further look; all others are looked at in the order above."""
_LENGTHS: Final = tuple(bytes([length]) for length in range(_LONG))


def pack(values: tuple[Any, ...]) -> bytes:
    """Values one behind the other; an end mark lets bytes follow that mean nothing."""
    packed = b""
    for value in values:
        letter, writer = _QUICK.get(value.__class__) or _kind_of(value)
        raw = writer(value)
        size = len(raw)
        length = _LENGTHS[size] if size < _LONG else bytes([_LONG]) + size.to_bytes(4, "big")
        packed += letter + length + raw
    return packed + _END


def _kind_of(value: Any) -> tuple[bytes, Writer]:
    if value.__class__ is dt.datetime:
        return _WRITERS[b"l" if value.tzinfo is None else b"m"]
    for letter, fits, writer, _ in _KINDS:
        if fits(value):
            return letter, writer
    raise ValueError(f"A {type(value).__name__} has no short form.")


def unpack(raw: bytes) -> tuple[Any, ...]:
    """The values; the bytes are ones that `pack` gave."""
    found: list[Any] = []
    place = 0
    while raw[place : place + 1] != _END:
        letter, length, place = raw[place : place + 1], raw[place + 1], place + 2
        if length == _LONG:
            length, place = int.from_bytes(raw[place : place + 4], "big"), place + 4
        found.append(_READERS[letter](raw[place : place + length]))
        place += length
    return tuple(found)

"""Cursors as texts: exact, opaque, and refused when anything about them is not as it was written."""

from __future__ import annotations

import datetime as dt
import math
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from portico.errors import ConfigurationError, InvalidCursorError
from portico.resources.grammar import LONGEST, Cursor, Signer

KEY = "0123456789abcdef0123456789abcdef"
MOMENT = dt.datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=dt.UTC)
FIRST, LAST = dt.datetime.fromisoformat("0001-01-01"), dt.datetime.fromisoformat("9999-12-31T23:59:59.999999")
VALUES = (
    None, True, False, 0, -1, 127, 128, -128, -129, 2**63 - 1, -(2**63), 10**60,
    0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, 1 / 3,
    "", "a", "ä\U0001f600\n\x00", "\ud800", "x" * 254, "x" * 255, "x" * 300, b"", b"\x00\xff",
    Decimal("1.50"), Decimal("-0"), Decimal("1E+20"), MOMENT, LAST, FIRST,
    LAST.replace(tzinfo=dt.UTC), dt.date.min, dt.date.max, dt.time(23, 59, 59, 999999),
    dt.time(1, 2, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    dt.timedelta(microseconds=-1), dt.timedelta.max, UUID(int=0), UUID(int=2**128 - 1),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    """A microsecond, a digit or a zero's sign less, and a row is skipped or seen twice."""
    signer = Signer(KEY)
    (found,) = signer.read(signer.write(Cursor((value,)), "posts"), "posts").position
    assert (type(found), repr(found)) == (type(value), repr(value))


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    """The database compares moments, whatever they were called."""
    signer, there = Signer(KEY), MOMENT.astimezone(dt.timezone(dt.timedelta(hours=-3)))
    assert signer.read(signer.write(Cursor((there,)), ""), "").position == (MOMENT,)


def test_direction_and_several_values_come_along() -> None:
    """A cursor says where and which way."""
    signer = Signer(KEY)
    for cursor in (Cursor(()), Cursor((1, "a", None), backwards=True), Cursor((None,), inclusive=True)):
        assert signer.read(signer.write(cursor, "x"), "x") == cursor


def test_an_ordinary_cursor_is_short_and_fits_into_a_url() -> None:
    """It stands in every link."""
    text = Signer(KEY).write(Cursor((MOMENT, 12_345)), "posts")
    assert len(text) <= 64
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_what_is_inside_cannot_be_read() -> None:
    """A list may be sorted by a field that nobody may see."""
    text = Signer(KEY).write(Cursor(("canary in a coal mine",)), "posts")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert b"canary" not in raw
    assert "canary" not in text


def test_the_length_of_what_is_inside_is_hidden_too() -> None:
    """Within a block of eight bytes."""
    signer = Signer(KEY)
    assert len({len(signer.write(Cursor((text,)), "")) for text in ("", "a", "abc")}) == 1


def test_equal_places_give_equal_cursors() -> None:
    """Pages are compared by their bytes: an ETag must not change by itself."""
    assert Signer(KEY).write(Cursor((1,)), "posts") == Signer(KEY).write(Cursor((1,)), "posts")


def test_a_cursor_of_another_list_is_refused() -> None:
    """Another filter, order, resource or person: the place would mean something else there."""
    signer = Signer(KEY)
    with pytest.raises(InvalidCursorError):
        signer.read(signer.write(Cursor((1,)), "posts"), "users")


def test_a_cursor_of_another_key_is_refused() -> None:
    """That of another application, or of another process where no key was given."""
    for other in (Signer(KEY[::-1]), Signer(), Signer()):
        with pytest.raises(InvalidCursorError):
            Signer(KEY).read(other.write(Cursor((1,)), "posts"), "posts")


def test_a_cursor_is_the_same_text_in_every_version() -> None:
    """Clients keep cursors while an application is deployed; another form needs another label."""
    assert Signer(KEY).write(Cursor((1, "a")), "posts") == "jhLPTXtt9RGzCl_9KEhAIaH8xuiRub7-"


def test_a_cursor_of_the_former_form_is_refused() -> None:
    """It was right before the scheme changed: the list begins again, and nothing is read out of it."""
    with pytest.raises(InvalidCursorError):
        Signer(KEY).read("uQcPpWyfcZX7cWNLCABhdOKcD_BQ4QS6", "posts")


def test_each_part_of_a_cursor_changes_all_of_it() -> None:
    """Direction, position and list go into the tag, and the tag into every byte of the rest."""
    signer = Signer(KEY)
    texts = [
        signer.write(cursor, bound)
        for cursor in (Cursor((1,)), Cursor((2,)), Cursor((1,), backwards=True), Cursor((1,), inclusive=True))
        for bound in ("posts", "users")
    ]
    assert len({text[:8] for text in texts}) == len({text[-8:] for text in texts}) == len(texts)


@pytest.mark.parametrize("length", [54, 55, 62, 63, 64, 65, 118, 128, 190, 1_000, 3_048])
def test_a_long_position_comes_back_as_it_was(length: int) -> None:
    """It takes more than one block of the key stream."""
    signer, text = Signer(KEY), "".join(chr(97 + n % 26) for n in range(length))
    assert signer.read(signer.write(Cursor((text,)), "posts"), "posts") == Cursor((text,))


def test_the_longest_cursor_is_as_long_as_is_said() -> None:
    """One byte more has none."""
    signer = Signer(KEY)
    assert len(signer.write(Cursor(("x" * 3_048,)), "posts")) == LONGEST
    with pytest.raises(ValueError, match="too long"):
        signer.write(Cursor(("x" * 3_049,)), "posts")


def test_no_part_of_a_long_cursor_repeats() -> None:
    """Equal letters are hidden by other bytes at each place."""
    raw = urlsafe_b64decode(Signer(KEY).write(Cursor(("x" * 3_048,)), "posts"))
    pieces = [raw[place : place + 8] for place in range(0, len(raw), 8)]
    assert len(set(pieces)) == len(pieces)


def test_every_changed_byte_of_a_long_cursor_is_noticed() -> None:
    """In each block of the key stream."""
    signer = Signer(KEY)
    raw = urlsafe_b64decode(signer.write(Cursor(("x" * 186, 7)), "posts") + "==")
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(InvalidCursorError):
            signer.read(urlsafe_b64encode(changed).decode().rstrip("="), "posts")


def test_what_is_bound_cannot_run_into_what_is_inside() -> None:
    """The two have a border that no choice of texts moves."""
    signer = Signer(KEY)
    text = signer.write(Cursor((1,)), "ab")
    for bound in ("a", "", "abc", "ab\x00"):
        with pytest.raises(InvalidCursorError):
            signer.read(text, bound)


@pytest.mark.parametrize(
    "text",
    ["", "=", "A", "AA", "A" * 22, "null", "x" * 100_000, "\x00", "é", "AAAA\n", "a b", "%00", "'; --",
     "\ud800", "AAAA====", urlsafe_b64encode(b'{"id": 1}').decode(), urlsafe_b64encode(bytes(16)).decode(),
     urlsafe_b64encode(bytes(64)).decode().rstrip("=")],
    ids=lambda text: repr(text)[:20],
)  # fmt: skip
def test_garbage_is_refused(text: str) -> None:
    """With one error and nothing else, whatever it is."""
    with pytest.raises(InvalidCursorError):
        Signer(KEY).read(text, "posts")


def test_every_changed_bit_is_noticed() -> None:
    """Those that base64 drops at the end as well."""
    signer, alphabet = Signer(KEY), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = signer.write(Cursor((MOMENT, "title", 7)), "posts")
    for place, letter in enumerate(text):
        for bit in range(6):
            other = alphabet[alphabet.index(letter) ^ (1 << bit)]
            with pytest.raises(InvalidCursorError):
                signer.read(text[:place] + other + text[place + 1 :], "posts")
    for end in range(len(text)):
        with pytest.raises(InvalidCursorError):
            signer.read(text[:end], "posts")


def test_random_bytes_are_never_a_cursor() -> None:
    """A thousand tries."""
    signer, dice = Signer(KEY), random.Random(7)
    for _ in range(1_000):
        text = urlsafe_b64encode(dice.randbytes(dice.randint(1, 80))).decode().rstrip("=")
        with pytest.raises(InvalidCursorError):
            signer.read(text, "posts")


def test_what_has_no_short_form_is_said_so() -> None:
    """The list then has no cursor here."""
    signer = Signer(KEY)
    for value in ("x" * LONGEST, object(), [1]):
        with pytest.raises(ValueError, match=r"cursor|short form"):
            signer.write(Cursor((value,)), "posts")


def test_a_short_key_stops_the_start() -> None:
    """It could be guessed, and with it every cursor."""
    with pytest.raises(ConfigurationError, match="32"):
        Signer("secret")


def test_a_key_is_in_no_repr() -> None:
    """Reprs end in logs."""
    assert KEY not in repr(Signer(KEY))

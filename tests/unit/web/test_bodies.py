"""JSON bodies are read as strictly as JSON is defined."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fastapi import Request
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from portico.errors import InvalidError, RequestError
from portico.web.bodies import MAX_DEPTH, parse_json, read_json


@pytest.mark.parametrize("raw", [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"a": 01}', b"nul", b'"\x00"'])
def test_what_is_no_json_cannot_be_read(raw: bytes) -> None:
    """Broken text is a bad request, not a wrong value."""
    with pytest.raises(RequestError) as caught:
        parse_json(raw)
    assert not isinstance(caught.value, InvalidError)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
        b"[" * 500_000,
    ],
)
def test_values_that_no_database_may_hold_are_refused(raw: bytes) -> None:
    """Each of these was a 500, or was stored differently, on some database."""
    with pytest.raises(RequestError):
        parse_json(raw)


def test_a_value_is_named_by_its_place() -> None:
    """A client with a large body must find what is wrong in it."""
    with pytest.raises(InvalidError) as caught:
        parse_json(b'{"tags": ["ok", {"name": "a\\u0000b"}]}')
    assert list(caught.value.fields) == ["tags/1/name"]


def test_an_escaped_pair_of_surrogates_is_an_ordinary_character() -> None:
    """Strictness must not break emoji that clients escape."""
    assert parse_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_long_decimals_are_not_rounded() -> None:
    """JSON numbers have no precision; a float has, and money must not lose its cents on the way."""
    value = parse_json(b'{"price": 12345678901234567.89}')["price"]
    assert TypeAdapter(Decimal).validate_python(value) == Decimal("12345678901234567.89")
    assert type(TypeAdapter(float).validate_python(value)) is float


PIECES = st.sampled_from([
    b'"a"', b'"b"', b'"', b"a", b":", b":", b",", b"{", b" ", b"\n", b"\x00", b"\x7f", b"\\n", b"\\u0041",
    b"[", b"]", b"1", b"0", b"-", b"-0", b"1.5", b"1.50000000000000000001", b"1e5", b"1E400", b"-0.0",
    b"9" * 30, b"9" * 5000, b".", b"true", b"false", b"null", b"NaN", b"-Infinity", b'"x\xc3\xa4"', b'"\xff"',
    b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b"\xef\xbb\xbf", b"\xc2\xa0", b'"{"', b'"a":1',
    b'"b":"c"', b',"a":2',
])  # fmt: skip
"""What JSON is made of, apart from the end of an object, and what it is not made of."""
MEMBERS = st.tuples(
    st.sampled_from([b'"a"', b'"b"', b'""', b'"\xc3\xa4"']), st.sampled_from([b":", b" : "]), PIECES
).map(b"".join)
OBJECTS = st.lists(MEMBERS, max_size=4).map(b",".join)
BODIES = st.one_of(st.lists(PIECES, max_size=8).map(b"".join), OBJECTS).map(lambda inner: b"{" + inner + b"}")


def read(raw: bytes, *, within: bool) -> object:
    """What JSON text says, or how it is refused: by itself, or as the one member of a list."""
    try:
        found = parse_json(b"[" + raw + b"]") if within else [parse_json(raw)]
    except RequestError as error:
        return type(error), error.fields if isinstance(error, InvalidError) else None
    return [(repr(one), [(type(value).__name__, str(value)) for value in one.values()]) for one in found]


@given(raw=BODIES)
@example(raw=b'{"a": 1, "a": "b"}')
@example(raw=b'{"a": "x", "b": 1.50000000000000000001}')
def test_a_plain_object_is_read_as_any_other(raw: bytes) -> None:
    """Bodies without anything special are read by something faster, which may read nothing otherwise."""
    assert read(raw, within=False) == read(raw, within=True)


async def test_a_body_that_was_looked_at_can_be_read_all_the_same() -> None:
    """By code of the application, before ours; what ours has read is gone, and that is said."""
    request = _asked(b'{"a": 1}')
    assert await request.body() == b'{"a": 1}'
    assert await read_json(request) == {"a": 1}
    request = _asked(b'{"a": 1}')
    assert await read_json(request) == {"a": 1}
    with pytest.raises(RuntimeError, match="consumed"):
        await request.body()


def _asked(body: bytes) -> Request:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop()

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)

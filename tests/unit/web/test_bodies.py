"""JSON bodies are read as strictly as JSON is defined."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from portico.errors import InvalidError, RequestError
from portico.web.bodies import MAX_DEPTH, parse_json


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

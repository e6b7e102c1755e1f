"""Documents as lines: what a spreadsheet and a reader of JSON make of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.rest.sales import Sale, Seller

from portico.access import PUBLIC
from portico.resources import Exposure, LineWriter, Reach, describe_all

RESOURCES = describe_all([Exposure(model=Sale, policy=PUBLIC), Exposure(model=Seller, policy=PUBLIC)])
SALES = Reach(RESOURCES, RESOURCES["sales"])


def cell(name: str, value: object) -> str:
    """One value as the only cell of its line."""
    return LineWriter(SALES, [(name,)], "csv").lines([{name: value}]).decode().removesuffix("\r\n")


@pytest.mark.parametrize("text", ["-1.50", "0", "12", "-1e-7", "1E+5"])
def test_a_number_stays_a_number(text: str) -> None:
    """A minus sign in a column of numbers is no formula."""
    assert cell("amount", text) == text


@pytest.mark.parametrize("text", ["-1+2", "=1", "@x", "+1", "-", "--1"])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    """SQLite may hold any text in a column of numbers."""
    assert cell("amount", text) == f"'{text}"


def test_values_have_one_spelling_each() -> None:
    """Null is empty, truth is a word, numbers of JSON stay as they are, nested is JSON."""
    assert [cell("paid", one) for one in (True, False, None)] == ["true", "false", '""']
    assert [cell("weight", one) for one in (1.5, -2, 1e300)] == ["1.5", "-2", "1e+300"]
    assert cell("extra", {"a": ["ü", None]}) == '"{""a"":[""ü"",null]}"'
    assert cell("extra", "=1") == "'=1"


def test_json_lines_are_not_made_safe_for_spreadsheets() -> None:
    """They are data for programs; a line break inside a text does not end the line."""
    writer = LineWriter(SALES, [("status",), ("id",)], "ndjson")
    assert writer.head() == b""
    assert writer.lines([{"id": 1, "status": "=a\nb"}]) == b'{"status":"=a\\nb","id":1}\n'
    assert writer.lines([]) == b""


def test_what_lies_along_a_relation_has_a_dotted_name() -> None:
    """A row without a related one has empty cells there."""
    columns = [("id",), ("seller", "name"), ("seller", "wage")]
    rows: list[dict[str, Any]] = [{"id": 1, "seller": {"name": "=a", "wage": -5}}, {"id": 2, "seller": None}]
    writer = LineWriter(SALES, columns, "csv")
    assert writer.head() + writer.lines(rows) == b"id,seller.name,seller.wage\r\n1,'=a,-5\r\n2,,\r\n"
    assert LineWriter(SALES, columns, "ndjson").lines(rows[1:]) == b'{"id":2,"seller":null}\n'

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico.db.dialects.sqlite_functions import ExactSum, compare_decimals, fold, iregexp, regexp


@pytest.mark.parametrize(
    ("text", "folded"), [("ÄÖ", "äö"), ("İ", "i"), ("ΑΣ", "\u03b1\u03c3"), ("ẞ", "ß"), ("", "")]
)
def test_case_is_folded_character_by_character(text: str, folded: str) -> None:
    """The other databases do it so: no final sigma, no second character for a dotted I."""
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_the_length_and_is_stable(text: str) -> None:
    """Positions in the folded text are positions in the text."""
    folded = fold(text)
    assert isinstance(folded, str)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_what_is_no_text_passes_through() -> None:
    """NULL stays NULL, a number stays a number."""
    assert (fold(None), fold(3)) == (None, 3)


def test_a_regular_expression_is_searched_for() -> None:
    """Case matters unless it is told not to; NULL gives NULL."""
    assert (regexp("^a", "Abc"), iregexp("^a", "Abc"), regexp(None, "x"), regexp("x", None)) == (
        0,
        1,
        None,
        None,
    )


@given(st.decimals(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_compare_as_numbers(left: Decimal, right: Decimal) -> None:
    """Not as text, in which 10 comes before 9."""
    assert compare_decimals(str(left), str(right)) == (left > right) - (left < right)


def test_what_is_no_number_sorts_behind_as_text() -> None:
    """A total order, whatever the column holds."""
    assert sorted(["b", "10", "a", "9", "NaN"], key=cmp_to_key(compare_decimals)) == [
        "9",
        "10",
        "NaN",
        "a",
        "b",
    ]


def test_an_exact_sum_loses_nothing() -> None:
    """SQLite's own sum fails beyond 64 bits and rounds decimals."""
    total = ExactSum()
    for value in (
        2**63 - 1,
        2**63 - 1,
        0.1,
        0.2,
        "0.00000000000000000001",
        None,
        "no number",
        "1e999999",
        b"1",
    ):
        total.step(value)
    assert total.finalize() == "18446744073709551614.30000000000000000001"
    assert ExactSum().finalize() is None

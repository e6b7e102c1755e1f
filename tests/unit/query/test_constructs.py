"""How patterns, complements and sort keys are spelled for each database."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from portico.db.query import Query, compile_select
from portico.db.query.constructs import Pattern, Sorted, escaped, pattern_from
from tests.unit.query.shop import Item

KINDS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql}
DIALECTS: dict[str, sa.Dialect] = {name: kind.dialect() for name, kind in KINDS.items()}


def _written(text: str, dialect: str) -> str:
    value = Pattern().process_bind_param(text, DIALECTS[dialect])
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("text", "like", "glob"),
    [
        ("50%_", "50/%/_", "50%_"),
        ("a/b", "a//b", "a/b"),
        ("[*?]", "[*?]", "[[][*][?]]"),
        ("\\", "\\", "\\"),
    ],
)
def test_text_is_a_pattern_that_matches_itself(text: str, like: str, glob: str) -> None:
    """LIKE with our escape character; GLOB, which minds case, on SQLite."""
    assert _written(escaped(text), "postgresql") == _written(escaped(text), "mysql") == like
    assert _written(escaped(text), "sqlite") == glob


@pytest.mark.parametrize(
    ("pattern", "like", "glob"),
    [
        ("a%_", "a%_", "a*?"),
        ("\\%\\_", "/%/_", "%_"),
        ("a\\", "a\\", "a\\"),
        ("\\\\", "\\", "\\"),
        ("*/", "*//", "[*]/"),
    ],
)
def test_wildcards_of_like_survive(pattern: str, like: str, glob: str) -> None:
    """A backslash makes the next character literal, and itself at the end."""
    assert _written(pattern_from(pattern), "postgresql") == like
    assert _written(pattern_from(pattern), "sqlite") == glob


SORTED: list[tuple[bool, bool | None, str, str, str]] = [
    (False, None, "x", "x NULLS FIRST", "x"),
    (True, None, "x DESC", "x DESC NULLS LAST", "x DESC"),
    (False, False, "x NULLS LAST", "x", "(x IS NULL), x"),
    (True, True, "x DESC NULLS FIRST", "x DESC", "(x IS NULL) DESC, x DESC"),
]


@pytest.mark.parametrize(("descending", "nulls_first", "on_sqlite", "on_postgresql", "on_mysql"), SORTED)
def test_null_has_the_same_place_everywhere(
    *, descending: bool, nulls_first: bool | None, on_sqlite: str, on_postgresql: str, on_mysql: str
) -> None:
    """Only as many words as each database needs, so that indexes keep serving."""
    key = Sorted(sa.column("x"), descending=descending, nulls_first=nulls_first)
    spelled = {name: str(key.compile(dialect=dialect)) for name, dialect in DIALECTS.items()}
    assert spelled == {"sqlite": on_sqlite, "postgresql": on_postgresql, "mysql": on_mysql}
    never = Sorted(sa.column("x"), descending=descending, may_be_null=False)
    assert {str(never.compile(dialect=dialect)) for dialect in DIALECTS.values()} == {
        "x DESC" if descending else "x"
    }


def test_a_complement_is_written_only_where_null_may_be() -> None:
    """NOT is cheaper, where it says the same."""
    assert "(NOT (item.id = :param_1))" in str(compile_select(Query(Item).exclude(id=1)))
    assert "((item.price = :param_1) IS NOT TRUE)" in str(compile_select(Query(Item).exclude(price=1)))


def test_statements_of_one_shape_share_their_compiled_form() -> None:
    """Values are parameters, also those of patterns, so that SQLAlchemy's cache finds the statement."""

    def key(text: str, number: int) -> object:
        query = Query(Item).filter(name__icontains=text, price__gt=number).exclude(shop__name=text)
        found = compile_select(query.order_by("-price")[:number])._generate_cache_key()
        assert found is not None
        return found.key

    assert key("a", 1) == key("b%", 2)

"""SQL as text is cut up as its database would do it."""

from __future__ import annotations

import pytest

from portico.db.dialects.tokens import Token, tokens


@pytest.mark.parametrize(
    ("dialect", "sql", "found"),
    [
        ("sqlite", 'SELECT [a b], "c""d", `e` -- f', 'select a b , c"d , e'),
        ("sqlite", "replace(x, 'it''s')", "replace ( x , it's )"),
        ("mysql", "a 'b\\' c' \"d\" # e", "a b\\' c d"),
        ("mysql", "/* a */ b /*!50000 c */ /*M!100100d*/ /*M e */", "b c d"),
        ("mariadb", "`a` 1 :b %(c)s @d", "a d"),
        ("postgresql", "/*! a */ E'b\\'' 'c\\' $$d 'e$$ $f$ $$ $f$ $1", "b\\' c\\ d 'e  $$ "),
        ("postgresql", "x::text a$b$c", "x a$b$c"),
        ("cockroachdb", "$$a$$", "a"),
    ],
)
def test_each_database_has_its_own_names_strings_and_comments(dialect: str, sql: str, found: str) -> None:
    """What is a literal to one is a name, a comment or SQL to another."""
    assert " ".join(text for _, text in tokens(sql, dialect)) == found


@pytest.mark.parametrize(
    ("dialect", "sql", "runs"),
    [
        ("postgresql", "DO $$ BEGIN DELETE FROM x; END $$", True),
        ("postgresql", "SELECT 1; DO 'BEGIN DELETE FROM x; END'", True),
        ("postgresql", "/* a */ DO $$ BEGIN EXECUTE 'DELETE FROM x'; END $$", True),
        ("postgresql", "DO $$ BEGIN RAISE NOTICE 'delete'; END $$", False),
        ("postgresql", "INSERT INTO x VALUES (1) ON CONFLICT DO UPDATE SET a = 'delete'", False),
        ("postgresql", "DO $$ BEGIN END $$; SELECT 'delete'", False),
        ("mysql", "PREPARE x FROM 'DELETE FROM x'", True),
        ("mysql", "DO release_lock('delete')", False),
        ("sqlite", "SELECT 'delete'", False),
    ],
)
def test_a_string_that_the_database_runs_is_sql(dialect: str, sql: str, runs: bool) -> None:
    """A block of code is a string to the grammar of PostgreSQL."""
    assert (Token("word", "delete") in [*tokens(sql, dialect)]) == runs


def test_whoever_must_not_miss_a_name_sees_into_dollar_quotes() -> None:
    """Functions may run what is handed to them."""
    sql = "SELECT * FROM crosstab($$SELECT * FROM posts$$)"
    assert Token("word", "posts") not in [*tokens(sql, "postgresql")]
    assert Token("word", "posts") in [*tokens(sql, "postgresql", in_dollars=True)]

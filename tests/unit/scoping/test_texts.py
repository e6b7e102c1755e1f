"""Which names SQL in plain text has, for each database's way to write them."""

from __future__ import annotations

import pytest

from portico.db.engine.criteria.texts import names_in

EVERYWHERE = ("postgresql", "mysql", "sqlite")
NAMED = (
    "SELECT * FROM posts",
    "select * from Posts",
    "SELECT * FROM blog.posts",
    "SELECT * FROM other, posts",
    "SELECT 1 FROM other JOIN posts ON true",
    "UPDATE posts SET a = 1",
    "INSERT INTO posts(id) VALUES (1)",
    "DELETE FROM posts",
    "TRUNCATE posts",
    "EXPLAIN SELECT * FROM posts",
    "WITH x AS (SELECT * FROM posts) SELECT * FROM x",
    "SELECT 'it''s' AS a FROM posts",
    "/* a */ SELECT * -- b\nFROM posts",
    "CREATE TABLE copy AS SELECT * FROM posts",
    "SET x = 1; DELETE FROM posts",
)
NOT_NAMED = (
    "SELECT 'posts'",
    "SELECT 1 -- posts",
    "SELECT 1 /* posts */",
    "SELECT * FROM post",
    "SELECT * FROM my_posts",
    "SELECT posts.id FROM other AS posts_",
    "SELECT :posts",
    "CREATE INDEX i ON posts (id)",
    "ALTER TABLE posts ADD COLUMN a INTEGER",
    "DROP TABLE posts",
    "CREATE TABLE c (p INTEGER REFERENCES posts (id) ON DELETE CASCADE)",
    "SHOW CREATE TABLE posts",
    "PRAGMA table_info(posts)",
)


@pytest.mark.parametrize("dialect", EVERYWHERE)
@pytest.mark.parametrize("text", NAMED)
def test_a_table_is_found_wherever_it_is_named(text: str, dialect: str) -> None:
    """In any case, with a schema, behind comments and strings."""
    assert "posts" in names_in(text, dialect)


@pytest.mark.parametrize("dialect", EVERYWHERE)
@pytest.mark.parametrize("text", NOT_NAMED)
def test_what_only_looks_like_it_is_no_name(text: str, dialect: str) -> None:
    """Literals, comments, columns, parameters, and what is about tables alone."""
    assert "posts" not in names_in(text, dialect)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('SELECT * FROM "posts"', "postgresql"),
        ("SELECT E'\\'' FROM posts", "postgresql"),
        ("DO $$ BEGIN DELETE FROM posts; END $$", "postgresql"),
        ("SELECT * FROM `posts`", "mysql"),
        ("SELECT '\\' FROM x' FROM posts", "mysql"),
        ("SELECT /*! * FROM posts */", "mysql"),
        ("SELECT 1--posts", "mysql"),
        ("SELECT * FROM `posts`", "mariadb"),
        ('SELECT * FROM "posts"', "sqlite"),
        ("SELECT * FROM [posts]", "sqlite"),
        ("SELECT * FROM `posts`", "sqlite"),
        ("SELECT * FROM 'posts'", "sqlite"),
        ("SELECT * FROM main.'posts'", "sqlite"),
        ("SELECT * FROM other, 'posts'", "sqlite"),
    ],
)
def test_each_database_quotes_in_its_own_way(text: str, dialect: str) -> None:
    """What is a string to one is a name to another."""
    assert "posts" in names_in(text, dialect)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('SELECT "posts"', "mysql"),
        ("SELECT 1 # posts", "mysql"),
        ("SELECT E'a\\' posts'", "postgresql"),
        ("SELECT 'a' WHERE x IN ('b', 'posts')", "sqlite"),
    ],
)
def test_each_database_has_its_own_strings_and_comments(text: str, dialect: str) -> None:
    """And the other way round."""
    assert "posts" not in names_in(text, dialect)


def test_a_part_of_a_statement_is_looked_at_whatever_it_begins_with() -> None:
    """A column may be called like a command."""
    assert "posts" in names_in("comment, posts", "sqlite", whole=False)

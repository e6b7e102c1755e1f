"""What a page with relations costs: one statement on PostgreSQL, elsewhere one more for each relation."""

from __future__ import annotations

from functools import partial

import pytest

from portico.db.session import Database
from portico.resources import WriterChoice

from .doors import Doors, opened
from .library import PEOPLE, library

NESTED = [
    ("/books?count=none&include=writer", 1),
    ("/books?count=none&include=labels", 1),
    ("/books?count=none&include=writer,labels,sequels", 3),
    ("/books?include=writer.desk", 2),
    ("/writers?include=books.labels,books.sequels.writer", 4),
    ("/books/5?include=writer,sequels", 2),
    ("/books/5?fields=title,writer.name", 1),
    ("/writers?include=books&include.books.limit=2&include.books.sort=-title&include.books.draft=false", 1),
    ("/writers/1/books?include=labels", 1),
]


@pytest.mark.parametrize(("path", "relations"), NESTED)
async def test_a_page_with_relations_takes_few_statements(doors: Doors, path: str, relations: int) -> None:
    """A round trip over a network costs more than all else."""
    expected = 1 if doors.database.dialect_name == "postgresql" else 1 + relations
    assert await doors.costs(path, "eve") == expected


async def test_many_parents_are_asked_about_at_once(doors: Doors) -> None:
    """Not one statement for each of them."""
    few = await doors.costs("/books?limit=2&include=pages", "eve")
    assert await doors.costs("/books?limit=24&include=pages", "eve") == few


async def test_what_is_closed_is_not_asked_for(doors: Doors) -> None:
    """Desks are for librarians: to others a writer has none, and no statement looks for it."""
    alone = await doors.costs("/writers?include=books", "ann")
    assert await doors.costs("/writers?include=books,desk", "ann") == alone


async def test_a_column_without_a_text_in_sql_is_written_of_rows(doors: Doors) -> None:
    """Notes hold JSON, whose numbers PostgreSQL writes in its own way."""
    assert await doors.costs("/notes?include=page.book", "ann") == 3


async def test_other_values_are_the_same_statement(doors: Doors, shelves: Database) -> None:
    """Texts are made once: filters of includes, policies and numbers of parents are values."""
    assert shelves.url == doors.database.url
    path = "/books?limit={}&id__gt={}&include=writer&include.writer.id__lt={}"
    await doors.compiled.get(path.format(5, 1, 9), headers={"x-who": "ann"})
    for numbers, who in (((5, 3, 7), "ben"), ((5, 2, 100), "ann")):
        assert await doors.costs(path.format(*numbers), who) <= 2


CHOSEN = [
    ("rows", "/books?count=none&include=writer,labels", 3, 3),
    ("documents", "/books?count=none&include=writer,labels", 1, 3),
    ("documents", "/books?count=none", 1, 1),
    ("documents", "/books?count=none&fields=title,id", 1, 1),
    ("rows", "/books/2?include=writer", 2, 2),
    ("pydantic", "/books/2?include=writer", 2, 2),
]


@pytest.mark.parametrize(("writer", "path", "postgresql", "others"), CHOSEN)
async def test_whoever_writes_the_answer_is_the_same(
    shelves: Database, writer: WriterChoice, path: str, postgresql: int, others: int
) -> None:
    """A deployment may choose; the bytes do not tell."""
    async with opened(shelves, partial(library, writer=writer), PEOPLE) as doors:
        cost = await doors.costs(path, "eve")
    if writer != "pydantic":
        assert cost == (postgresql if shelves.dialect_name == "postgresql" else others)

"""A small library on the private database, and writing rows without the code under test."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.session import Database
from tests.integration.query.library import METADATA, Author, Book, Copy, Genre, Press, new


async def store(db: Database, *instances: Any) -> None:
    """Write rows with a session of SQLAlchemy's own."""
    async with AsyncSession(db.engine, expire_on_commit=False) as session:
        session.add_all(instances)
        await session.commit()


@pytest.fixture
async def tables(db: Database) -> Database:
    """The tables, without rows."""
    await db.create_tables(METADATA)
    return db


@pytest.fixture
async def library(tables: Database) -> Database:
    """Five books: one without author, one without pages, two genres that one book shares."""
    await store(
        tables,
        new(Press, id=1, name="Nord", town="Oslo"),
        new(Press, id=2, name="Süd", town=None),
        new(Author, id=1, name="Ann", press_id=1),
        new(Author, id=2, name="Bob", press_id=2),
        new(Author, id=3, name="Cy", press_id=None),
        new(Genre, id=1, name="tale", note="old"),
        new(Genre, id=2, name="verse", note=None),
        new(Genre, id=3, name="fable", note="new", parent_id=1),
    )
    genres = {genre.id: genre for genre in await _all(tables, Genre)}
    await store(
        tables,
        new(Book, id=1, title="Ash", pages=100, in_print=True, author_id=1, genres=[genres[1], genres[2]]),
        new(Book, id=2, title="Birch", pages=None, in_print=False, author_id=1, genres=[genres[2]]),
        new(Book, id=3, title="Cedar", pages=300, in_print=None, author_id=2, genres=[genres[1], genres[3]]),
        new(Book, id=4, title="Date", pages=100, in_print=True, author_id=3),
        new(Book, id=5, title="Elm", pages=50, in_print=True, author_id=None),
        new(Copy, book_id=1, number=1, shelf="A"),
        new(Copy, book_id=1, number=2, shelf=None),
        new(Copy, book_id=3, number=1, shelf="B"),
    )
    return tables


async def _all(db: Database, model: type[Any]) -> list[Any]:
    async with AsyncSession(db.engine, expire_on_commit=False) as session:
        return list(await session.scalars(sa.select(model)))

"""Explicit joins of every kind, on every database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import aliased

from portico.db.query import Query
from portico.db.session import Database
from portico.errors import UnknownNameError, UsageError
from tests.integration.query.library import Author, Book, Genre, Press

PAIRS: dict[str, list[tuple[int | None, str | None]]] = {
    "inner": [(1, "tale"), (1, "verse"), (2, "verse"), (3, "fable"), (3, "tale")],
    "left": [(1, "tale"), (1, "verse"), (2, "verse"), (3, "fable"), (3, "tale"), (4, None), (5, None)],
    "right": [(None, "saga"), (1, "tale"), (1, "verse"), (2, "verse"), (3, "fable"), (3, "tale")],
    "full": [
        *[
            (None, "saga"),
            (1, "tale"),
            (1, "verse"),
            (2, "verse"),
            (3, "fable"),
            (3, "tale"),
            (4, None),
            (5, None),
        ]
    ],
}


def _sorted(pairs: Any) -> list[Any]:
    return sorted(
        (tuple(pair) for pair in pairs), key=lambda pair: [(part is not None, part) for part in pair]
    )


@pytest.fixture
async def saga(library: Database) -> Database:
    """A genre without books, so that every side of a join has somebody alone."""
    await library.execute_raw("INSERT INTO genres (id, name) VALUES (9, 'saga')")
    return library


@pytest.mark.parametrize("kind", PAIRS)
async def test_every_kind_of_join_through_a_relation(saga: Database, kind: Any) -> None:
    """Also where the database has no such join; rows, their number, order and slices."""
    joined = Query(Book).join(Book.genres, kind=kind).values_list(Book.id, Book.genres.name)
    assert _sorted(await joined) == _sorted(PAIRS[kind])
    assert await joined.count() == len(PAIRS[kind])
    assert await joined.exists()
    ordered = joined.order_by(Book.id, Book.genres.name)
    assert [tuple(row) for row in await ordered] == _sorted(PAIRS[kind])
    assert [tuple(row) for row in await ordered[1:3]] == _sorted(PAIRS[kind])[1:3]
    assert await ordered[1:3].count() == 2
    named = Query(Book).join("genres", kind=kind).values("id", "genres__name")
    assert len(await named.filter(genres__name="tale")) == 2


@pytest.mark.parametrize("kind", PAIRS)
async def test_every_kind_of_join_to_a_class(library: Database, kind: Any) -> None:
    """On a condition of one's own; the class that was joined can be filtered and shown."""
    query = Query(Author).join(Book, on=Book.author_id == Author.id, kind=kind)
    pairs = _sorted(await query.values_list(Author.name, Book.title))
    alone = [(None, "Elm")] if kind in {"right", "full"} else []
    both = [("Ann", "Ash"), ("Ann", "Birch"), ("Bob", "Cedar"), ("Cy", "Date")]
    assert pairs == _sorted([*alone, *both])
    assert await query.filter(Book.title == "Ash").values_list(Author.name, flat=True) == ["Ann"]
    assert await query.filter(Author.press.name == "Nord").values(Author.id).count() == 2


async def test_a_cross_join_pairs_everything(library: Database) -> None:
    """And needs no condition."""
    pairs = Query(Press).join(Genre, kind="cross").values_list(Press.id, Genre.id)
    assert await pairs.count() == 6
    assert await pairs.filter(Genre.name == "tale", Press.town.is_(None)) == [(2, 1)]


async def test_a_class_can_be_joined_to_itself(library: Database) -> None:
    """Through its relation, or under another name."""
    through = Query(Genre).join(Genre.parent).values_list(Genre.name, Genre.parent.name)
    assert await through == [("fable", "tale")]
    parent = aliased(Genre)
    named = Query(Genre).join(parent, on=Genre.parent_id == parent.id).values_list(Genre.name, parent.name)
    assert await named == [("fable", "tale")]


async def test_joined_objects_come_once(library: Database) -> None:
    """A query gives objects, each once, and counts them so."""
    joined = Query(Book).join(Book.genres).filter(Book.genres.name.in_(["tale", "verse"]))
    assert sorted(book.id for book in await joined) == [1, 2, 3]
    assert await joined.count() == 3
    assert [book.id for book in await joined.order_by("-author__name", "id")[:2]] == [3, 1]
    assert [book.id for book in await Query(Book).join("author").order_by("id")] == [1, 2, 3, 4]
    with pytest.raises(UsageError, match="several values"):
        await joined.order_by(Book.genres.name)


async def test_steps_of_a_path_are_joined_once(library: Database) -> None:
    """A longer path brings the shorter one along."""
    query = Query(Book).join("author__press").join("author").filter(author__press__name="Nord")
    assert sorted(await query.values_list(Book.id, Book.author.press.town)) == [(1, "Oslo"), (2, "Oslo")]


@pytest.mark.parametrize("kind", ["right", "full"])
async def test_a_relation_that_is_a_key_joins_from_either_side(library: Database, kind: Any) -> None:
    """Without a junction between."""
    rows = Query(Book).join(Book.author, kind=kind).values_list(Book.id, Book.author.name)
    both: list[Any] = [(1, "Ann"), (2, "Ann"), (3, "Bob"), (4, "Cy")]
    assert _sorted(await rows) == _sorted([*both, *([(5, None)] if kind == "full" else [])])
    assert await rows.distinct().count() == len(await rows)


async def test_joined_objects_can_be_changed(library: Database) -> None:
    """Cut, and with what a join narrowed."""
    joined = Query(Book).join(Book.genres).order_by("-id").limit(1)
    assert await joined.update(returning=["id"], pages=1) == [{"id": 3}]
    assert await Query(Book).join(Genre, on=Genre.__table__.c.id == Book.id).count() == 3


@pytest.mark.parametrize("lacking", [True, False])
async def test_two_full_joins_are_too_many_for_some(library: Database, lacking: bool) -> None:
    """Refused by name where the database has none."""
    rows = Query(Book).join(Book.author, kind="full").join(Book.genres, kind="full").values(Book.id)
    if lacking is library.capabilities.full_join:
        return
    if lacking:
        with pytest.raises(UsageError, match="no full join"):
            await rows
    else:
        assert await rows.count() == 7


async def test_joins_that_cannot_be(library: Database) -> None:
    """Each with its reason."""
    query = Query(Book)
    relation: Any = Book.genres
    with pytest.raises(UnknownNameError) as caught:
        query.join("autor")
    assert caught.value.nearest == "author"
    wrong: list[tuple[Any, Any, Any]] = [
        (Author, None, "inner"),
        (3, None, "inner"),
        (Book.author, Book.id == 1, "inner"),
        (Author, Author.id == 1, "cross"),
        (Author, True, "inner"),
    ]
    for target, on, kind in wrong:
        with pytest.raises(UsageError):
            query.join(target, on=on, kind=kind)
    with pytest.raises(UsageError, match="no column"):
        query.values(relation)
    with pytest.raises(UnknownNameError):
        query.join("author", kind="outer")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] -- tried
    with pytest.raises(UsageError, match="without a Book"):
        await query.join("author", kind="right")
    with pytest.raises(UsageError, match="may be many"):
        await query.values("genres__name")

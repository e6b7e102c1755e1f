"""Conditions across relations, joined and negated: the right rows, each once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import F, Q, Query
from portico.db.relations import relation
from portico.db.session import Database
from portico.errors import InvalidError, UsageError
from portico.testing.statements import statements
from tests.integration.query.conftest import store
from tests.integration.query.library import Author, Book, Copy, Genre, Press, new

ALL = {1, 2, 3, 4, 5}


async def _ids(*conditions: Any, **lookups: Any) -> list[int]:
    return list(
        await Query(Book).filter(*conditions, **lookups).order_by("id").values_list(Book.id, flat=True)
    )


CASES: dict[str, tuple[Any, list[int]]] = {
    "to one": (Q(author__name="Ann"), [1, 2]),
    "to one, absent": (Q(author__name=None), [5]),
    "to one, absent at the second step": (Q(author__press__town=None), [3, 4, 5]),
    "to one, not null": (Q(author__press__town__isnull=False), [1, 2]),
    "to one, different": (Q(author__name__ne="Ann"), [3, 4, 5]),
    "to one, not among": (Q(author__name__not_in=["Ann", "Bob"]), [4, 5]),
    "typed to one": (Book.author.press.name == "Nord", [1, 2]),
    "to many": (Q(genres__name="tale"), [1, 3]),
    "to many, either": (Q(genres__name="tale") | Q(genres__name="verse"), [1, 2, 3]),
    "to many, both of one row": (Q(genres__name="tale", genres__note="old"), [1, 3]),
    "to many, both of one row, in vain": (Q(genres__name="verse", genres__note="old"), []),
    "to many, typed": (Book.genres.name == "verse", [1, 2]),
    "to many, typed, both of one row": (
        sa.and_(Book.genres.name == "tale", Book.genres.note == "old"),
        [1, 3],
    ),
    "to many, either of two relations": (
        sa.or_(Book.genres.name == "fable", Book.copies.shelf == "A"),
        [1, 3],
    ),
    "to many or own": (sa.or_(Book.genres.name == "fable", Book.title == "Elm"), [3, 5]),
    "to many then to one": (Q(genres__parent__name="tale"), [3]),
    "to one then to many": (Q(author__books__title="Birch"), [1, 2]),
    "to many, null inside": (Q(genres__note=None), [1, 2]),
    "to many, different inside": (Q(genres__name__ne="tale"), [1, 2, 3]),
    "none of them": (~Q(genres__name="tale"), [2, 4, 5]),
    "none of them is both": (~Q(genres__name="tale", genres__note="new"), [1, 2, 3, 4, 5]),
    "negated, typed": (sa.not_(sa.or_(Book.genres.name == "tale", Book.title == "Elm")), [2, 4]),
    "related is": (Q(author=1), [1, 2]),
    "related is not": (Q(author__ne=1), [3, 4, 5]),
    "related among": (Q(author__in=[1, None]), [1, 2, 5]),
    "related not among": (Q(author__not_in=[1, None]), [3, 4]),
    "related absent": (Q(author=None), [5]),
    "related present": (Q(author__isnull=False), [1, 2, 3, 4]),
    "among the related": (Q(genres=2), [1, 2]),
    "not among the related": (Q(genres__ne=2), [3, 4, 5]),
    "none related": (Q(genres__isnull=True), [4, 5]),
    "some related": (Q(genres__isnull=False), [1, 2, 3]),
    "none related at the end": (Q(author__books__genres=None), [4, 5]),
    "composite related": (Q(copies=(1, 2)), [1]),
    "composite related among": (Q(copies__in=[(1, 2), (3, 1), (9, 9)]), [1, 3]),
    "compared with another field": (Q(pages__gt=F("id") * 50), [1, 3]),
    "compared with a related field": (Q(title__startswith=F("author__name")), []),
    "contained in another field": (Q(title__contains=F("title")), [1, 2, 3, 4, 5]),
    "own truth": (Book.in_print, [1, 4, 5]),
    "a related field and another": (Book.genres.name > Book.author.name, [1, 2, 3]),
    "two to-many relations in one": (Book.genres.id == Book.copies.number, [1, 3]),
    "none among the related": (Q(genres__in=[]), []),
    "computed": (Q(pages=F("id") * 100 + 0 * F("id")), [1, 3]),
    "computed from the right": (Q(pages=1000 / (10 - F("id") * 0) - 0), [1, 4]),
    "the rest": (Q(pages=F("pages") - F("pages") % 100), [1, 3, 4]),
    "two of one kind": (Q(genres=1) & Q(copies__shelf="A"), [1]),
}


@pytest.mark.parametrize("case", CASES)
async def test_conditions_find_the_right_rows_once(library: Database, case: str) -> None:
    """Each condition, its exclusion, and their counts."""
    condition, expected = CASES[case]
    assert await _ids(condition) == expected
    assert {book.id for book in await Query(Book).exclude(condition)} == ALL - set(expected)
    assert await Query(Book).filter(condition).count() == len(expected)
    assert await Query(Book).exclude(condition).count() == len(ALL) - len(expected)
    assert await Query(Book).filter(condition).exists() is bool(expected)


async def test_separate_filters_may_be_about_separate_rows(library: Database) -> None:
    """One call is about one genre; two calls about two."""
    assert await _ids(genres__name="tale", genres__note="new") == []
    separate = Query(Book).filter(genres__name="tale").filter(genres__note="new").values_list("id", flat=True)
    assert await separate == [3]


async def test_typed_expressions_and_lookups_are_the_same_question(library: Database) -> None:
    """Spelling does not matter, and mixed spellings meet on one join and one EXISTS."""
    both = Query(Book).filter(Book.author.name == "Ann", author__press__name="Nord", title__icontains="a")
    async with statements(library) as seen:
        assert [book.id for book in await both] == [1]
    assert seen.sql[0].count("JOIN") == 2
    shared = Query(Book).filter(Book.genres.name == "tale", genres__note="old")
    async with statements(library) as seen:
        await shared
    assert seen.sql[0].count("EXISTS") == 1


TYPED = ["contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "like", "ilike"]


@pytest.mark.parametrize("name", TYPED)
async def test_typed_text_operators_mean_what_lookups_mean(tables: Database, name: str) -> None:
    """Wildcards, case and accents are the same in both spellings, also negated."""
    texts = ["É%", "é_", "É", "e", "50%", "500", "a\\b", "A", "a", ""]
    await store(tables, *(new(Book, id=i, title=text) for i, text in enumerate(texts, start=1)))
    for text in texts:
        looked_up = await _ids(**{f"title__{name}": text})
        assert await _ids(getattr(Book.title, name)(text)) == looked_up
        negated = await _ids(~getattr(Book.title, name)(text))
        assert set(negated) == set(range(1, len(texts) + 1)) - set(looked_up)


async def test_typed_patterns_of_every_sort(tables: Database) -> None:
    """Regular expressions, other fields as text, and patterns that are none."""
    titles = enumerate(["Ab1", "ab%", "%"], start=1)
    await store(tables, *(new(Book, id=key, title=title, subtitle="%") for key, title in titles))
    assert await _ids(Book.title.regexp_match("^A.[0-9]$")) == [1]
    assert await _ids(Book.title.regexp_match("^A", flags="i")) == [1, 2]
    assert await _ids(~Book.title.regexp_match("^A")) == [2, 3]
    assert await _ids(Book.title.contains(Book.subtitle)) == [2, 3]
    assert await _ids(Book.title.istartswith(Book.subtitle)) == [3]
    assert await _ids(title__endswith=F("subtitle")) == [2, 3]
    with pytest.raises(UsageError, match="must be text"):
        Query(Book).filter(Book.title.like(Book.subtitle))
    with pytest.raises(InvalidError, match="contains"):
        Query(Book).filter(title__like=F("subtitle"))


async def test_autoescape_is_not_escaped_twice(tables: Database) -> None:
    """Somebody who escapes by hand gets what was asked for."""
    await store(
        tables, new(Book, id=1, title="50%"), new(Book, id=2, title="500"), new(Book, id=3, title="5/0%")
    )
    assert await _ids(Book.title.contains("0%", autoescape=True)) == [1, 3]
    assert await _ids(Book.title.contains("#%", escape="#")) == [1, 3]
    assert await _ids(Book.title.startswith("5_", escape="#")) == [1, 2, 3]


async def test_a_query_stands_as_a_list(library: Database) -> None:
    """`in` takes a query, limited ones too, without loading its rows."""
    anns = Query(Author).filter(name="Ann")
    async with statements(library) as seen:
        assert await _ids(author__in=anns) == [1, 2]
    assert len(seen) == 1
    assert await _ids(author_id__in=anns.values_list("id", flat=True)) == [1, 2]
    assert await _ids(author__not_in=anns) == [3, 4, 5]
    assert await _ids(author_id__not_in=anns.values_list("id", flat=True)) == [3, 4, 5]
    assert await _ids(author_id__not_in=Query(Book).values_list("author_id", flat=True)) == [5]
    assert await _ids(copies__in=Query(Copy).filter(shelf="A")) == [1]
    with pytest.raises(InvalidError, match="2 part"):
        Query(Book).filter(copies__in=Query(Book))
    assert await _ids(author__in=Query(Author).order_by("-id").limit(1)) == [4]
    assert await _ids(genres__in=Query(Genre).filter(note__isnull=False)) == [1, 3]
    assert await _ids(author_id__in=sa.select(Author.id).where(Author.name == "Bob")) == [3]


async def test_a_related_object_stands_for_itself(library: Database) -> None:
    """Objects compare by key; unsaved and foreign ones are refused."""
    ann = await Query(Author).get(1)
    assert await _ids(author=ann) == [1, 2]
    assert await _ids(relation(Book.author) == ann) == [1, 2]
    assert await _ids(author__in=[ann]) == [1, 2]
    copy = await Query(Copy).get((1, 2))
    assert await _ids(copies=copy) == [1]
    presses = await Query(Press).filter(id__in=[1, 2]).order_by("id")
    assert await _ids(author__press__in=presses) == [1, 2, 3]


async def test_paths_inside_subqueries_are_joined_around_them(library: Database) -> None:
    """They are about the row outside, as its own columns are."""
    namesake = sa.exists().where(Genre.name == Book.author.name)
    assert await _ids(namesake) == []
    await Query(Genre).filter(id=1).update(name="Ann")
    assert await _ids(namesake) == [1, 2]
    assert await _ids(~namesake) == [3, 4, 5]
    assert await _ids(namesake | (Book.genres.name == "fable")) == [1, 2, 3]


async def test_self_relations_have_names_of_their_own(library: Database) -> None:
    """A table joined to itself is not confused with itself."""
    assert [g.id for g in await Query(Genre).filter(parent__name="tale", name="fable")] == [3]
    assert [g.id for g in await Query(Genre).filter(children__name="fable")] == [1]
    assert [g.id for g in await Query(Genre).filter(Genre.children.name == "fable")] == [1]
    assert [g.id for g in await Query(Genre).filter(Genre.children.name < Genre.name)] == [1]
    assert [g.id for g in await Query(Genre).exclude(children__name="fable").order_by("id")] == [2, 3]


async def test_nested_to_many_relations_share_their_way(library: Database) -> None:
    """Both conditions are about copies of the same book of the author."""
    query = Query(Author).filter(books__title="Ash", books__copies__shelf="A")
    async with statements(library) as seen:
        assert [author.id for author in await query] == [1]
    assert seen.sql[0].count("EXISTS") == 2
    assert await Query(Author).filter(books__title="Birch", books__copies__shelf="A").count() == 0


async def test_empty_conditions_say_nothing(library: Database) -> None:
    """An empty Q neither finds nor excludes."""
    assert await _ids(Q()) == [1, 2, 3, 4, 5]
    assert await _ids(~Q()) == [1, 2, 3, 4, 5]
    assert await _ids(Q() | Q(id=1)) == [1]
    assert await Query(Book).exclude().count() == 5
    assert await _ids(Q(id__in=[]) | Q(id=2)) == [2]
    assert await _ids(~Q(id__in=[])) == [1, 2, 3, 4, 5]

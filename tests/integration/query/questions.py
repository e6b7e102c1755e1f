"""Random conditions over the library, each with its meaning in Python: what `test_properties` compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from portico.db.query import Q
from tests.integration.query.library import Book
from tests.integration.query.reference import answer


@dataclass(frozen=True)
class Shelf:
    """A book as Python sees it: its own values, its author's, and those of its genres."""

    own: dict[str, Any]
    genres: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Own:
    """A condition on the book or, through to-one relations, on its author."""

    condition: Any
    test: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class OfGenre:
    """A condition on one genre of the book."""

    condition: Any
    test: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Both:
    """Two conditions; ``any_of`` says that one is enough."""

    left: Any
    right: Any
    any_of: bool


@dataclass(frozen=True)
class Not:
    """The complement."""

    inner: Any


Question = Own | OfGenre | Both | Not


def spelled(question: Question) -> Any:
    """The question as `filter` takes it."""
    if isinstance(question, Not):
        return ~Q(spelled(question.inner))
    if isinstance(question, Both):
        left, right = Q(spelled(question.left)), Q(spelled(question.right))
        return left | right if question.any_of else left & right
    return question.condition


def is_true(question: Question, book: Shelf) -> bool:
    """The question answered in Python: conditions joined by and on genres are about one genre."""
    if isinstance(question, Not):
        return not is_true(question.inner, book)
    if isinstance(question, Own):
        return question.test(book.own)
    if isinstance(question, Both) and not question.any_of:
        parts = _conjuncts(question)
        shared = [part for part in parts if _is_pure(part)]
        alone = [part for part in parts if not _is_pure(part)]
        about_one = not shared or any(all(_of(part, genre) for part in shared) for genre in book.genres)
        return about_one and all(is_true(part, book) for part in alone)
    if isinstance(question, Both):
        return is_true(question.left, book) or is_true(question.right, book)
    return any(question.test(genre) for genre in book.genres)


def _conjuncts(question: Question) -> list[Question]:
    if isinstance(question, Both) and not question.any_of:
        return [*_conjuncts(question.left), *_conjuncts(question.right)]
    return [question]


def _is_pure(question: Question) -> bool:
    if isinstance(question, Both):
        return _is_pure(question.left) and _is_pure(question.right)
    return isinstance(question, OfGenre)


def _of(question: Question, genre: dict[str, Any]) -> bool:
    if isinstance(question, Both):
        left, right = _of(question.left, genre), _of(question.right, genre)
        return left or right if question.any_of else left and right
    assert isinstance(question, OfGenre)
    return question.test(genre)


def _lookup(kind: type[Own] | type[OfGenre], prefix: str, field: str, lookup: str, value: Any) -> Question:
    keyword = f"{prefix}{field}__{lookup}"
    name = field if kind is OfGenre else f"{prefix}{field}"
    return kind(Q(**{keyword: value}), lambda row: answer(row[name], lookup, value))


numbers = st.sampled_from([None, 50, 100, 300, 7])
texts = st.sampled_from([None, "tale", "verse", "fable", "Ann", "Oslo", "a", "old"])
equality = st.sampled_from(["exact", "ne"])
ordering = st.sampled_from(["gt", "gte", "lt", "lte"])


def _own() -> st.SearchStrategy[Question]:
    known = numbers.filter(lambda number: number is not None)
    texted = texts.filter(lambda text: text is not None)
    return st.one_of(
        st.builds(lambda op, value: _lookup(Own, "", "pages", op, value), equality, numbers),
        st.builds(lambda op, value: _lookup(Own, "", "pages", op, value), ordering, known),
        st.builds(lambda values: _lookup(Own, "", "pages", "in", values), st.lists(numbers, max_size=3)),
        st.builds(lambda values: _lookup(Own, "", "pages", "not_in", values), st.lists(numbers, max_size=3)),
        st.builds(lambda value: _lookup(Own, "", "title", "icontains", value), texted),
        st.builds(lambda op, value: _lookup(Own, "author__", "name", op, value), equality, texts),
        st.builds(lambda op, value: _lookup(Own, "author__press__", "town", op, value), equality, texts),
        st.builds(
            lambda value: Own(Book.author.name == value, lambda row: row["author__name"] == value), texted
        ),
        st.builds(
            lambda value: Own(Book.pages > value, lambda row: answer(row["pages"], "gt", value)), known
        ),
    )


def _of_genre() -> st.SearchStrategy[Question]:
    texted = texts.filter(lambda text: text is not None)
    return st.one_of(
        st.builds(lambda op, value: _lookup(OfGenre, "genres__", "name", op, value), equality, texted),
        st.builds(lambda op, value: _lookup(OfGenre, "genres__", "note", op, value), equality, texts),
        st.builds(lambda value: OfGenre(Book.genres.name == value, lambda row: row["name"] == value), texted),
    )


def _joined(inner: st.SearchStrategy[Question]) -> st.SearchStrategy[Question]:
    return st.one_of(st.builds(Both, inner, inner, st.booleans()), st.builds(Not, inner))


questions: st.SearchStrategy[Question] = st.recursive(st.one_of(_own(), _of_genre()), _joined, max_leaves=6)
"""Conditions of up to six expressions."""

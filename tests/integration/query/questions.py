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


numbers = st.sampled_from([50, 100, 300, 7])
texts = st.sampled_from(["tale", "verse", "fable", "Ann", "Oslo", "a", "old"])
equality = st.sampled_from(["exact", "ne"])
ordering = st.sampled_from(["gt", "gte", "lt", "lte"])
some_numbers = st.lists(numbers | st.none(), max_size=3)


def _asked(
    kind: type[Own] | type[OfGenre], prefix: str, field: str, lookups: st.SearchStrategy[str], values: Any
) -> st.SearchStrategy[Question]:
    asked: st.SearchStrategy[tuple[str, Any]] = st.tuples(lookups, values)
    return asked.map(lambda pair: _lookup(kind, prefix, field, *pair))


def _is(value: str) -> Question:
    return Own(Book.author.name == value, lambda row: row["author__name"] == value)


def _is_longer(value: int) -> Question:
    return Own(Book.pages > value, lambda row: answer(row["pages"], "gt", value))


def _has(value: str) -> Question:
    return OfGenre(Book.genres.name == value, lambda row: row["name"] == value)


def _own() -> st.SearchStrategy[Question]:
    return st.one_of(
        _asked(Own, "", "pages", equality, numbers | st.none()),
        _asked(Own, "", "pages", ordering, numbers),
        _asked(Own, "", "pages", st.sampled_from(["in", "not_in"]), some_numbers),
        _asked(Own, "", "title", st.just("icontains"), texts),
        _asked(Own, "author__", "name", equality, texts | st.none()),
        _asked(Own, "author__press__", "town", equality, texts | st.none()),
        texts.map(_is),
        numbers.map(_is_longer),
    )


def _of_genre() -> st.SearchStrategy[Question]:
    return st.one_of(
        _asked(OfGenre, "genres__", "name", equality, texts),
        _asked(OfGenre, "genres__", "note", equality, texts | st.none()),
        texts.map(_has),
    )


def _joined(inner: st.SearchStrategy[Question]) -> st.SearchStrategy[Question]:
    return st.one_of(st.builds(Both, inner, inner, st.booleans()), st.builds(Not, inner))


questions: st.SearchStrategy[Question] = st.recursive(st.one_of(_own(), _of_genre()), _joined, max_leaves=6)
"""Conditions of up to six expressions."""

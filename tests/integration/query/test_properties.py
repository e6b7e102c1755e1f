"""What holds for every query, tried on many: partition, counts, order and slices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portico.db.query import Query
from portico.db.session import Database
from tests.integration.query.library import Book
from tests.integration.query.questions import Question, Shelf, is_true, questions, spelled

FEWER = 40
often = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Budget:
    """Servers are asked fewer times than the file next door."""

    def __init__(self, backend: str) -> None:
        self.left = 10_000 if backend == "sqlite" else FEWER

    def is_spent(self) -> bool:
        """Whether this example is one too many."""
        self.left -= 1
        return self.left < 0


@pytest.fixture
def budget(backend: str) -> Budget:
    """How many examples this database gets."""
    return Budget(backend)


async def _shelves() -> dict[int, Shelf]:
    names = ["pages", "title", "author__name", "author__press__town"]
    genres = await Query(Book).prefetch("genres").only("id")
    of = {book.id: tuple({"name": g.name, "note": g.note} for g in book.genres) for book in genres}
    return {row["id"]: Shelf(row, of[row["id"]]) for row in await Query(Book).values("id", *names)}


@often
@given(question=questions)
async def test_filter_and_exclude_part_the_table(
    library: Database, budget: Budget, question: Question
) -> None:
    """Every row is in exactly one of the two, as the reference says, and counted as it is listed."""
    if budget.is_spent():
        return
    shelves = await _shelves()
    expected = sorted(key for key, shelf in shelves.items() if is_true(question, shelf))
    kept, left = Query(Book).filter(spelled(question)), Query(Book).exclude(spelled(question))
    assert sorted(book.id for book in await kept) == expected
    assert sorted(book.id for book in await left) == sorted(shelves.keys() - set(expected))
    assert (await kept.count(), await left.count()) == (len(expected), len(shelves) - len(expected))
    assert await kept.exists() is bool(expected)


KEYS = ["pages", "-pages", "in_print", "-title", "author__name", "-author__press__town", "id", "-id"]


def _sorted(rows: list[dict[str, Any]], keys: list[str]) -> list[int]:
    ordered = sorted(rows, key=lambda row: row["id"], reverse=bool(keys) and keys[-1].startswith("-"))
    for key in reversed(keys):
        name = key.removeprefix("-")
        smallest = [
            (row[name] is not None, row[name]) if row[name] is not None else (False,) for row in ordered
        ]
        pairs = sorted(zip(smallest, range(len(ordered)), strict=True), key=lambda pair: pair[0])
        if key.startswith("-"):
            pairs = sorted(
                zip(smallest, range(len(ordered)), strict=True), key=lambda pair: pair[0], reverse=True
            )
        ordered = [ordered[index] for _, index in pairs]
    return [row["id"] for row in ordered]


@often
@given(
    keys=st.lists(st.sampled_from(KEYS), max_size=3, unique_by=lambda key: key.removeprefix("-")),
    start=st.integers(0, 6),
    length=st.none() | st.integers(0, 6),
)
async def test_slices_are_slices_of_the_whole(
    library: Database, budget: Budget, keys: list[str], start: int, length: int | None
) -> None:
    """Rows are in Python's order, NULL smallest, ties by key; a slice is what Python would cut."""
    if budget.is_spent():
        return
    query = Query(Book).order_by(*keys, *([] if keys else ["id"]))
    whole = [book.id for book in await query]
    names = {"id", *(key.removeprefix("-") for key in KEYS)}
    assert whole == _sorted(await Query(Book).values(*names), keys)
    stop = None if length is None else start + length
    cut = query[start:stop]
    assert [book.id for book in await cut] == whole[start:stop]
    assert await cut.count() == len(whole[start:stop])
    assert await cut.exists() is bool(whole[start:stop])
    first, last = await query.first(), await query.last()
    assert (first and first.id, last and last.id) == (whole[0], whole[-1])

"""Rows at random: each as likely as any other, in empty, small, large and sparse tables."""

from __future__ import annotations

from collections import Counter

import pytest

from portico.db.mixins.everyday import sampling
from portico.db.session import Database
from portico.testing.statements import statements
from tests.integration.mixins.notes import Base, Line, Note


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this file."""
    await db.create_tables(Base.metadata)


async def _lines(keys: list[int]) -> None:
    await Line.bulk_create([{"id": key, "text": str(key)} for key in keys], returning=False)


async def test_of_nothing_there_is_nothing() -> None:
    """And a sample of none is none."""
    assert await Line.random() is None
    assert await Line.sample(3) == []
    await _lines([5])
    found = await Line.random()
    assert found is not None
    assert found.id == 5
    assert await Line.sample(0) == []


async def test_a_sample_has_each_row_once() -> None:
    """All of them where there are fewer than asked for."""
    await _lines([1, 2, 7, 1_000_000])
    found = await Line.sample(10)
    assert sorted(one.id for one in found) == [1, 2, 7, 1_000_000]


@pytest.mark.parametrize("gap", [1, 1_000], ids=["dense", "sparse"])
async def test_a_large_table_is_not_sorted_by_chance(
    db: Database, gap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few statements, none of which orders by a random number."""
    monkeypatch.setattr(sampling, "SMALL", 50)
    await _lines([1 + number * gap for number in range(300)])
    async with statements(db) as seen:
        found = await Line.sample(20)
    assert len({one.id for one in found}) == 20
    assert len(seen) <= sampling.ROUNDS + 7
    assert not any("rand" in sql.lower() for sql in seen.sql)


@pytest.mark.parametrize("keys", [list(range(1, 9)), [1, 2, 3, 4, 5, 6, 7, 10_000_000]], ids=["dense", "gap"])
async def test_each_row_is_as_likely_as_any_other(keys: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A row behind a gap must not be drawn more often; 400 draws of 8 rows tell a bias of one in two."""
    monkeypatch.setattr(sampling, "SMALL", 3)
    await _lines(keys)
    drawn: Counter[int] = Counter()
    for _ in range(100):
        drawn.update(one.id for one in await Line.sample(4))
    assert set(drawn) == set(keys)
    # 50 are expected of each; 15 lie seven standard deviations away.
    assert min(drawn.values()) > 15
    assert max(drawn.values()) < 85


async def test_what_probes_do_not_find_is_drawn_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to probe between two texts, and little between numbers far apart."""
    monkeypatch.setattr(sampling, "SMALL", 3)
    monkeypatch.setattr(sampling, "ROUNDS", 0)
    await Note.bulk_create([Note(slug=f"n{number}") for number in range(9)])
    assert len({one.id for one in await Note.sample(5)}) == 5

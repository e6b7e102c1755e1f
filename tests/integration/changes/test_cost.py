"""A class that nobody watches is written by the same statements, whoever else is watched."""

from __future__ import annotations

from portico.db.changes import unwatch, watch
from portico.db.session import Database
from portico.testing.statements import statements

from .orchard import Diary, Label, Stone, Tree, diary, orchard

__all__ = ["diary", "orchard"]


async def _write(database: Database) -> list[str]:
    async with statements(database) as sent:
        stone = await Stone.create()
        stone.weight = 2
        await stone.save()
        await Stone.filter(weight=2).update(weight=3)
        await Stone.bulk_create([Stone(), Stone()])
        await stone.delete()
        await Stone.filter(weight=1).delete()
    return [*sent.sql, *sent.control]


async def test_unwatched_classes_are_written_as_ever(orchard: Database) -> None:
    """Before anybody watches, and while others are watched."""
    alone = await _write(orchard)
    diary = Diary()
    watch(diary)
    beside = await _write(orchard)
    unwatch(diary)
    assert alone == beside
    assert await _write(orchard) == alone


async def test_watched_rows_cost_few_statements(orchard: Database, diary: Diary) -> None:
    """The rows before and the rows after are read together, however many they are."""
    async with statements(orchard) as sent:
        await Tree.bulk_create([Tree(kind="x", farm_id=1) for _ in range(50)])
    created = len(sent)
    async with statements(orchard) as sent:
        await Tree.all().update(height=7)
    updated = len(sent)
    async with statements(orchard) as sent:
        await Label.all().delete()
    assert (created, updated) == (1, 3)
    assert len(sent) == 5
    assert len(diary.committed) == 50 + 53 + 3 + 1

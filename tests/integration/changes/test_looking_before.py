"""Somebody who looks at rows before they are written may change them, or refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest
import sqlalchemy as sa

from portico.db.changes import Kind, unwatch, watch
from portico.db.query import F
from portico.db.session import Database, atomic
from portico.errors import UsageError

from .orchard import Diary, Tree, orchard

__all__ = ["orchard"]


class Gardener(Diary):
    """Cuts trees that are higher than ten before they are written; refuses to touch the kind "oak"."""

    def __init__(self) -> None:
        super().__init__(Tree)
        self.looked: list[tuple[Kind, Any]] = []

    def looks_before(self, model: type[Any], kind: Kind) -> bool:
        return bool(model and kind)

    async def before_write(self, kind: Kind, rows: Sequence[Any]) -> None:
        for row in rows:
            self.looked.append((kind, row.id))
            if row.kind == "oak":
                raise PermissionError("oak")
            if isinstance(row.height, int) and row.height > 10:
                row.height = 10


@pytest.fixture
async def gardener(orchard: Database) -> AsyncIterator[Gardener]:
    """Watches trees."""
    _ = orchard
    made = Gardener()
    watch(made)
    yield made
    unwatch(made)


async def heights() -> list[int]:
    return [tree.height for tree in await Tree.all().order_by("id")]


async def test_a_new_object_is_changed_before_it_is_written(gardener: Gardener) -> None:
    """What was cut is what is stored, recorded and on the object."""
    tree = await Tree.create(kind="fir", height=90, farm_id=1)
    assert (tree.height, gardener.committed[0].after["height"]) == (10, 10)
    assert await heights() == [1, 1, 1, 10]


async def test_saved_objects_are_looked_at_once(gardener: Gardener) -> None:
    """Also inside of a unit, where a flush would write them again."""
    async with atomic():
        tree = await Tree.get(1)
        tree.height = 50
        await tree.save()
    assert gardener.looked == [("update", 1)]
    assert await heights() == [10, 1, 1]


async def test_a_session_is_looked_at_before_it_flushes(orchard: Database, gardener: Gardener) -> None:
    """New, changed and deleted objects."""
    async with orchard.session() as session:
        one: Any = await session.get(Tree, 1)
        one.height = 40
        session.add(Tree(kind="fir", height=30, farm_id=1))
        await session.delete(await session.get(Tree, 3))
    assert sorted(kind for kind, _ in gardener.looked) == ["create", "delete", "update"]
    assert await heights() == [10, 1, 10]


@pytest.mark.parametrize("returning", [None, True, ["id", "height"]])
async def test_an_update_of_a_query_is_looked_at_row_by_row(gardener: Gardener, returning: Any) -> None:
    """The rows are loaded for it, and locked."""
    found = cast("Any", await Tree.filter(farm_id=1).update(returning=returning, height=77))
    assert sorted(gardener.looked) == [("update", 1), ("update", 2)]
    assert (found if returning is None else len(found)) == 2
    assert await heights() == [10, 10, 1]


async def test_expressions_stay_expressions(gardener: Gardener) -> None:
    """What the database computes nobody sees before; it is there afterwards."""
    async with atomic():
        held = await Tree.get(1)
        await Tree.filter(farm_id=1).update(height=F("height") + 2)
        assert held.height == 3
    assert [change.after["height"] for change in gardener.committed] == [3, 3]


async def test_many_rows_are_looked_at(gardener: Gardener) -> None:
    """Those of bulk calls, keys as well as objects."""
    await Tree.bulk_create([Tree(kind="a", height=20, farm_id=1), Tree(kind="b", farm_id=1)])
    await Tree.bulk_create([{"kind": "c", "height": 30, "farm_id": 1}], returning=False)
    trees = await Tree.filter(id__in=[1, 2]).order_by("id")
    for tree in trees:
        tree.height = 60
    await Tree.bulk_update(trees, ["height"])
    await Tree.bulk_delete([3, trees[0]])
    assert [kind for kind, _ in gardener.looked] == [*["create"] * 3, *["update"] * 2, *["delete"] * 2]
    assert await heights() == [10, 10, 1, 10]


async def test_a_query_that_deletes_is_looked_at(gardener: Gardener) -> None:
    """Each row before it goes."""
    assert await Tree.filter(farm_id=1).delete() == 2
    assert gardener.looked == [("delete", 1), ("delete", 2)]


async def test_who_refuses_undoes_the_write(gardener: Gardener) -> None:
    """Outside of a unit nothing is written; inside, the unit can do nothing more."""
    with pytest.raises(PermissionError):
        await Tree.create(kind="oak", farm_id=1)
    with pytest.raises(UsageError, match="oak"):
        async with atomic():
            await Tree.create(kind="fir", farm_id=1)
            with pytest.raises(PermissionError):
                await Tree.create(kind="oak", farm_id=1)
            await Tree.create(kind="elm", farm_id=1)
    assert len(await heights()) == 3
    assert gardener.committed == []


async def test_who_refuses_in_a_flush_undoes_it(orchard: Database, gardener: Gardener) -> None:
    """As does an error of the database."""
    with pytest.raises(PermissionError):
        async with orchard.session() as session:
            tree = (await session.scalars(sa.select(Tree).where(Tree.id == 1))).one()
            tree.kind = "oak"
    assert (await Tree.get(1)).kind == "pear"
    assert gardener.committed == []

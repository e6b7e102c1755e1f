"""Relations that load unasked, versions that move, keys that are text or UUIDs."""

from __future__ import annotations

import uuid

import pytest

from portico.db.query import Prefetch, Query
from portico.db.session import Database
from portico.errors import MultipleFoundError, NotFoundError, UsageError
from portico.testing.statements import statements
from tests.integration.query.conftest import store
from tests.integration.query.library import new
from tests.integration.query.tasks import METADATA, Person, Step, Task

FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
async def tasks(db: Database) -> Database:
    """Two tasks of one person, with steps that others help with."""
    await db.create_tables(METADATA)
    await store(db, *(new(Person, name=name) for name in ("ann", "bob", "cy")))
    await store(
        db, *(new(Task, id=key, rank=rank, owner_name="ann") for rank, key in enumerate((FIRST, SECOND)))
    )
    await store(
        db, *(new(Step, id=i, task_id=FIRST, helper_name=name) for i, name in enumerate(["bob", "cy"], 1))
    )
    return db


async def test_relations_that_load_unasked(tasks: Database) -> None:
    """One level, one statement each, in the order of their model even where it leads over a relation."""
    async with statements(tasks) as seen:
        found = await Query(Task)
    assert len(seen) == 3
    assert [task.id for task in found] == [SECOND, FIRST]
    assert [step.helper_name for step in found[1].steps] == ["cy", "bob"]
    assert found[0].owner is not None
    chosen = await Query(Task).prefetch(Prefetch("steps", query=Query(Step).filter(id=1))).get(FIRST)
    assert [step.id for step in chosen.steps] == [1]
    nobody = await Query(Person).prefetch("tasks__steps").get("cy")
    assert list(nobody.tasks) == []


async def test_a_version_moves_with_a_bulk_update(tasks: Database) -> None:
    """Whoever loaded the row before must notice; `only` keeps the version."""
    assert await Query(Task).filter(id=FIRST).update(rank=5) == 1
    task = await Query(Task).only("rank").get(FIRST)
    assert (task.rank, task.version) == (5, 2)
    owned = await Query(Task).only("rank").prefetch("owner").get(FIRST)
    assert owned.owner is not None
    with pytest.raises(UsageError, match=r"Task\.version moves by itself"):
        await Query(Task).filter(id=FIRST).update(version=9)
    assert await Query(Task).filter(id=FIRST).scalar("version") == 2


async def test_keys_in_messages(tasks: Database) -> None:
    """UUIDs are shown, text is not: it might be anybody's name."""
    with pytest.raises(NotFoundError, match=f"Task with id={uuid.UUID(int=9)} was not found"):
        await Query(Task).get(str(uuid.UUID(int=9)))
    with pytest.raises(NotFoundError, match="Person with this name was not found"):
        await Query(Person).get("zoe")
    with pytest.raises(MultipleFoundError):
        await Query(Person).limit(3).one()
    with pytest.raises(UsageError, match="limited already"):
        await Query(Person).limit(3).in_bulk(["ann"])


async def test_related_objects_are_asked_through(tasks: Database) -> None:
    """`person.tasks` is the beginning of a query."""
    ann = await Query(Person).get("ann")
    assert await ann.tasks.filter(rank=1).values_list("id", flat=True) == [SECOND]


async def test_updates_that_cannot_be(tasks: Database) -> None:
    """Relations take objects of their class; values come over one relation."""
    with pytest.raises(UsageError, match="is set to a Person"):
        await Query(Task).filter(id=FIRST).update(owner="ann")
    with pytest.raises(UsageError, match="goes through one relation"):
        await Query(Step).filter(id=1).update(helper_name=Step.task.owner.name + Step.helper.name)

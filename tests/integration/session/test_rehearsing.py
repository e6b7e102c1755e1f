"""What is rehearsed happens, and then has not happened."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, on_commit, rehearse, run
from portico.errors import ForeignKeyError, UsageError

metadata = sa.MetaData()
words = sa.Table(
    "words", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("of", sa.Integer)
)
late = sa.Table(
    "late",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("of", sa.Integer, sa.ForeignKey("late.id", deferrable=True, initially="DEFERRED")),
)


async def number(db: Database) -> int:
    """How many words there are."""
    return int((await run(db, sa.select(sa.func.count()).select_from(words))).scalar_one())


async def test_a_rehearsal_gives_its_result_and_leaves_nothing(db: Database) -> None:
    """Inside it the rows are there; nothing that waits for a commit is called."""
    await db.create_tables(metadata)
    called: list[int] = []

    async def work() -> int:
        await run(db, sa.insert(words).values(id=1))
        on_commit(lambda: called.append(1), db)
        return await number(db)

    assert await rehearse(work, database=db) == 1
    assert await number(db) == 0
    assert not called


async def test_a_rehearsal_inside_a_unit_undoes_its_own_part(db: Database) -> None:
    """The unit around goes on."""
    await db.create_tables(metadata)
    async with atomic(db):
        await run(db, sa.insert(words).values(id=1))

        async def work() -> None:
            await run(db, sa.insert(words).values(id=2))

        await rehearse(work, database=db)
    assert await number(db) == 1


async def test_what_goes_wrong_in_a_rehearsal_is_raised(db: Database) -> None:
    """That is what one rehearses for."""

    async def work() -> None:
        raise UsageError("no")

    with pytest.raises(UsageError):
        await rehearse(work, database=db)


async def test_a_rehearsal_looks_at_constraints_that_wait_for_the_commit(db: Database) -> None:
    """PostgreSQL can be asked to look now."""
    if db.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL can be asked")
    await db.create_tables(late)

    async def work() -> None:
        await run(db, sa.insert(late).values(id=1, of=99))

    with pytest.raises(ForeignKeyError):
        await rehearse(work, database=db)

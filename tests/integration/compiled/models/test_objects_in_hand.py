"""An object that was read without a session is worked with like any other."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.session import Database, atomic, current_database, current_unit, run
from portico.errors import NotFoundError
from tests.integration.differential import world
from tests.integration.differential.world import Article, Writer

from .reads import Doors, both, held_by, shown

Work = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def doors(url: str) -> AsyncGenerator[Doors]:
    """Both doors to writers, articles, comments and labels."""
    async with both(url, world.METADATA) as opened:
        await fill(opened.database)
        yield opened


async def fill(database: Database) -> None:
    """The same rows again."""
    for table in reversed(world.METADATA.sorted_tables):
        if table.name == "writers":
            await run(database, sa.update(table).values(boss_id=None))
        await run(database, sa.delete(table))
    for name, several in world.made_rows(random.Random(7)).items():
        await run(database, sa.insert(world.METADATA.tables[name]), several)


async def saved(article: Any) -> None:
    """Changed and saved, outside of a unit."""
    article.title, article.likes = "changed", article.likes + 1
    await article.save()


async def updated(article: Any) -> None:
    """Changed by a call."""
    await article.update(title="changed")


async def deleted(article: Any) -> None:
    """Gone."""
    await article.delete()


async def refreshed(article: Any) -> None:
    """Read again, over a change that was not saved."""
    article.title = "not saved"
    await article.refresh()


async def related(article: Any) -> None:
    """Given another author."""
    article.author = await Writer.get(2)
    await article.save()


async def added(article: Any) -> None:
    """Put into the session of a unit, and changed there."""
    async with atomic():
        unit = current_unit(current_database())
        assert unit is not None
        unit.session.add(article)
        article.title = "changed in a unit"


async def merged(article: Any) -> Any:
    """Merged into the session of a unit: the unit has an object of its own."""
    article.title = "changed before"
    async with atomic():
        unit = current_unit(current_database())
        assert unit is not None
        other = await unit.session.merge(article)
        assert other is not article
        return other.likes


async def saved_in_unit(article: Any) -> None:
    """Saved inside a unit that has read the same row."""
    async with atomic():
        await Article.get(article.id)
        article.title = "changed in a unit"
        await article.save()


async def rolled_back(article: Any) -> str:
    """Saved inside a unit that fails."""
    try:
        async with atomic():
            await article.update(title="never")
            raise LookupError  # noqa: TRY301 -- ends the unit
    except LookupError:
        return str(article.title)


async def new_article(**values: Any) -> Any:
    """One more row, with a number that no other has."""
    cls: Any = Article
    return await cls.create(id=500, title="mine", **values)


@pytest.mark.parametrize(
    "work", [saved, updated, deleted, refreshed, related, added, merged, saved_in_unit, rolled_back]
)
async def test_what_is_done_with_it_has_the_same_effect(doors: Doors, work: Work) -> None:
    """On the row, on the object, and on what the call gives."""
    effects: list[Any] = []
    for database in (doors.database, doors.general):
        await fill(doors.general)
        with database.use():
            article = (await Article.filter(id__gte=3).order_by("id").limit(2))[0]
            given = await work(article)
            table = world.METADATA.tables["articles"]
            rows = (await run(database, sa.select(table).order_by(table.c.id))).all()
            held = held_by(article)
            held.pop("author", None)
            state = sa.inspect(article)
            flags = (state.transient, state.persistent, state.detached, state.modified, state.key)
            effects.append((given, [tuple(row) for row in rows], shown(held), flags))
    assert effects[0] == effects[1]


async def test_inside_a_unit_its_own_writes_are_seen(doors: Doors) -> None:
    """Which nobody else sees before it ends; the object of a row is one object there."""
    with doors.database.use():
        async with atomic():
            mine = await new_article(likes=77)
            assert await Article.get(mine.id) is mine
            assert [one.id for one in await Article.filter(likes=77)] == [mine.id]
            assert await Article.filter(likes=77).count() == 1
            sent = len(doors.compiled)
        assert await Article.get(mine.id) is not mine
    assert len(doors.compiled) == sent + 1


async def test_a_unit_that_failed_leaves_nothing_to_be_read(doors: Doors) -> None:
    """The statement after it is not part of it."""
    with doors.database.use():
        with pytest.raises(LookupError):
            async with atomic():
                await new_article()
                raise LookupError
        with pytest.raises(NotFoundError):
            await Article.get(500)


async def test_whoever_was_dropped_is_not_loaded_for(doors: Doors) -> None:
    """Objects of one list know each other weakly."""
    with doors.database.use():
        articles = await Article.filter(author_id__isnull=False).order_by("id").limit(3)
        kept, dropped = articles[0], articles[1].id
        del articles
        await kept.load("author")
    author: Any = kept.author
    assert author.id == kept.author_id
    assert dropped != kept.id

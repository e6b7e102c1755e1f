"""The trail alone gives the tables again: nothing is written that it does not know, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portico.db.audit import audit
from portico.db.session import Database, atomic, run
from portico.errors import PorticoError
from tests.integration.audit.models import Author, Book, Tag, entries

Rows = dict[tuple[str, str], dict[str, Any]]
Step = Callable[[random.Random], Awaitable[None]]


async def create(dice: random.Random) -> None:
    """A row, if the key is free."""
    await Book.create(id=dice.randrange(8), title="made", author_id=dice.choice([None, 1, 2]))


async def create_many(dice: random.Random) -> None:
    """Rows in one statement."""
    rows = [Book(id=number, title="many", notes=[number]) for number in dice.sample(range(8), 3)]
    await Book.bulk_create(rows)


async def save(dice: random.Random) -> None:
    """An object that was changed."""
    book = await Book.get(dice.randrange(8))
    book.title, book.pages = f"saved {dice.randrange(9)}", dice.randrange(3)
    await book.save()


async def update_some(dice: random.Random) -> None:
    """Rows that a query finds, by an expression."""
    await Book.filter(id__lt=dice.randrange(8)).update(pages=Book.pages + 1)


async def move(dice: random.Random) -> None:
    """Another key, where no links hold it."""
    await Book.filter(id=dice.randrange(8)).update(id=dice.randrange(8))


async def delete_one(dice: random.Random) -> None:
    """An object."""
    await (await Book.get(dice.randrange(8))).delete()


async def delete_some(dice: random.Random) -> None:
    """Rows that a query finds."""
    await Book.filter(pages__gt=dice.randrange(4)).delete()


async def cascade(dice: random.Random) -> None:
    """Rows that the database deletes by itself."""
    number = dice.choice([1, 2])
    await Author.filter(id=number).delete()
    await Author.create(id=number, name="again")


async def link(dice: random.Random) -> None:
    """Rows of the junction."""
    book = await Book.get(dice.randrange(8))
    tags = dice.sample([1, 2, 3], dice.randrange(3))
    await (book.tags.set(tags) if dice.random() < 0.5 else book.tags.add(*tags))


async def nested(dice: random.Random) -> None:
    """A savepoint that is undone, between two writes."""
    await create(dice)
    with suppress(LookupError):
        async with atomic():
            await update_some(dice)
            raise LookupError
    await save(dice)


STEPS: list[Step] = [
    create, create_many, save, update_some, move, delete_one, delete_some, cascade, link, nested
]  # fmt: skip


async def stored() -> Rows:
    """What is in the tables."""
    found: Rows = {}
    for book in await Book.prefetch("tags"):
        columns = {name: getattr(book, name) for name in ("id", "title", "pages", "notes", "author_id")}
        found["Book", str(book.id)] = columns | {"tags": {(tag.id,) for tag in book.tags}}
    for model in (Author, Tag):
        for row in await model.all():
            found[model.__name__, str(row.id)] = {"id": row.id, "name": row.name}
    return found


async def replayed() -> Rows:
    """What the trail says that is there."""
    found: Rows = {}
    for entry in await audit.trail():
        row = found.pop((entry.model, entry.key_before or entry.key), {})
        if entry.operation == "delete":
            assert {name: row[name] for name in entry.before} == entry.before
            continue
        links = {name for name in entry.after if name == "tags"}
        assert all(row.get(name) == value for name, value in entry.before.items() if name not in links)
        tags = (row.get("tags", set()) - set(entry.before.get("tags", ()))) | set(entry.after.get("tags", ()))
        own = {"tags": tags} if entry.model == "Book" else {}
        found[entry.model, entry.key] = row | dict(entry.after) | own
    return found


async def attempted(step: Step, dice: random.Random) -> None:
    """One step in a unit, which may fail or be given up."""
    with suppress(PorticoError, LookupError):
        async with atomic():
            await step(dice)
            if dice.random() < 0.2:
                raise LookupError


@pytest.mark.parametrize("seed", range(6))
async def test_the_trail_gives_the_tables_again(library: Database, seed: int) -> None:
    """Whatever is done, in units that fail and in savepoints that are undone."""
    dice = random.Random(seed)
    for number in (1, 2, 3):
        await Tag.create(id=number, name=str(number))
        await Author.create(id=number, name=str(number))
    for _ in range(30):
        await attempted(dice.choice(STEPS), dice)
    assert await replayed() == await stored()
    await audit.seal()
    assert (await audit.verify()).intact


async def _whole_unit() -> None:
    async with atomic():
        book = await Book.create(id=1, title="a")
        await book.update(title="b")
        await Tag.bulk_create([Tag(id=1, name="a"), Tag(id=2, name="b")])


@pytest.mark.parametrize("what", ["before_cursor_execute", "commit"])
async def test_a_failure_at_any_statement_leaves_neither(library: Database, what: str) -> None:
    """Also at those of the trail, and at the commit itself."""
    left = 0
    engine: Any = library.engine.sync_engine

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OperationalError("broken", {}, Exception("broken"))

    failures = 0
    event.listen(engine, what, fail)
    try:
        for turn in range(1, 30):
            left = turn
            with suppress(PorticoError):
                await _whole_unit()
                break
            failures += 1
            left = 0
            counted = await run(library, sa.select(sa.func.count()).select_from(Book.__table__))
            assert (counted.scalar_one(), await Tag.count(), await entries(library)) == (0, 0, [])
    finally:
        event.remove(engine, what, fail)
    assert failures >= (1 if what == "commit" else 5)
    assert await replayed() == await stored()

"""How often statements are compiled, how many are kept, and how often the database is asked."""

from __future__ import annotations

import gc
import random
import weakref
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from portico.access import ANONYMOUS, Policy
from portico.app import Portico
from portico.db.compiled import Slots
from portico.db.query import Query
from portico.db.query.statements import Paging, page_shape
from portico.db.session import Database, atomic, run
from portico.resources import Reach, Scope, compiled_page, compiled_row, parse_list, parse_row
from portico.resources.compiled.places import SHAPES, place_of
from portico.resources.compiled.shelf import Shelf
from portico.testing.statements import statements
from tests.integration.compiled.reading.both import Doors, both
from tests.integration.differential.requests import Generator, parameters
from tests.integration.differential.world import METADATA, RELATIONS, Article, Label

OPEN = {name: Policy(read=True) for name in RELATIONS}


def _made(doors: Doors, name: str) -> int:
    return place_of(doors.api.resources[name], doors.database).shapes.made


async def test_other_values_need_no_other_statement(url: str) -> None:
    """Numbers, texts, dates, words, lists of about the same length, places: all of them are parameters."""
    pairs = [
        ("/articles/1", "/articles/2"),
        ("/articles?likes__gte=1&count=none", "/articles?likes__gte=4&count=none"),
        ("/articles?limit=7&offset=1", "/articles?limit=9&offset=4"),
        ("/articles?title__icontains=a", "/articles?title__icontains=%25"),
        ("/articles?id__in=1,2,3", "/articles?id__in=4,5,6,7"),
        ("/articles?seen_at__date=2025-01-01", "/articles?seen_at__date=2024-12-31"),
        ("/articles?price__between=0,2", "/articles?price__between=-5,1.5"),
        ("/articles?author.name__ne=a&search=b", "/articles?author.name__ne=é&search=50"),
        ("/writers/1/articles", "/writers/2/articles"),
        ("/writers/1/articles/3", "/writers/2/articles/4"),
    ]
    async with both(url, 1, OPEN) as doors:
        for one, other in pairs:
            await doors.same(one)
            before = _made(doors, "articles")
            await doors.same(other)
            assert _made(doors, "articles") == before, other


async def test_what_changes_the_sql_has_a_statement_of_its_own(url: str) -> None:
    """NULL, true or false, an order, another field: none of them is a value."""
    paths = [
        "/articles?likes=1",
        "/articles?likes__ne=1",
        "/articles?title=1",
        "/articles?author_id__isnull=true",
        "/articles?author_id__isnull=false",
        "/articles?sort=likes",
        "/articles?sort=-likes",
        "/articles?fields=id",
        "/articles?count=none",
    ]
    async with both(url, 1, OPEN) as doors:
        for number, path in enumerate(paths, 1):
            await doors.same(path)
            assert _made(doors, "articles") == number, path


@pytest.mark.parametrize(
    ("keywords", "heavy"),
    [
        ({"title__contains": "a"}, False),
        ({"seen_at__year": 2025}, False),
        ({"likes": 1}, False),
        ({"body__contains": "a"}, True),
        ({"body__iexact": "a"}, True),
        ({"title__regex": "a"}, True),
    ],
)
async def test_a_statement_whose_steps_may_be_long_is_heavy(
    db: Database, keywords: dict[str, Any], heavy: bool
) -> None:
    """SQLite runs those in a thread: between two steps the event loop could be kept waiting."""
    query = Query(Article, db).filter(**keywords)
    slots = Slots([3])
    paged = page_shape(query.state, ["id"], slots, db, Paging(limit=slots[0]))
    assert paged is not None
    assert paged.shape.heavy is heavy
    counted = page_shape(query.state, ["id"], slots, db, Paging(limit=slots[0], counted=query.state))
    assert counted is not None
    assert counted.shape.heavy, "nothing cuts this count short"


async def test_a_shelf_keeps_what_is_used() -> None:
    """Clients may ask in ever new ways: the oldest ways are forgotten, those in use are not."""
    shelf: Shelf[int] = Shelf(3)
    for number in range(100):
        assert shelf.take("used", lambda: 7) == 7
        assert shelf.take(number, lambda: number) == number  # noqa: B023 -- called at once
        assert len(shelf) <= 3
    assert shelf.made == 101


async def test_a_resource_keeps_a_bounded_number_of_statements(url: str) -> None:
    """The bound of the shelf is the one of every resource."""
    async with both(url, 1, OPEN) as doors:
        shapes = place_of(doors.api.resources["labels"], doors.database).shapes
        for number in range(SHAPES + 20):
            shapes.take(("test", number), lambda: None)
        assert len(shapes) == SHAPES
        await doors.same("/labels?sort=-id")
        assert len(shapes) == SHAPES


async def test_statements_go_when_their_application_goes(db: Database) -> None:
    """Nothing of a resource is kept elsewhere."""
    await db.create_tables(METADATA)
    api = Portico(db)
    api.expose(Label, policy="public")
    resources = api.resources
    reach = Reach(resources, resources["labels"])
    scope = Scope(db, resources, ANONYMOUS)
    await compiled_page(scope, reach, parse_list(reach, [("name__contains", "a")]))
    gone = weakref.ref(resources["labels"])
    del api, resources, reach, scope
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    "path",
    [
        "/articles/3",
        "/articles",
        "/articles?limit=2",
        "/articles?limit=2&count=exact",
        "/articles?limit=2&sort=-author.name,title&likes__gte=1&search=a",
        "/articles?limit=2&author.boss.age__gte=0",
        "/articles?fields=id,title&limit=3",
        "/writers/1/articles?limit=1",
        "/articles/1/author",
    ],
)
async def test_a_reading_is_one_statement(url: str, path: str) -> None:
    """The page, what lies behind it, and how many rows there are, in one round trip."""
    async with both(url, 1, OPEN) as doors:
        await doors.same(path)
        async with statements(doors.database) as seen:
            reply = await doors.compiled.get(path, headers={"x-user": "root"})
        assert reply.status_code == 200
        assert seen.round_trips == 1, str(seen)


async def test_a_page_behind_a_cursor_is_one_statement(url: str) -> None:
    """In both directions."""
    async with both(url, 1, OPEN) as doors:
        reply = await doors.same("/articles?limit=2&sort=likes,-title")
        for direction in ("next", "next", "prev"):
            cursor = reply.json()["page"][direction]
            path = f"/articles?limit=2&sort=likes,-title&cursor={cursor}"
            async with statements(doors.database) as seen:
                reply = await doors.compiled.get(path, headers={"x-user": "root"})
            assert reply.status_code == 200
            assert seen.round_trips == 1, str(seen)


async def test_generated_lists_are_compiled(url: str) -> None:
    """Whatever is asked for by parameters: the general path is for what the database has to foresee."""
    chance = random.Random(7)
    async with both(url, 1, OPEN) as doors:
        resources = doors.api.resources
        scope = Scope(doors.database, resources, ANONYMOUS)
        for _ in range(60):
            name = chance.choice(list(RELATIONS))
            # An empty page behind an offset is asked for again, to be counted.
            asked = replace(Generator(chance, ruled=False).asked(name), offset=0, include={})
            reach = Reach(resources, resources[name])
            plan = parse_list(reach, parameters(asked))
            if not plan.include:
                assert await compiled_page(scope, reach, plan) is not None, parameters(asked)
        reach = Reach(resources, resources["articles"])
        assert await compiled_row(scope, reach, (1,), parse_row(reach, ())) is not None


async def test_what_the_database_refuses_is_worded_by_the_general_path(url: str) -> None:
    """A table that is gone: the same problem as without compiled statements."""
    async with both(url, 1, OPEN) as doors:
        await doors.same("/comments/1")
        await run(doors.database, sa.schema.DropTable(METADATA.tables["comments"]))
        for door in (doors.compiled, doors.general):
            with pytest.raises(Exception, match="comments") as raised:
                await door.get("/comments/1", headers={"x-user": "root"})
            assert "LaneError" not in repr(raised.value)


async def test_inside_a_unit_of_work_a_reading_sees_its_writes(url: str) -> None:
    """The general path serves there, on the connection of the unit."""
    async with both(url, 1, OPEN) as doors:
        resources = doors.api.resources
        scope = Scope(doors.database, resources, ANONYMOUS)
        reach = Reach(resources, resources["comments"])
        with doors.database.use():
            async with atomic(doors.database):
                row = {"id": 999, "text": "new", "article_id": 1}
                await run(doors.database, sa.insert(METADATA.tables["comments"]).values(row))
                assert await compiled_row(scope, reach, (999,), parse_row(reach, ())) is None
                reply = await doors.compiled.get("/comments/999", headers={"x-user": "root"})
                found: dict[str, Any] = reply.json()
                assert found["text"] == "new"

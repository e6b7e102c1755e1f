"""A new row belongs to the tenant that is set, however it is written, and stays there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from portico.db.changes import ChangeFeed
from portico.db.models.shapes.suitability import unsuited_because
from portico.db.scoping import get_current_tenant, tenant_context, unscoped
from portico.db.session import Database, atomic, run
from portico.errors import InvalidError, PorticoError, RequiredError, UsageError
from portico.testing.statements import statements

from .world import OURS, THEIRS, Label, Paper, Person, World

Making = Callable[[Database, dict[str, Any]], Awaitable[Any]]


async def _saved(_: Database, values: dict[str, Any]) -> None:
    await Person(**values).save()


async def _bulk(_: Database, values: dict[str, Any]) -> None:
    await Person.bulk_create([Person(**values)])


async def _loaded(_: Database, values: dict[str, Any]) -> None:
    await Person.bulk_create([values], returning=False)


async def _copied(_: Database, values: dict[str, Any]) -> None:
    rows = [values, *({**values, "name": f"{number}"} for number in range(150))]
    await Person.bulk_create(rows, returning=False)


async def _within_a_unit(_: Database, values: dict[str, Any]) -> None:
    async with atomic():
        await Person.create(**values)


async def _got(_: Database, values: dict[str, Any]) -> None:
    await Person.get_or_create(name=values["name"], defaults=values)


async def _by_session(db: Database, values: dict[str, Any]) -> None:
    async with db.session() as session:
        session.add(Person(**values))


async def _by_orm(db: Database, values: dict[str, Any]) -> None:
    async with db.session() as session:
        await session.execute(sa.insert(Person), [values])


async def _by_core(db: Database, values: dict[str, Any]) -> None:
    await run(db, sa.insert(Person.__table__).values(values))


async def _by_rows_of_core(db: Database, values: dict[str, Any]) -> None:
    await run(db, sa.insert(Person.__table__).values([values, {**values, "name": "another"}]))


MAKING: Final[dict[str, Making]] = {
    "create": lambda _, values: Person.create(**values),
    "save": _saved,
    "bulk_create": _bulk,
    "bulk_load": _loaded,
    "copy": _copied,
    "unit": _within_a_unit,
    "get_or_create": _got,
    "session": _by_session,
    "orm": _by_orm,
    "core": _by_core,
    "core_rows": _by_rows_of_core,
}


async def _owner(name: str) -> str:
    with unscoped():
        return str((await Person.get(name=name)).tenant_id)


@pytest.mark.parametrize("way", MAKING)
async def test_a_new_row_is_stamped_on_every_way(world: World, way: str) -> None:
    """Nobody has to remember it."""
    with tenant_context(OURS):
        await MAKING[way](world.db, {"name": "new"})
    assert await _owner("new") == OURS


@pytest.mark.parametrize("way", MAKING)
async def test_a_row_for_another_tenant_is_refused(world: World, way: str) -> None:
    """What a client or a program slips in is no row, and the same refusal everywhere."""
    with tenant_context(OURS), pytest.raises(InvalidError) as caught:
        await MAKING[way](world.db, {"name": "new", "tenant_id": THEIRS})
    assert caught.value.fields == {"tenant_id": ("This is not the tenant that is set.",)}
    with unscoped():
        assert not await Person.exists(name="new")


@pytest.mark.parametrize("way", MAKING)
async def test_a_row_of_every_tenant_is_refused(world: World, way: str) -> None:
    """Those who mean all tenants say for which one they write."""
    with unscoped(), pytest.raises(RequiredError):
        await MAKING[way](world.db, {"name": "new"})
    with unscoped():
        await MAKING[way](world.db, {"name": "new", "tenant_id": "third"})
    assert await _owner("new") == "third"


@pytest.mark.parametrize("watched", [False, True])
async def test_a_link_of_every_tenant_is_refused_even_where_it_is(world: World, *, watched: bool) -> None:
    """Whether the database is asked for the link first is its own affair, and that of whoever watches."""
    async with AsyncExitStack() as stack:
        stack.enter_context(unscoped())
        if watched:
            await stack.enter_async_context(ChangeFeed(Paper, Label))
        with pytest.raises(RequiredError):
            await world.ours.paper.labels.add(world.ours.label)


@pytest.mark.parametrize(
    "value", [sa.literal("rival"), sa.func.lower("RIVAL"), sa.literal("rival", sa.String())]
)
async def test_an_expression_is_no_tenant(world: World, value: Any) -> None:
    """What the database works out is seen by nobody before it is written."""
    for statement in (
        sa.insert(Person.__table__).values(name="x", tenant_id=value),
        sa.insert(Person.__table__).from_select(["name", "tenant_id"], sa.select(sa.literal("x"), value)),
    ):
        with tenant_context(OURS), pytest.raises(UsageError):
            await run(world.db, statement)


async def test_rows_that_are_chosen_are_stamped(world: World) -> None:
    """INSERT from SELECT copies what the tenant sees, and for the tenant."""
    with tenant_context(OURS):
        names = sa.select(sa.literal("copy of ") + Person.name)
        await run(world.db, sa.insert(Person.__table__).from_select(["name"], names))
    assert await _owner("copy of acme person") == OURS


async def test_a_row_stays_with_its_tenant(world: World) -> None:
    """Also for administrators: what refers to the row, and what it refers to, would stay behind."""
    moved = world.ours.person
    moved.tenant_id = THEIRS
    writes: list[Callable[[], Awaitable[Any]]] = [
        moved.save,
        lambda: Person.all().update(tenant_id=THEIRS),
        lambda: Person.all().update(tenant_id=sa.func.lower("RIVAL")),
        lambda: Person.bulk_update([moved], ["tenant_id"]),
        lambda: run(world.db, sa.update(Person.__table__).values(tenant_id=THEIRS)),
    ]
    for write in writes:
        for meaning in (tenant_context(OURS), unscoped()):
            with meaning, pytest.raises(PorticoError):
                await write()
    assert await _owner("acme person") == OURS


async def test_a_reference_to_another_tenant_is_one_to_nothing(world: World) -> None:
    """The same error, in the same words, with the same field."""
    said: list[tuple[str, object]] = []
    with tenant_context(OURS):
        for key in (world.theirs.person.id, 4711):
            for write in (
                lambda key=key: Paper.create(title="x", author_id=key),
                lambda key=key: Paper.all().update(author_id=key),
                lambda key=key: run(world.db, sa.update(Paper.__table__).values(editor_id=key)),
            ):
                with pytest.raises(PorticoError) as caught:
                    await write()
                said.append((str(caught.value), getattr(caught.value, "fields", None)))
    assert said[:3] == said[3:]
    assert said[0][1] == ("author_id",)


async def test_who_goes_leaves_no_half_reference(world: World) -> None:
    """ON DELETE SET NULL empties the reference, not the tenant; CASCADE takes what hangs on it along."""
    with tenant_context(OURS):
        editor = await Person.create(name="editor")
        await world.ours.paper.update(editor_id=editor.id)
        await editor.delete()
        assert (await Paper.get(world.ours.paper.id)).editor_id is None
        await world.ours.person.delete()
        assert not await Paper.all().exists()
    with tenant_context(THEIRS):
        assert await Paper.count() == 1


async def test_what_is_unique_is_so_within_the_tenant(world: World) -> None:
    """A name that is taken elsewhere can be had, and no refusal tells of it."""
    with tenant_context(OURS):
        made = await Person.create(name=world.theirs.person.name)
        with pytest.raises(PorticoError) as caught:
            await Person.create(name=made.name)
    assert getattr(caught.value, "fields", None) == ("name",)
    assert get_current_tenant() is None


async def test_an_upsert_does_not_change_the_row_of_another(world: World) -> None:
    """Neither by its key nor by a name that both have; the row that is met is left as it is."""
    theirs = world.theirs.person
    values = {"id": theirs.id, "name": "taken over"}
    if world.db.dialect_name == "mysql":
        written: Any = mysql.insert(Person.__table__).values(values)
        written = written.on_duplicate_key_update(name=written.inserted.name)
    else:
        written = (postgresql if world.db.dialect_name == "postgresql" else sqlite).insert(Person.__table__)
        written = written.values(values)
        written = written.on_conflict_do_update(index_elements=["id"], set_={"name": written.excluded.name})
    with tenant_context(OURS):
        await run(world.db, written)
        found, made = await Person.upsert({"name": theirs.name}, on=["name"])
        assert (made, found.tenant_id) == (True, OURS)
    with unscoped():
        assert (await Person.get(theirs.id)).name == "rival person"


async def test_a_call_is_one_compiled_statement(world: World) -> None:
    """The tenant costs no statement and no way round: it is a parameter of what was compiled once."""
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "get": lambda: Person.get(world.ours.person.id),
        "list": lambda: Paper.filter(pages=1).order_by("id").listed(),
        "count": Paper.count,
        "create": lambda: Person.create(name="new"),
        "update": lambda: world.ours.person.update(name="newer"),
        "delete": world.ours.label.delete,
    }
    assert unsuited_because(Person) is None
    with tenant_context(OURS):
        for name, call in calls.items():
            async with statements(world.db) as sent:
                await call()
            assert len(sent) == 1, name

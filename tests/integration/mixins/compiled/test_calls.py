"""A mixin's condition or column takes no call of a model off the compiled path, and adds no round trip."""

from __future__ import annotations

from typing import Any

import pytest

from portico.db.scoping import tenant_context
from portico.db.session import Database
from portico.errors import NotFoundError, VersionConflictError

from .classes import CLASSES, Everything, Rented, Versioned
from .counting import costs

ONE = (1, 1)
"""One round trip, of a compiled statement."""


@pytest.mark.parametrize("cls", CLASSES)
async def test_a_written_object_is_one_compiled_statement(tables: Database, cls: Any) -> None:
    """A new row with its stamps, a change with the version, a deletion that only marks."""
    with tenant_context("acme"):
        async with costs(tables) as cost:
            row = await cost.of(lambda: cls.create(name="a"))
            await cost.of(lambda: row.update(name="b"))
            row.stock = 7
            await cost.of(row.save)
            await cost.of(row.delete)
        assert cost.told == [ONE] * 4


@pytest.mark.parametrize("cls", CLASSES)
async def test_what_is_read_is_one_compiled_statement(tables: Database, cls: Any) -> None:
    """By key, many, counted, as dictionaries."""
    with tenant_context("acme"):
        key = (await cls.create(name="a")).id
        async with costs(tables) as cost:
            assert (await cost.of(lambda: cls.get(key))).name == "a"
            assert await cost.of(lambda: cls.get_or_none(key + 1)) is None
            assert len(await cost.of(lambda: cls.filter(stock=0).order_by("id").limit(20))) == 1
            assert await cost.of(lambda: cls.filter(stock=0).count()) == 1
            assert await cost.of(lambda: cls.filter(stock=0).exists())
            assert await cost.of(lambda: cls.filter(stock=0).values("name")) == [{"name": "a"}]
        assert cost.told == [ONE] * 6


@pytest.mark.parametrize("cls", [Rented, Everything])
async def test_a_compiled_statement_is_about_the_tenant_who_sends_it(tables: Database, cls: Any) -> None:
    """The statement is the same one for both; the tenant is a value of each call."""
    with tenant_context("acme"):
        key = (await cls.create(name="a")).id
    for _ in range(2):
        async with costs(tables) as cost:
            with tenant_context("rival"):
                assert await cost.of(lambda: cls.get_or_none(key)) is None
                assert await cost.of(cls.all) == []
            with tenant_context("acme"):
                assert (await cost.of(lambda: cls.get(key))).name == "a"
                assert len(await cost.of(cls.all)) == 1
        assert cost.told == [ONE] * 4


@pytest.mark.parametrize("cls", [Rented, Everything])
async def test_a_compiled_write_does_not_reach_rows_of_another_tenant(tables: Database, cls: Any) -> None:
    """The condition is in its WHERE: an object that was carried over is not found."""
    with tenant_context("acme"):
        row = await cls.create(name="a")
    with tenant_context("rival"):
        for write in (lambda: row.update(name="stolen"), row.delete):
            with pytest.raises((NotFoundError, VersionConflictError)):
                await write()
    with tenant_context("acme"):
        assert (await cls.get(row.id)).name == "a"


@pytest.mark.parametrize("cls", [Versioned, Everything])
async def test_a_compiled_write_compares_the_version(tables: Database, cls: Any) -> None:
    """Whoever has seen another one is refused, and nothing changes."""
    with tenant_context("acme"):
        row = await cls.create(name="a")
        stale = await cls.get(row.id)
        async with costs(tables) as cost:
            await cost.of(lambda: row.update(name="b"))
        assert (cost.told, row.version) == ([ONE], 2)
        for write in (lambda: stale.update(name="c"), stale.delete):
            with pytest.raises(VersionConflictError):
                await write()
        again = await cls.get(row.id)
        assert (again.name, again.version) == ("b", 2)

"""Rows that get another key, and what objects know about it afterwards."""

from __future__ import annotations

from contextlib import suppress

import pytest

from portico.db.models import key_of
from portico.db.session import Database, atomic
from tests.integration.models.shop import Owner, Stock


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this folder's models."""
    await db.create_tables(Owner.metadata)


async def test_an_object_follows_its_row_to_another_key(db: Database) -> None:
    """The second save looks for the row where the first has put it."""
    stock = await Stock.create(place="shelf", code=1)
    stock.code = 2
    await stock.save()
    await stock.update(amount=5)
    assert key_of(stock) == ("shelf", 2)
    assert (await Stock.get(("shelf", 2))).amount == 5
    assert await Stock.count() == 1


async def test_a_rolled_back_change_of_key_gives_the_old_key_back(db: Database) -> None:
    """Otherwise the object would write to a row that never was."""
    stock = await Stock.create(place="shelf", code=1)
    with suppress(LookupError):
        async with atomic():
            await stock.update(code=2)
            raise LookupError
    await stock.update(amount=5)
    assert (key_of(stock), stock.code) == (("shelf", 1), 1)
    assert (await Stock.get(("shelf", 1))).amount == 5


async def test_an_object_of_the_unit_follows_its_row_too(db: Database) -> None:
    """The unit finds it under the new key, and no longer under the old one."""
    await Stock.create(place="shelf", code=1)
    async with atomic():
        stock = await Stock.get(("shelf", 1))
        await stock.update(code=2)
        stock.amount = 5
        assert await Stock.get(("shelf", 2)) is stock
        assert await Stock.get_or_none(("shelf", 1)) is None
    assert (await Stock.get(("shelf", 2))).amount == 5

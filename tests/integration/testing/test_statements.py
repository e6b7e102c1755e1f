from __future__ import annotations

import sqlalchemy as sa

from portico.db.session import Database, atomic, fetch, run
from portico.testing.statements import statements
from tests.integration.session.blocks import ends_with
from tests.integration.session.ledger import Account, accounts, add, bank

__all__ = ["bank"]


async def test_a_call_outside_of_a_unit_is_one_statement_and_one_round_trip(bank: Database) -> None:
    """The promise of the data layer, in the words of the helper that users count with."""
    async with statements(bank) as seen:
        await fetch(bank, sa.select(Account).where(Account.id == 1))
    assert (len(seen), seen.round_trips) == (1, 1)
    async with statements(bank) as seen:
        await run(bank, sa.insert(accounts).values(owner="cyd"))
    assert (len(seen), seen.round_trips) == (1, 1)
    assert "INSERT INTO accounts" in str(seen)


async def test_a_unit_counts_its_begin_and_commit(bank: Database) -> None:
    """MariaDB needs no BEGIN: it begins with the first statement."""
    begin = 0 if bank.dialect_name == "mysql" else 1
    async with statements(bank) as seen, atomic():
        await run(bank, add(1, 1))
    assert (len(seen), seen.round_trips) == (1, 1 + begin + 1)
    async with statements(bank) as seen, atomic(), atomic():
        await run(bank, add(1, 1))
    assert (len(seen), seen.round_trips) == (1, 1 + begin + 1 + 2)


async def test_a_rollback_counts_too(bank: Database) -> None:
    """It is a word to the database like any other."""
    async with statements(bank) as seen:
        with ends_with(ZeroDivisionError):
            async with atomic():
                await run(bank, add(1, 1))
                _ = 1 / 0
    assert seen.control[-1] == "ROLLBACK"


async def test_nothing_is_counted_after_the_block(bank: Database) -> None:
    """The listeners are gone."""
    async with statements(bank) as seen:
        pass
    await bank.ping()
    assert (len(seen), seen.round_trips) == (0, 0)

from __future__ import annotations

from dataclasses import dataclass

import pytest

from portico.db.session import Database, atomic
from portico.errors import UsageError
from tests.integration.session.blocks import ends_with

from .ledger import Account, balance, bank

__all__ = ["bank"]


@dataclass
class Line:
    owner: str
    balance: int


async def test_rows_come_as_dictionaries(bank: Database) -> None:
    """Values are bound, never pasted."""
    found = await bank.fetch_all(
        "SELECT owner, balance FROM accounts WHERE balance >= :least ORDER BY id", {"least": 60}
    )
    assert found == [{"owner": "ann", "balance": 100}]
    assert await bank.fetch_one("SELECT owner FROM accounts WHERE owner = :o", {"o": "x' OR '1'='1"}) is None


async def test_rows_come_as_mapped_objects(bank: Database) -> None:
    """They belong to no session outside of a unit, and to its session inside."""
    one = await bank.fetch_one("SELECT * FROM accounts WHERE id = :id", {"id": 2}, into=Account)
    assert isinstance(one, Account)
    assert (one.owner, one.balance) == ("bob", 50)
    async with atomic() as unit:
        (again,) = await bank.fetch_all("SELECT * FROM accounts WHERE id = 2", into=Account)
        assert again in unit.session


async def test_rows_come_as_whatever_takes_the_columns(bank: Database) -> None:
    """A dataclass, a Pydantic model, a function."""
    assert await bank.fetch_all("SELECT owner, balance FROM accounts WHERE id = 1", into=Line) == [
        Line("ann", 100)
    ]


async def test_a_change_says_how_many_rows_it_changed(bank: Database) -> None:
    """Once, or for a list of values."""
    assert await bank.execute_raw("UPDATE accounts SET balance = balance + :n", {"n": 1}) == 2
    rows = [{"owner": "cyd", "balance": 1}, {"owner": "dan", "balance": 2}]
    await bank.execute_raw("INSERT INTO accounts (owner, balance) VALUES (:owner, :balance)", rows)
    assert await bank.fetch_one("SELECT count(*) AS n FROM accounts") == {"n": 4}


async def test_raw_sql_takes_part_in_a_unit(bank: Database) -> None:
    """It is rolled back with it."""
    with ends_with(ZeroDivisionError):
        async with atomic():
            await bank.execute_raw("UPDATE accounts SET balance = 0")
            _ = 1 / 0
    assert await balance(bank, 1) == 100


async def test_a_missing_value_is_a_usage_error(bank: Database) -> None:
    """It names the parameter."""
    with pytest.raises(UsageError, match="who"):
        await bank.fetch_all("SELECT * FROM accounts WHERE owner = :who")

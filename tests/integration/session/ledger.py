"""Accounts and entries: plain mapped classes for the tests of units of work."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portico.db.session import Database, fetch, run


class Base(DeclarativeBase):
    """The tables of these tests only."""

    metadata = sa.MetaData()


class Account(Base):
    """An account with its balance."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(30), unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    entries: Mapped[list[Entry]] = relationship(back_populates="account", lazy="raise")


class Entry(Base):
    """A movement on an account."""

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    account: Mapped[Account] = relationship(back_populates="entries", lazy="raise")


accounts, entries = Base.metadata.tables["accounts"], Base.metadata.tables["entries"]


@pytest.fixture
async def bank(db: Database) -> Database:
    """Two accounts, Ann's with 100 and Bob's with 50."""
    await db.create_tables(Base.metadata)
    await run(db, sa.insert(accounts), [{"owner": "ann", "balance": 100}, {"owner": "bob", "balance": 50}])
    return db


async def balance(database: Database, key: int) -> int:
    """What an account holds now."""
    return int((await run(database, sa.select(accounts.c.balance).where(accounts.c.id == key))).scalar_one())


async def owners(database: Database) -> list[str]:
    """Who has an account, in the order of the keys."""
    return [account.owner for account in await fetch(database, sa.select(Account).order_by(Account.id))]


def add(amount: int, key: int) -> sa.Update:
    """The statement that moves money to an account."""
    return sa.update(accounts).where(accounts.c.id == key).values(balance=accounts.c.balance + amount)

"""Passwords and secrets on the way to a database and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped

from portico.db.fields import (
    HashedPassword,
    IntegerField,
    PasswordField,
    SecretField,
    hash_password,
    verify_password,
)
from portico.db.session import Database


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = IntegerField(primary_key=True)
    password: Mapped[str | None] = PasswordField(nullable=True)
    token: Mapped[str | None] = SecretField(nullable=True, unique=True, max_length=100)


@pytest.fixture
async def session(db: Database) -> AsyncIterator[AsyncSession]:
    """A plain SQLAlchemy session with the table above."""
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(db.engine, expire_on_commit=False) as session:
        yield session


async def kept(session: AsyncSession) -> list[str]:
    """The passwords as they stand in the table."""
    return list(await session.scalars(sa.select(sa.type_coerce(Account.password, sa.String()))))


async def test_a_plain_password_is_never_stored(session: AsyncSession) -> None:
    """Also by someone who knows only SQLAlchemy."""
    session.add(Account(password="open sesame"))
    await session.commit()
    (stored,) = await kept(session)
    assert stored.startswith("$argon2id$")
    assert verify_password("open sesame", stored)


async def test_a_hash_is_stored_as_it_is(session: AsyncSession) -> None:
    """What is read can be written back, and a foreign hash can be brought along."""
    old = HashedPassword("$2b$12$KIXIDwV6p1Jg3y6n1b0nUO3d2cK8eGmQb1yqkF0F5n0mZ3u9bqS2W")
    session.add_all([Account(password=hash_password("a")), Account(password=old)])
    await session.commit()
    found = list(await session.scalars(sa.select(Account.password).order_by(Account.id)))
    assert all(isinstance(one, HashedPassword) for one in found)
    assert found[1] == old == (await kept(session))[1]


async def test_text_that_looks_like_a_hash_is_a_password(session: AsyncSession) -> None:
    """Else a stolen hash would be as good as the password."""
    stolen = str(hash_password("a"))
    session.add(Account(password=stolen))
    await session.commit()
    (stored,) = await kept(session)
    assert stored != stolen
    assert verify_password(stolen, stored)


async def test_hashing_does_not_hold_up_the_loop(session: AsyncSession) -> None:
    """Each hash takes tens of milliseconds of processor time; others must go on meanwhile."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticker = asyncio.create_task(tick())
    session.add_all([Account(password=f"p{n}") for n in range(5)])
    await session.commit()
    ticker.cancel()
    assert ticks > 5


async def test_a_secret_is_found_and_not_shown(session: AsyncSession) -> None:
    """It compares as text and prints as dots."""
    session.add(Account(token="t0k3n"))
    await session.commit()
    session.expunge_all()
    account = (await session.scalars(sa.select(Account).where(Account.token == "t0k3n"))).one()
    assert account.token == "t0k3n"
    assert "t0k3n" not in repr(account.token)


async def test_no_password_is_null(session: AsyncSession) -> None:
    """For those who log in by another way."""
    session.add(Account())
    await session.commit()
    assert (await session.scalars(sa.select(Account.id).where(Account.password.is_(None)))).one()

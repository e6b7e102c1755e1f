"""Writers at the same time, and everybody who watches: each committed change is told once, in its order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.audit import METADATA as TRAIL
from portico.db.changes import RowChange, Watcher, unwatch, watch
from portico.db.fields import IntegerField, StringField
from portico.db.mixins import AuditMixin, OptimisticLockMixin, UtilsMixin
from portico.db.models import Model
from portico.db.outbox import METADATA as WAITING
from portico.db.outbox import Outbox
from portico.db.session import Database, atomic

from .stage import Scenario, Steps, hold, overlapping

WRITERS = 12


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Account(AuditMixin, OptimisticLockMixin, UtilsMixin, Base):
    """Watched by everybody."""

    class Meta(Base.Meta):
        table = "raced_accounts"

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20, unique=True)
    amount: Mapped[int] = IntegerField(default=0)


class Feed(Watcher):
    """What was told after commits."""

    def __init__(self) -> None:
        self.amounts: list[Any] = []

    def wants(self, model: type[Any]) -> bool:
        """Accounts."""
        return model is Account

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        """Keep the new amounts."""
        self.amounts += [change.after["amount"] for change in changes if change.kind == "update"]


@pytest.fixture
async def outbox(db: Database) -> AsyncIterator[Outbox]:
    """An outbox that keeps amounts, with the tables of everybody."""
    outbox = Outbox(db)
    outbox.include(Account, values={"amount"})
    await db.create_tables([Base.metadata, TRAIL, WAITING])
    yield outbox
    outbox.close()


@pytest.fixture
async def feed(outbox: Outbox) -> AsyncIterator[Feed]:
    """Who hears of commits, beside trail and outbox."""
    _ = outbox
    made = Feed()
    watch(made)
    yield made
    unwatch(made)


async def _one_account() -> None:
    await Account.all().delete()
    await Account.create(name="x")


async def _told_by_trail() -> tuple[Any, ...]:
    entries = await (await Account.get(name="x")).audit_trail()
    # SQLite gives the key of a row that was deleted to the next one.
    made = max(place for place, entry in enumerate(entries) if entry.operation == "create")
    return tuple(entry.changes["amount"] for entry in entries[made + 1 :])


async def _told_by_outbox(db: Database) -> list[Any]:
    rows = await db.fetch_all("SELECT payload FROM portico_outbox ORDER BY sequence")
    documents = [json.loads(bytes(row["payload"])) for row in rows]
    return [one["after"]["amount"] for one in documents if one["kind"] == "update"]


async def _look() -> tuple[Any, ...]:
    account = await Account.get(name="x")
    return account.amount, account.version, await _told_by_trail()


async def _adds() -> Steps:
    account = await Account.get(name="x")
    yield "read"
    await account.update(amount=account.amount + 1)
    yield "written"


async def _adds_in_place() -> Steps:
    account = await Account.get(name="x")
    yield "read"
    await account.increment("amount")
    yield "written"


@pytest.mark.parametrize("script", [_adds, _adds_in_place])
async def test_the_trail_has_what_both_have_written(db: Database, outbox: Outbox, script: Any) -> None:
    """Each entry begins with the value that the one before it has left, whoever was the first to commit."""
    _ = outbox
    scenario = Scenario(sessions={"a": script, "b": script}, prepare=_one_account, look=_look, retries=3)
    half = [order for order in overlapping(a=3, b=3) if order[0] == "a"]
    for outcome in await hold(db, scenario, half[::2]):
        assert outcome.rows == (2, 3, ((0, 1), (1, 2))), outcome


async def test_units_that_ran_again_are_told_once(db: Database, feed: Feed) -> None:
    """Trail, outbox and feed have each committed change, in order, and nothing of attempts that failed."""
    await _one_account()
    feed.amounts.clear()
    tries: list[int] = []

    async def add() -> None:
        tries.append(1)
        account = await Account.get(name="x")
        await account.update(amount=account.amount + 1)

    await asyncio.gather(*(atomic.run(add, retries=60) for _ in range(WRITERS)))
    every = list(range(1, WRITERS + 1))
    assert await _told_by_trail() == tuple(zip([0, *every], every, strict=False))
    assert await _told_by_outbox(db) == every
    assert sorted(feed.amounts) == every


async def test_what_upserts_say_is_in_the_trail(db: Database, outbox: Outbox) -> None:
    """One says that it made the row, and the trail has one creation; the others have changed it."""
    _ = outbox
    rows = [{"name": "y", "amount": number} for number in range(1, WRITERS + 1)]
    said = await asyncio.gather(*(Account.upsert(row, on=["name"]) for row in rows))
    made, *changed = await (await Account.get(name="y")).audit_trail()
    assert (made.operation, sum(new for _, new in said)) == ("create", 1)
    assert [entry.operation for entry in changed] == ["update"] * (WRITERS - 1)

"""A counter whose every change is to be published, and what became of its changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.changes import RowChange
from portico.db.fields import IntegerField, PasswordField, SecretField, StringField
from portico.db.models import Model
from portico.db.outbox import METADATA, Outbox, Relay, RelayOptions, RelayStatus
from portico.db.session import Database, atomic
from portico.errors import PubSubUnavailableError
from portico.pubsub import MemoryPubSub, Message

FAST = RelayOptions(batch=10, poll=0.02, lease=0.5, send_timeout=0.4, first_wait=0.01, longest_wait=0.05)


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Counter(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    value: Mapped[int] = IntegerField(default=0)


class Person(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    password: Mapped[str | None] = PasswordField(nullable=True, default=None)
    token: Mapped[str | None] = SecretField(nullable=True, default=None)


@pytest.fixture
async def outbox(db: Database) -> AsyncIterator[Outbox]:
    """An outbox for counters, with its tables."""
    outbox = Outbox(db, models=[Counter])
    await db.create_tables([Base.metadata, METADATA])
    yield outbox
    outbox.close()


def moved(key: int, value: int, *, before: int | None = None) -> RowChange:
    """The change of a counter to a value; ``before`` is another key that it had."""
    return RowChange(
        model=Counter,
        kind="update",
        key=(key,),
        key_before=(key if before is None else before,),
        before={"id": key, "value": value - 1},
        after={"id": key, "value": value},
    )


async def put(outbox: Outbox, *changes: RowChange) -> None:
    """Let these changes wait in the outbox, committed."""
    async with atomic(outbox.database) as unit:
        await outbox.before_commit(unit, changes)
    outbox.after_commit(changes)


async def waiting(database: Database) -> int:
    """How many rows wait."""
    return int((await database.fetch_all("SELECT count(*) AS n FROM portico_outbox"))[0]["n"])


async def until(relay: Relay, reached: Callable[[RelayStatus], bool]) -> None:
    """Wait until its status says so, as a user would."""
    async with asyncio.timeout(60):
        while not reached(await relay.status()):  # noqa: ASYNC110 -- what it waits for is in a database
            await asyncio.sleep(0.01)


async def until_empty(relay: Relay) -> None:
    """Wait until everything is published or buried."""
    await until(relay, lambda status: not status.pending)


@dataclass
class Recording(MemoryPubSub):
    """A backend that keeps what it was sent, and fails as it is told to."""

    down: bool = False
    refused: set[str] = field(default_factory=set[str])
    sent: list[Message] = field(default_factory=list[Message])
    calls: int = 0

    def __post_init__(self) -> None:
        """A dataclass for its fields, a backend for the rest."""
        super().__init__()

    async def publish(self, stream: str, *messages: Message) -> None:
        """Keep them, up to the first one that is refused."""
        self.calls += 1
        if self.down:
            raise PubSubUnavailableError("It is away.")
        for message in messages:
            if message.key in self.refused:
                raise ValueError("not this one")
            self.sent.append(message)
            await super().publish(stream, message)

    @property
    def keys(self) -> list[str]:
        """The keys in the order in which they were sent."""
        return [message.key for message in self.sent]


def documents(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """What messages say, each id once: as a careful reader sees them."""
    once = {message.id: message for message in messages}
    return [json.loads(message.payload) for message in once.values()]

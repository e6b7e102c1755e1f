"""Named streams of messages: published at one end, read from any position at others.

    await pubsub.publish("posts", Message(payload=b"...", key="posts:[7]"))
    async for received in pubsub.read("posts", after=position):
        ...
        position = received.position         # keep it: reading goes on from there after a restart

A message arrives at least once, in the order in which it was published; after a failure it may come again,
with the same ``id``. The stream itself is the buffer: it is bounded, readers pull from it, and none of them
can hold up a publisher or another reader. One that falls behind what is kept is told so.
Raises `PubSubUnavailableError`, and `MissedMessagesError` to a reader with a gap.
Guide: docs/how-to/outbox.md. Room: services (no SQL, no HTTP).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import uuid4

from portico.errors import InvalidError

BEGINNING: Final = ""  # the position in front of whatever a stream still keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Bytes, what they are about (``key``), and an ``id`` by which a reader knows one that comes twice."""

    payload: bytes
    key: str = ""
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message and its position; what a position looks like is the backend's affair."""

    position: str
    message: Message


class PubSub(Protocol):
    """Somewhere to publish messages, and to read them."""

    async def publish(self, stream: str, *messages: Message) -> None:
        """Append them in this order; after an error some of the first ones may have been appended."""
        ...

    def read(self, stream: str, *, after: str = BEGINNING) -> AsyncGenerator[Received]:
        """What follows this position, and then, without end, what is published."""
        ...

    async def newest(self, stream: str) -> str:
        """The position of the newest message: read after it to see only what comes from now on."""
        ...

    async def close(self) -> None:
        """Give back what the backend holds; readers end."""
        ...


def refuse_large(messages: tuple[Message, ...], limit: int) -> None:
    """Raise InvalidError for a message that no stream of this backend takes."""
    for message in messages:
        if len(message.payload) > limit:
            raise InvalidError(
                f"A message of {len(message.payload):,} bytes is larger than {limit:,}.",
                hint="Send a key or an address instead of the content, or raise max_message.",
            )

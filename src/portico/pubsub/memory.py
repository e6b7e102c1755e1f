"""Streams in the memory of one process and one event loop, for tests and for applications of one process.

pubsub = MemoryPubSub(max_length=1_000)

Each stream keeps its newest ``max_length`` messages, whether anybody reads them or not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from portico.errors import InvalidError, MissedMessagesError

from .protocol import BEGINNING, Message, Received, refuse_large


class _Stream:
    """The newest messages, and how many there have been."""

    def __init__(self, max_length: int) -> None:
        self.kept: deque[Message] = deque(maxlen=max_length)
        self.count = 0
        self.more = asyncio.Event()

    @property
    def dropped(self) -> int:
        return self.count - len(self.kept)

    def append(self, message: Message) -> None:
        self.kept.append(message)
        self.count += 1

    def wake(self) -> None:
        """Let those who wait look; whoever waits next waits for something new."""
        self.more.set()
        self.more = asyncio.Event()


class MemoryPubSub:
    """The backend that needs nothing."""

    def __init__(self, *, max_length: int = 10_000, max_message: int = 1 << 20) -> None:
        self._max_length = max_length
        self._max_message = max_message
        self._streams: dict[str, _Stream] = {}
        self._closed = False

    async def publish(self, stream: str, *messages: Message) -> None:
        """Append them in this order."""
        refuse_large(messages, self._max_message)
        found = self._stream(stream)
        for message in messages:
            found.append(message)
        found.wake()

    async def read(self, stream: str, *, after: str = BEGINNING) -> AsyncGenerator[Received]:
        """What follows this position, and then, until it is closed, what is published."""
        found = self._stream(stream)
        passed = found.dropped if after == BEGINNING else _number(after)
        while not self._closed:
            if not found.dropped <= passed <= found.count:
                raise MissedMessagesError(
                    f"The stream {stream!r} no longer has all that followed position {passed}.",
                    oldest=BEGINNING,
                    hint="Read the present state, then go on from error.oldest.",
                )
            if passed == found.count:
                await found.more.wait()
                continue
            message = found.kept[passed - found.dropped]
            passed += 1
            yield Received(position=str(passed), message=message)

    async def newest(self, stream: str) -> str:
        """The position of the newest message."""
        return str(self._stream(stream).count)

    async def close(self) -> None:
        """Let readers end."""
        self._closed = True
        for stream in self._streams.values():
            stream.wake()

    def _stream(self, name: str) -> _Stream:
        return self._streams.setdefault(name, _Stream(self._max_length))


def _number(position: str) -> int:
    if not (position.isascii() and position.isdigit()):
        raise InvalidError(f"{position!r} is no position of a stream.", hint="Use one that was received.")
    return int(position)

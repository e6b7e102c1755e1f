"""Redis Streams: messages that outlive the processes.

    pubsub = RedisPubSub("redis://localhost", options=RedisPubSubOptions(max_length=1_000_000))

A message is an entry with the fields ``id``, ``key`` and ``payload``, which clients of any language read with
XREAD or a consumer group. Streams are trimmed to about ``max_length`` entries. Needs Redis 7, whose streams
say how many entries they ever had; positions carry that number, so that a gap is noticed. Each reader that
waits holds one connection. How long messages last is a matter of the server's persistence and replication.
Raises `PubSubUnavailableError` for all that the server refuses or does not answer.
Guide: docs/how-to/outbox.md. Room: services (no SQL, no HTTP).
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from portico.errors import InvalidError, MissedMessagesError, MissingExtraError, PubSubUnavailableError

from .protocol import BEGINNING, Message, Received, refuse_large

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError, ResponseError
except ImportError as error:
    raise MissingExtraError(
        "Streams in Redis need the package redis.", hint="pip install 'portico[redis]'"
    ) from error

_POSITION: Final = re.compile(r"(\d{1,20})-(\d{1,20})/(\d{1,20})", flags=re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RedisPubSubOptions:
    """How much a stream keeps and how much is read at once; times in seconds."""

    max_length: int = 100_000
    max_message: int = 1 << 20
    batch: int = 100
    timeout: float = 5.0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """An entry, and how many there had been up to it."""

    milliseconds: int = 0
    sequence: int = 0
    count: int = 0

    @property
    def entry(self) -> str:
        return f"{self.milliseconds}-{self.sequence}"

    @property
    def order(self) -> tuple[int, int]:
        return self.milliseconds, self.sequence

    def __str__(self) -> str:
        return f"{self.entry}/{self.count}"


@dataclass(frozen=True, slots=True)
class _Extent:
    """What a stream has: its last entry with the number of all there were, and the first that is kept."""

    last: _Place = _Place()
    first: _Place = _Place()
    length: int = 0

    @property
    def dropped(self) -> int:
        return self.last.count - self.length

    def follows(self, place: _Place) -> bool:
        """Whether nothing between the place and what is kept is gone."""
        if place.order > self.last.order or not self.dropped <= place.count <= self.last.count:
            return False
        # An entry that should be kept and is not: the stream was lost and has grown anew.
        return place.count == self.dropped or place.order >= self.first.order


class RedisPubSub:
    """Streams on a Redis server."""

    def __init__(self, url: str, *, options: RedisPubSubOptions | None = None) -> None:
        self._options = options or RedisPubSubOptions()
        # One retry is for a pooled connection that died unnoticed; patience is the caller's business.
        self._redis = cast("Any", Redis).from_url(
            url,
            socket_timeout=self._options.timeout,
            socket_connect_timeout=self._options.timeout,
            retry=Retry(NoBackoff(), 1),
            decode_responses=False,
        )

    async def publish(self, stream: str, *messages: Message) -> None:
        """Append them in this order, in one round trip."""
        refuse_large(messages, self._options.max_message)
        with _translated():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for message in messages:
                    fields = {"id": message.id, "key": message.key, "payload": message.payload}
                    pipeline.xadd(self._key(stream), fields, maxlen=self._options.max_length)
                await pipeline.execute()

    async def read(self, stream: str, *, after: str = BEGINNING) -> AsyncGenerator[Received]:
        """What follows this position, and then, until it is closed, what is published."""
        place = None if after == BEGINNING else _place(after)
        while True:
            extent, entries = await self._after(stream, place)
            place = place or _Place(count=extent.dropped)
            _refuse_gap(stream, extent, place)
            for entry, fields in entries:
                place = _numbered(entry, place.count + 1)
                yield Received(position=str(place), message=_message(fields))
            if not entries:
                await self._wait(stream, place)

    async def newest(self, stream: str) -> str:
        """The position of the newest message."""
        with _translated():
            try:
                return str(_extent(await self._redis.xinfo_stream(self._key(stream))).last)
            except ResponseError as error:
                return str(_extent(error).last)

    async def close(self) -> None:
        """Close the connections; those who still read get an error."""
        await self._redis.aclose()

    def _key(self, stream: str) -> str:
        return self._options.prefix + stream

    async def _after(self, stream: str, place: _Place | None) -> tuple[_Extent, _Entries]:
        """What the stream has and what follows a place, both of one moment."""
        key = self._key(stream)
        start = place.entry if place is not None else "0-0"
        with _translated():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.xrange(key, min=f"({start}", count=self._options.batch)
                pipeline.xinfo_stream(key)
                entries, info = await pipeline.execute(raise_on_error=False)
            if isinstance(entries, Exception):
                raise entries
            return _extent(info), entries

    async def _wait(self, stream: str, place: _Place) -> None:
        """Until there is something after the place, or a while has gone by."""
        pause = int(self._options.timeout * 500)  # half of what the socket waits
        with _translated():
            await self._redis.xread({self._key(stream): place.entry}, count=1, block=pause)


_Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise PubSubUnavailableError(
            f"Redis did not do what it was asked ({type(error).__name__}).",
            hint="Look at the server and at the URL; the cause has its words.",
        ) from error


def _refuse_gap(stream: str, extent: _Extent, place: _Place) -> None:
    if not extent.follows(place):
        raise MissedMessagesError(
            f"The stream {stream!r} no longer has all that followed position {place}.",
            oldest=BEGINNING,
            hint="Read the present state, then go on from error.oldest.",
        )


def _extent(info: object) -> _Extent:
    if isinstance(info, ResponseError) and "no such key" in str(info):
        return _Extent()
    if isinstance(info, Exception):
        raise info
    facts = cast("Mapping[str, Any]", info)
    first = facts["first-entry"]
    return _Extent(
        last=_numbered(facts["last-generated-id"], int(facts["entries-added"])),
        first=_numbered(first[0], 0) if first else _Place(),
        length=int(facts["length"]),
    )


def _numbered(entry: bytes, count: int) -> _Place:
    milliseconds, sequence = entry.decode().split("-")
    return _Place(int(milliseconds), int(sequence), count)


def _place(position: str) -> _Place:
    found = _POSITION.fullmatch(position)
    if found is None:
        raise InvalidError(f"{position!r} is no position of a stream.", hint="Use one that was received.")
    return _Place(*(int(part) for part in found.groups()))


def _message(fields: Mapping[bytes, bytes]) -> Message:
    return Message(
        id=fields.get(b"id", b"").decode(),
        key=fields.get(b"key", b"").decode(),
        payload=fields.get(b"payload", b""),
    )

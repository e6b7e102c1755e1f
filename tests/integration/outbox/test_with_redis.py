"""A real server that stops, and one that dies: the outbox waits for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError

from portico.db.outbox import Outbox, Relay
from portico.pubsub import Message
from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions
from tests.fixtures.redis import client_of
from tests.integration.outbox.stage import FAST, documents, moved, put, until, until_empty


@dataclass
class Server:
    """A Redis of this test's own, which keeps what it has on disk."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._begin()
        client = client_of(self.url)
        async with asyncio.timeout(30):
            while not await _answers(client):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)
        await client.aclose()

    def _begin(self) -> None:
        options = (
            f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly yes --appendfsync always"
        )
        command = ["redis-server", *options.split(), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def signal(self, number: signal.Signals) -> None:
        """Stop it, let it go on, or kill it."""
        assert self.process is not None
        self.process.send_signal(number)
        if number is signal.SIGKILL:
            self.process.wait()


async def _answers(client: Any) -> bool:
    try:
        await client.ping()
    except RedisError:
        return False
    return True


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """One that is gone after the test."""
    if shutil.which("redis-server") is None:
        if os.environ.get("PORTICO_TEST_REQUIRE"):
            pytest.fail("redis-server is required and was not found")
        pytest.skip("redis-server not found")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(tmp_path, free.getsockname()[1])
    await server.start()
    yield server
    server.signal(signal.SIGCONT)
    server.signal(signal.SIGKILL)


async def published(pubsub: RedisPubSub, stream: str) -> list[Message]:
    """All that a stream has by now."""
    end, found = await pubsub.newest(stream), list[Message]()
    async with aclosing(pubsub.read(stream)) as messages:
        async for received in messages:
            found.append(received.message)
            if received.position == end:
                break
    return found


@pytest.mark.parametrize("away", [signal.SIGSTOP, signal.SIGKILL])
async def test_what_is_committed_while_redis_is_away_is_published_later(
    outbox: Outbox, server: Server, away: signal.Signals
) -> None:
    """Commits do not wait for it; nothing is lost, and what comes twice has one id."""
    pubsub = RedisPubSub(server.url, options=RedisPubSubOptions(timeout=0.2))
    async with Relay(outbox, pubsub, options=FAST).running() as relay:
        await put(outbox, moved(0, 1))
        await until_empty(relay)
        server.signal(away)
        await put(outbox, *[moved(number, 1) for number in range(1, 30)])
        await until(relay, lambda status: status.failures >= 2)
        if away is signal.SIGSTOP:
            server.signal(signal.SIGCONT)
        else:
            await server.start()
        await until_empty(relay)
    said = documents(await published(pubsub, outbox.stream))
    await pubsub.close()
    assert [document["key"] for document in said] == [[number] for number in range(30)]

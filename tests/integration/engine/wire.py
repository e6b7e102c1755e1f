"""A proxy between the tests and a database server that counts what the client really sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa


@dataclass
class Wire:
    """What went over the wire since the last reset: one entry per round trip."""

    url: sa.URL
    sent: list[str] = field(default_factory=list[str])
    silent: bool = False
    connections: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])
    refusing: bool = False

    @property
    def round_trips(self) -> int:
        """How often the client waited for an answer."""
        return len(self.sent)

    def cut(self) -> None:
        """Close every connection, as a server does that restarts."""
        for writer in self.connections:
            writer.transport.abort()
        self.connections.clear()


class _PostgreSQL:
    """Cuts the stream of a client into messages; Sync and simple Query end a round trip."""

    def __init__(self) -> None:
        self._started = False
        self._text = ""

    def messages(self, buffer: bytearray) -> list[str]:
        found: list[str] = []
        while True:
            head = 1 if self._started else 0
            if len(buffer) < head + 4:
                return found
            end = head + int.from_bytes(buffer[head : head + 4], "big")
            if len(buffer) < end:
                return found
            kind, body = bytes(buffer[:head]), bytes(buffer[head + 4 : end])
            del buffer[:end]
            if not self._started:
                self._started = body[:4] == b"\x00\x03\x00\x00"
            elif kind == b"P":
                self._text = body.split(b"\0")[1].decode()
            elif kind == b"Q":
                found.append(body.rstrip(b"\0").decode())
            elif kind == b"S":
                found.append(self._text or "(prepared)")
                self._text = ""


class _MySQL:
    """Every command is a packet numbered 0."""

    def messages(self, buffer: bytearray) -> list[str]:
        found: list[str] = []
        while len(buffer) >= 4:
            end = 4 + int.from_bytes(buffer[:3], "little")
            if len(buffer) < end:
                break
            number, body = buffer[3], bytes(buffer[4:end])
            del buffer[:end]
            if number == 0:
                found.append(body[1:].decode("utf-8", "replace") if body[:1] == b"\x03" else repr(body[:1]))
        return found


@asynccontextmanager
async def wiretap(url: str) -> AsyncGenerator[Wire]:
    """The same database behind a proxy that listens in."""
    real = sa.make_url(url)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if wire.refusing:
            writer.transport.abort()
            return
        port = real.port or (5432 if real.get_backend_name() == "postgresql" else 3306)
        far_reader, far_writer = await asyncio.open_connection(real.host, port)
        wire.connections += [writer, far_writer]
        cutter = _PostgreSQL() if real.get_backend_name() == "postgresql" else _MySQL()
        for source, target, listener in ((reader, far_writer, cutter), (far_reader, writer, None)):
            task = asyncio.create_task(_pump(wire, source, target, listener))
            tasks.add(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire = Wire(real.set(host="127.0.0.1", port=port))
    try:
        yield wire
    finally:
        wire.cut()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    wire: Wire,
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    listener: _PostgreSQL | _MySQL | None,
) -> None:
    buffer = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            if listener is not None:
                buffer += data
                wire.sent += listener.messages(buffer)
            if not wire.silent:
                target.write(data)
    target.transport.abort()

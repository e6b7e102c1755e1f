"""A proxy before PostgreSQL: it counts round trips, or makes each of them longer, in a process of its own.

    with tap("127.0.0.1", 5432, delay=0.001) as found:      # another millisecond for each round trip
        ... connect to found.port ...
    with tap("127.0.0.1", 5432) as found:
        before = found.round_trips()

A round trip is a Sync or a simple Query of the client: whatever it waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import multiprocessing.process
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import c_long
from dataclasses import dataclass
from typing import Any

from .processes import PATIENCE, free_port

STARTUP = b"\x00\x03\x00\x00"


@dataclass(frozen=True)
class Tap:
    """Where to connect to, and the number of round trips so far."""

    port: int
    counted: Any

    def round_trips(self) -> int:
        """All round trips of all connections since the proxy began."""
        return int(self.counted.value)


class Cutter:
    """Cuts what a client sends into messages."""

    def __init__(self) -> None:
        self._started = False
        self._buffer = bytearray()

    def round_trips(self, data: bytes) -> int:
        """How many round trips end with this piece of the stream."""
        self._buffer += data
        found = 0
        while True:
            head = 1 if self._started else 0
            if len(self._buffer) < head + 4:
                return found
            end = head + int.from_bytes(self._buffer[head : head + 4], "big")
            if len(self._buffer) < end:
                return found
            if not self._started:
                self._started = bytes(self._buffer[4:8]) == STARTUP
            elif self._buffer[:1] in (b"Q", b"S"):
                found += 1
            del self._buffer[:end]


async def _pump(
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    *,
    delay: float = 0.0,
    cutter: Cutter | None = None,
    counted: Any = None,
) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            if cutter is not None:
                trips = cutter.round_trips(data)
                if trips:
                    with counted.get_lock():
                        counted.value += trips
            if delay:
                loop.call_later(delay, target.write, data)
            else:
                target.write(data)
    await asyncio.sleep(delay * 2)
    target.close()


async def _serve(port: int, far: tuple[str, int], delay: float, counted: Any) -> None:
    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*far)
        # The whole delay is on the way to the server: order is kept, and a round trip pays it once.
        there = _pump(reader, far_writer, delay=delay, cutter=Cutter(), counted=counted)
        back = _pump(far_reader, writer)
        await asyncio.gather(there, back)

    server = await asyncio.start_server(accepted, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def _main(port: int, far: tuple[str, int], delay: float, counted: Any) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(port, far, delay, counted))


@contextmanager
def tap(host: str, port: int, *, delay: float = 0.0) -> Generator[Tap]:
    """The proxy for the length of a block; ``delay`` in seconds, added to each round trip."""
    context = multiprocessing.get_context("spawn")
    counted = context.Value(c_long, 0)
    own = free_port()
    process = context.Process(target=_main, args=(own, (host, port), delay, counted), daemon=True)
    process.start()
    try:
        _wait(own, process)
        yield Tap(own, counted)
    finally:
        process.terminate()
        process.join()


def _wait(port: int, process: multiprocessing.process.BaseProcess) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.is_alive():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return
        time.sleep(0.02)
    raise RuntimeError("The proxy did not start.")

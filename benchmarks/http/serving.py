"""One uvicorn worker for each stack, all of them running at once, each on the same core."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.measure.clocks import cpu_of
from benchmarks.measure.processes import free_port, running, wait_for

from .registry import Stack
from .workloads import Request


@dataclass(frozen=True)
class Served:
    """A stack that answers."""

    stack: Stack
    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that its process has used."""
        return cpu_of(self.pid)

    async def ask(self, request: Request) -> tuple[int, bytes]:
        """One request, for checks before anything is timed."""
        return self.ask_now(request)

    def ask_now(self, request: Request) -> tuple[int, bytes]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} if request.body else {}
        connection.request(request.method, request.path, request.body or None, headers)
        reply = connection.getresponse()
        found = reply.status, reply.read()
        connection.close()
        return found


@contextmanager
def serving(stack: Stack, database: str, *, core: int | None = None, **more: str) -> Generator[Served]:
    """The stack under uvicorn, with uvloop and httptools, for the length of a block."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"{stack.module}:app", "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    command += ["--lifespan", "off"] if stack.name == "ninja" else []
    with running(command, environment={**stack.environment_for(database), **more}, core=core) as process:
        wait_for(port, process, what=stack.name)
        yield Served(stack, port, process.pid)


@contextmanager
def serving_all(
    places: Sequence[tuple[Stack, str]], *, core: int | None = None, **more: str
) -> Generator[list[Served]]:
    """Several stacks at once, each with its database."""
    with ExitStack() as blocks:
        yield [
            blocks.enter_context(serving(stack, database, core=core, **more)) for stack, database in places
        ]

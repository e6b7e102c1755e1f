"""The comparison of answers alone, on SQLite, without servers, load or tools.

    python -m benchmarks check --stacks base,portico

Each stack runs in a process of its own, since it reads the place of its database when it is imported, and is
asked as an ASGI application.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measure.processes import ROOT
from benchmarks.shop.tables import Size, fill_sqlite

from .answers import Asker, compare
from .registry import STACKS, Stack, chosen
from .workloads import WORKLOADS, Request, requests

COUNT = 5
PATIENCE = 60
Told = dict[str, list[tuple[int, str]]]


def check(stacks: str | None, workloads: str | None) -> str:
    """Say how many answers are equal; `DifferentAnswers` for the first two that are not."""
    names = workloads.split(",") if workloads else list(WORKLOADS)
    asked = [WORKLOADS[name] for name in names]
    askers: list[tuple[Stack, Asker]] = []
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        template = Path(folder) / "template.db"
        fill_sqlite(template, Size(reviews=2))
        for stack in chosen(stacks, "sqlite"):
            place = Path(folder) / f"{stack.name}.db"
            place.write_bytes(template.read_bytes())
            askers.append((stack, _repeating(_told(stack, place, names))))
    compared = asyncio.run(compare(asked, askers, count=COUNT))
    return f"{compared} answers are equal: {', '.join(stack.name for stack, _ in askers)}"


def _told(stack: Stack, place: Path, names: Sequence[str]) -> list[tuple[int, bytes]]:
    """What a stack answers in a process of its own, in the order of the questions."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.http.checking", stack.name, ",".join(names)],
        cwd=ROOT,
        env={**os.environ, **stack.environment_for(str(place))},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{stack.name} did not run:\n{done.stderr}")
    return [(status, text.encode()) for status, text in json.loads(done.stdout)]


def _repeating(told: list[tuple[int, bytes]]) -> Asker:
    """Answers that were given before, one after the other."""
    answers = iter(told)

    async def asker(_: Request) -> tuple[int, bytes]:
        return next(answers)

    return asker


async def answers_of(stack: Stack, names: Sequence[str]) -> list[tuple[int, str]]:
    """Ask the application of this process."""
    app: Any = import_module(stack.module).app
    found: list[tuple[int, str]] = []
    # Exactly the questions of `compare`, in its order.
    asked = [
        request
        for name in names
        if WORKLOADS[name].offered_by(stack)
        for request in requests(WORKLOADS[name], stack, count=COUNT, seed=7)
    ]
    transport = httpx.ASGITransport(app=app)
    async with (
        _Lifespan(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench") as client,
    ):
        for request in asked:
            headers = {"Content-Type": "application/json"} if request.body else {}
            content = request.body.encode() or None
            reply = await client.request(request.method, request.path, content=content, headers=headers)
            found.append((reply.status_code, reply.text))
    return found


class _Lifespan:
    """Start and stop of an ASGI application, as a server says them; Django's has neither."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self.task = asyncio.create_task(self.app(scope, self.said.get, self.heard.put))
        await self._say("startup")

    async def __aexit__(self, *_: object) -> None:
        if not self.task.done():
            await self._say("shutdown")

    async def _say(self, word: str) -> None:
        await self.said.put({"type": f"lifespan.{word}"})
        answer = asyncio.create_task(self.heard.get())
        await asyncio.wait([answer, self.task], return_when=asyncio.FIRST_COMPLETED)
        if answer.done() and not answer.result()["type"].endswith(".complete"):
            raise RuntimeError(f"{word} failed: {answer.result()}")
        answer.cancel()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(answers_of(STACKS[sys.argv[1]], sys.argv[2].split(",")))), flush=True)
    os._exit(0)  # Engines that nobody disposes of keep the threads of aiosqlite, and those keep the process.

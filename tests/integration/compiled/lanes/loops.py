"""A detector for what holds up the event loop, and a process that holds a lock."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

T = TypeVar("T")
ROUNDS = 30


@dataclass(frozen=True)
class _Moment:
    """Now: by the clock, by the processor time of this thread, and how often it has waited for something."""

    clock: float
    busy: float
    waits: int

    @classmethod
    def now(cls) -> Self:
        waits = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        return cls(time.perf_counter(), time.thread_time(), waits)

    def held_since(self, before: _Moment) -> float:
        """What this thread spent itself; if it waited for nothing, the rest is the busy machine's."""
        if self.waits != before.waits:
            return self.clock - before.clock
        return min(self.busy - before.busy, self.clock - before.clock)


async def longest_hold(work: Awaitable[T]) -> tuple[float, T]:
    """How many seconds the loop was held at most while this was done, and what came of it."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        last = _Moment.now()
        while True:
            await asyncio.sleep(0)
            now = _Moment.now()
            longest, last = max(longest, now.held_since(last)), now

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0)
    try:
        done = await work
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    finally:
        beating.cancel()
    return longest, done


class Steps(Awaitable[T]):
    """Awaits something, and knows how long its longest step without an await took.

    Functions in Python that run in a thread share the interpreter with the loop, which gets its turn within
    milliseconds on a machine that is not busy; this looks at the loop's own part alone.
    """

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self.longest = 0.0
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        while True:
            before = _Moment.now()
            try:
                waited_for = self._work.send(None)
            except StopIteration as end:
                done: T = end.value
                return done
            finally:
                self.longest = max(self.longest, _Moment.now().held_since(before))
            yield waited_for


async def longest_step(work: Coroutine[Any, Any, T]) -> tuple[float, T]:
    """How many seconds its longest step took, and what came of it."""
    steps = Steps(work)
    done = await steps
    return steps.longest, done


Measure: TypeAlias = "Callable[[Coroutine[Any, Any, T]], Awaitable[tuple[float, T]]]"


async def never_holds_the_loop(
    limit: float, work: Callable[[], Coroutine[Any, Any, T]], measure: Measure[T] = longest_hold
) -> T:
    """Do it again until it was quiet: a busy machine disturbs some rounds, a blocking call disturbs all."""
    measured: list[float] = []
    for _ in range(ROUNDS):
        longest, done = await measure(work())
        if longest < limit:
            return done
        measured.append(longest)
    raise AssertionError(f"the loop was held for {min(measured):.4f} s in the best of {ROUNDS} rounds")


@contextmanager
def lock_of_another_process(path: Path, begin: str = "BEGIN IMMEDIATE") -> Generator[None]:
    """Hold a lock on the file until the end of the block."""
    program = (
        "import sqlite3, sys\n"
        f"connection = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        f"connection.execute({begin!r})\n"
        "print('held', flush=True)\n"
        "sys.stdin.readline()\n"
        "connection.execute('COMMIT')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.write("\n")
        process.stdin.close()

"""Kill an application and its relay, again and again, and see that nothing is lost.

    python -m tests.e2e.killing.running --times 200
    python -m tests.e2e.killing.running mysql+asyncmy://root@127.0.0.1:3306/scratch --times 50 --seed 7

The application writes notes and counts counters up; the relay publishes what is committed. One of them, or
both, die by kill -9 at a random moment and begin anew. In the end every acknowledged write has to be there,
and every change of every row has to be in the audit trail and, once by its id and in the row's order, in the
stream.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import sqlalchemy as sa
from tests.e2e.killing.reading import Findings, compare
from tests.e2e.killing.world import COUNTERS, FAST, Base, Counter
from tests.fixtures.redis import client_of

from portico.db import audit
from portico.db.outbox import METADATA, Outbox, Relay
from portico.db.session import Database, run
from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions

ROOT = Path(__file__).parents[3]
LONGEST = 0.5
PATIENCE = 60.0


@dataclass
class Victim:
    """A program that is started, killed and started again; what it says goes into one file."""

    command: list[str]
    said: Path
    process: subprocess.Popen[bytes] | None = None
    _output: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it and wait until it has said something new: from then on it is at work."""
        before = self.said.stat().st_size if self.said.exists() else 0
        self._output = self.said.open("ab")
        self.process = subprocess.Popen([sys.executable, "-m", *self.command], cwd=ROOT, stdout=self._output)
        deadline = time.monotonic() + PATIENCE
        while self.said.stat().st_size == before:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} did not begin to work")
            time.sleep(0.005)

    def kill(self) -> None:
        """As the machine would: nothing is finished, nothing is said."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self._output is not None:
            self._output.close()


def kill_again_and_again(url: str, redis: str, *, times: int, seed: int) -> Findings:
    """The whole story, on an empty database."""
    prefix = f"portico-killing-{secrets.token_hex(6)}:"
    draw = random.Random(seed)
    asyncio.run(_prepare(url))
    with TemporaryDirectory() as folder:
        application = Victim(["tests.e2e.killing.application", url], Path(folder, "acknowledged"))
        relay = Victim(["tests.e2e.killing.relay", url, redis, prefix], Path(folder, "relay"))
        victims = [application, relay]
        try:
            for victim in victims:
                victim.start()
            for _ in range(times):
                time.sleep(draw.random() * LONGEST)
                for victim in draw.choice([[application], [relay], victims]):
                    victim.kill()
                    victim.start()
        finally:
            for victim in victims:
                victim.kill()
        acknowledged = application.said.read_text().splitlines()
    return asyncio.run(_look(url, redis, prefix, acknowledged))


async def _prepare(url: str) -> None:
    async with Database(url) as database:
        await database.drop_tables([Base.metadata, METADATA, audit.METADATA])  # of an earlier run
        await database.create_tables([Base.metadata, METADATA])
        await run(database, sa.insert(Counter), [{"id": number, "value": 0} for number in range(COUNTERS)])


async def _look(url: str, redis: str, prefix: str, acknowledged: list[str]) -> Findings:
    """Publish what still waits, then compare tables and stream."""
    backend = RedisPubSub(redis, options=RedisPubSubOptions(prefix=prefix, max_length=10_000_000))
    async with Database(url) as database:
        outbox = Outbox(database)
        async with Relay(outbox, backend, options=FAST).running() as relay, asyncio.timeout(PATIENCE):
            while (await relay.status()).pending:  # noqa: ASYNC110 -- what it waits for is in a database
                await asyncio.sleep(0.02)
        findings = await compare(database, backend, outbox.stream, acknowledged)
        outbox.close()
    await backend.close()
    client = client_of(redis)
    await client.delete(f"{prefix}{outbox.stream}")
    await client.aclose()
    return findings


def main() -> int:
    """The long form, for the terminal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", nargs="?", default="postgresql+asyncpg://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = parser.parse_args()
    findings = kill_again_and_again(options.url, options.redis, times=options.times, seed=options.seed)
    print(f"{options.times} kills, seed {options.seed}: {findings}")
    return 1 if findings.problems else 0


if __name__ == "__main__":
    sys.exit(main())

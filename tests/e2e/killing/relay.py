"""A relay that publishes until it is killed; it prints a line when it begins.

python -m tests.e2e.killing.relay URL REDIS STREAM
"""

from __future__ import annotations

import asyncio
import os
import sys

from tests.e2e.killing.world import FAST

from portico.db.outbox import Outbox, Relay
from portico.db.session import Database
from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions


async def publish_until_killed(url: str, redis: str, prefix: str) -> None:
    """One relay, with nothing else in its process."""
    backend = RedisPubSub(redis, options=RedisPubSubOptions(prefix=prefix, max_length=10_000_000))
    async with Database(url) as database:
        relay = Relay(Outbox(database), backend, options=FAST)
        os.write(sys.stdout.fileno(), b"working\n")
        await relay.run()


if __name__ == "__main__":
    asyncio.run(publish_until_killed(*sys.argv[1:]))

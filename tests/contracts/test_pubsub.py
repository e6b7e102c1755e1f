"""Our backends of `PubSub` under the contract that users run on theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portico.pubsub import MemoryPubSub, PubSub
from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions
from portico.testing.contracts import PubSubContract


class TestMemoryPubSub(PubSubContract):
    """In memory."""

    @pytest.fixture
    async def pubsub(self) -> AsyncIterator[PubSub]:
        """An empty one."""
        pubsub = MemoryPubSub(max_length=100)
        yield pubsub
        await pubsub.close()


class TestRedisPubSub(PubSubContract):
    """On a Redis server."""

    @pytest.fixture
    async def pubsub(self, redis_url: str, redis_prefix: str) -> AsyncIterator[PubSub]:
        """One with streams of its own."""
        pubsub = RedisPubSub(redis_url, options=RedisPubSubOptions(prefix=redis_prefix, timeout=1))
        yield pubsub
        await pubsub.close()

"""Publishing what waits in the outbox.

    relay = Relay(outbox, RedisPubSub("redis://localhost"))
    async with relay.running():               # in the lifespan of an application, or in a process of its own
        ...
    (await relay.status()).lag

Every committed change is published at least once; changes of one row in the order in which they were
committed. A relay that dies between publishing and deleting publishes again, with the same ids. Of several
relays one works. While the database or the server is away, rows wait where they are, and it tries again after
waits that grow; a message that is refused is tried some times, what concerns the same row waits behind it,
and then it becomes a dead letter. Memory holds one batch.
Guide: docs/how-to/outbox.md. Room: db.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic

from portico._kernel.doors import register_calls
from portico.db.engine import finish
from portico.db.session import isolated
from portico.errors import PubSubUnavailableError, UnavailableError
from portico.pubsub import PubSub

from .lease import Lease
from .options import RelayOptions, RelayStatus
from .outbox import Outbox
from .pending import Waiting, backlog, bury, count_attempt, first_of, forget

log = logging.getLogger("portico.outbox")


class Relay:
    """Publishes the rows of one outbox."""

    def __init__(self, outbox: Outbox, pubsub: PubSub, *, options: RelayOptions | None = None) -> None:
        self._outbox = outbox
        self._database = outbox.database
        self._pubsub = pubsub
        self._options = options or RelayOptions()
        self._lease = Lease(self._database, seconds=self._options.lease)
        self._more = asyncio.Event()
        self._stopping = asyncio.Event()
        self._refusals: dict[int, tuple[float, frozenset[str]]] = {}
        self._published = 0
        self._last: datetime | None = None
        self._failures = 0
        self._error: str | None = None
        self._looked = monotonic()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Relay]:
        """Work beside the block; at its end, publish what waits and stop."""
        with isolated():
            await self._outbox.check()
        task = asyncio.create_task(self.run(), name="portico relay")
        try:
            yield self
        finally:
            self.stop()
            patience = self._options.grace + self._options.send_timeout
            await asyncio.wait({task}, timeout=patience)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def run(self) -> None:
        """Work until `stop` is called."""
        with isolated():
            await self._outbox.check()
            end = self._outbox.wake(self._more)
            try:
                while not self._stopping.is_set():
                    await self._turn()
                await self._drain()
            finally:
                end()
                await finish(self._release())

    def stop(self) -> None:
        """Let `run` end soon: it publishes what waits, for as long as ``grace`` allows."""
        self._stopping.set()
        self._more.set()

    async def status(self) -> RelayStatus:
        """How far behind it is."""
        behind = await backlog(self._database)
        return RelayStatus(
            pending=behind.pending,
            oldest=behind.oldest,
            dead=behind.dead,
            working=self._lease.held,
            published=self._published,
            last_published=self._last,
            failures=self._failures,
            last_error=self._error,
        )

    # -- one turn after the other --

    async def _turn(self) -> None:
        self._more.clear()
        try:
            if not await self._lease.hold():
                await self._pause(self._options.poll, self._stopping)
                return
            count = await self._round()
            await self._warn_when_late()
        except Exception as error:  # whatever it is, rows wait, and nobody else would publish them
            await self._pause(self._failed(error), self._stopping)
            return
        self._failures, self._error = 0, None
        if count < self._options.batch:
            await self._pause(self._until_next_attempt(), self._more)

    async def _round(self) -> int:
        """Publish the first rows; gives how many were found."""
        now = monotonic()
        self._refusals = {number: one for number, one in self._refusals.items() if one[0] > now}
        held = frozenset[str]().union(*(about for _, about in self._refusals.values()))
        rows = await first_of(self._database, self._options.batch, held)
        streams: dict[str, list[Waiting]] = {}
        for row in rows:
            streams.setdefault(row.stream, []).append(row)
        for part in streams.values():
            await self._publish_all(part)
        return len(rows)

    async def _publish_all(self, rows: Sequence[Waiting]) -> None:
        try:
            await self._publish(rows)
        except UnavailableError:
            raise
        except Exception:  # one of them is refused, for whatever reason: which one?
            await self._publish_singly(rows)
        else:
            await self._forget(rows)

    async def _publish_singly(self, rows: Sequence[Waiting]) -> None:
        blocked: set[str] = set()
        for row in rows:
            if row.about & blocked:
                blocked |= row.about
                continue
            try:
                await self._publish([row])
            except UnavailableError:
                raise
            except Exception as error:  # what a backend raises says that it does not want it
                if not await self._refused(row, error):
                    blocked |= row.about
            else:
                await self._forget([row])

    async def _publish(self, rows: Sequence[Waiting]) -> None:
        try:
            async with asyncio.timeout(self._options.send_timeout):
                await self._pubsub.publish(rows[0].stream, *(row.message for row in rows))
        except OSError as error:  # TimeoutError among them
            raise PubSubUnavailableError(
                f"Publishing did not work ({type(error).__name__}).", hint="It is tried again."
            ) from error

    async def _forget(self, rows: Sequence[Waiting]) -> None:
        self._published += len(rows)
        self._last = datetime.now(UTC)
        await forget(self._database, rows)

    async def _refused(self, row: Waiting, error: Exception) -> bool:
        """Remember it, or give the message up; True when it holds nothing back any more."""
        said = f"{type(error).__name__}: {error}"[:1_000]
        if row.attempts + 1 >= self._options.attempts:
            await bury(self._database, row, said)
            log.error("Message %s (%s) became a dead letter: %s", row.message.id, row.message.key, said)
            return True
        await count_attempt(self._database, row)
        self._refusals[row.sequence] = (monotonic() + self._wait(row.attempts), row.about)
        log.warning("Message %s (%s) was refused: %s", row.message.id, row.message.key, said)
        return False

    # -- waiting --

    def _failed(self, error: Exception) -> float:
        wait = self._wait(self._failures)
        self._failures += 1
        self._error = f"{type(error).__name__}: {error}"[:1_000]
        expected = isinstance(error, UnavailableError)
        log.warning(
            "The relay cannot work (%d times in a row), next try in %.1f s: %s",
            self._failures,
            wait,
            self._error,
            exc_info=None if expected else error,
        )
        return wait

    def _wait(self, before: int) -> float:
        longest = min(self._options.longest_wait, self._options.first_wait * 2 ** min(before, 20))
        return random.uniform(longest / 2, longest)  # noqa: S311 -- spreads load, keeps no secret

    def _until_next_attempt(self) -> float:
        now = monotonic()
        return min([self._options.poll, *(max(0.0, when - now) for when, _ in self._refusals.values())])

    async def _pause(self, seconds: float, event: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

    async def _warn_when_late(self) -> None:
        if monotonic() - self._looked < self._options.late:
            return
        self._looked = monotonic()
        status = await self.status()
        if status.lag > self._options.late:
            log.warning("%d changes wait to be published, since %s.", status.pending, status.oldest)

    # -- the end --

    async def _drain(self) -> None:
        end = monotonic() + self._options.grace
        try:
            while self._lease.held and not self._failures and monotonic() < end and await self._round():
                pass
        except Exception as error:  # the rows wait for the next relay
            self._failed(error)

    async def _release(self) -> None:
        with suppress(Exception):  # the lease ends by itself
            await self._lease.release()


register_calls("db/outbox", Relay, reads="run running status", passes=["tenant", "deleted"])

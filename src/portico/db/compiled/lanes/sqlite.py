"""The lane of SQLite: the file is read and written in the loop's own thread, as long as that is quick.

A trip to a thread and back costs more than most statements do. What takes longer than a few milliseconds is
interrupted and done in a thread after all, on a connection of the pool. So are from the start: statements
whose shape says that they are heavy, those that were late twice, and writes that will touch the disk (the
first one after a checkpoint, and all of them where the journal is not WAL). A lock is waited for without the
loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat
from time import perf_counter
from typing import Any, TypeVar

from portico.db.compiled.shapes import Shape
from portico.db.dialects import Kind, kind_of
from portico.db.engine import Engines

from .judging import heard
from .lane import LaneError, Rows
from .pooled import PooledLane
from .sqlite_connection import InLoop, open_in_thread

T = TypeVar("T")

_SLOW_FOR = 60.0
_MOST = 500
_CHECKPOINT_AFTER = 250
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02)
_TOO_MUCH = {Kind.STATEMENT_TIMEOUT, Kind.TOO_LONG}
_left_behind: list[InLoop] = []


class _TooMuchError(Exception):
    """It took too long for the loop, or met a value that is too big for it."""


class SqliteLane:
    """Statements on one connection in the loop's thread, and in a thread where that takes too long."""

    gathering = None

    def __init__(self, engines: Engines, threads: PooledLane) -> None:
        self._engines = engines
        self._hearers = engines.hearers
        self._threads = threads
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._here: InLoop | None = None
        self._ended = False
        self._opening: asyncio.Task[InLoop] | None = None
        self._renewal: asyncio.TimerHandle | None = None
        self._checkpoint: asyncio.Task[None] | None = None
        self._interrupted: set[str] = set()
        self._slow: dict[str, float] = {}
        self._turn = asyncio.Lock()
        self._written = 0
        # The write that begins a new log writes its head, and waits for the disk.
        self._writes_elsewhere = True

    async def fetch(self, shape: Shape, arguments: Sequence[Any]) -> Rows:
        """The rows."""
        text = shape.text
        here = self._here or await self._opened()
        if here is None or (
            (shape.heavy or shape.writes or self._slow) and self._belongs_in_thread(shape, here)
        ):
            return await self._threads.fetch(shape, arguments)
        if self._hearers:
            self._tell(text)
        try:
            rows = here.fetch(text, arguments)
        except Exception as error:
            return await self._after(
                error,
                shape,
                lambda here: here.fetch(text, arguments),
                lambda: self._threads.fetch(shape, arguments),
            )
        if here.late or self._interrupted or shape.writes:
            self._note(shape, late=here.late)
        return rows

    async def execute(self, shape: Shape, arguments: Sequence[Any]) -> int:
        """How many rows were changed."""
        text = shape.text
        here = self._here or await self._opened()
        if here is None or self._belongs_in_thread(shape, here):
            return await self._threads.execute(shape, arguments)
        self._tell(text)
        try:
            changed = here.execute(text, arguments)
        except Exception as error:
            return await self._after(
                error,
                shape,
                lambda here: here.execute(text, arguments),
                lambda: self._threads.execute(shape, arguments),
            )
        self._note(shape, late=here.late)
        return changed

    def leave(self, *, forked: bool) -> None:
        """Start afresh; a connection of the parent process may not even be closed here."""
        here = self._here
        self._start_afresh()
        if here is None:
            return
        if forked:
            _left_behind.append(here)
        else:
            here.close()

    async def close(self, *, final: bool) -> None:
        """Close the connection, in a thread: the last one to be closed writes the log into the file."""
        here, opening, checkpoint = self._here, self._opening, self._checkpoint
        if self._renewal is not None:
            self._renewal.cancel()
        self._start_afresh()
        self._ended = final
        if checkpoint is not None:
            await asyncio.wait([checkpoint])
        if here is None and opening is not None:
            await asyncio.wait([opening])
            here = None if opening.cancelled() or opening.exception() is not None else opening.result()
        if here is not None:
            await asyncio.to_thread(here.close)

    async def _opened(self) -> InLoop | None:
        """The connection, opened in a thread: taking over a log after a crash may take its time.

        None when the database was closed for good: whoever comes late gets an answer from the pool.
        """
        if self._ended:
            return None
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(open_in_thread(self._engines))
        opening = self._opening
        try:
            here = await asyncio.shield(opening)
        except Exception as error:
            if self._opening is opening:
                self._opening = None
            raise heard(error) from error
        if self._opening is opening:
            self._here, self._opening = here, None
            recycle = self._engines.options.pool.recycle
            if recycle >= 0:
                self._renewal = asyncio.get_running_loop().call_later(recycle, self._let_go)
        return here

    def _let_go(self) -> None:
        """Close the connection; the next statement opens another."""
        here, self._here = self._here, None
        if self._renewal is not None:
            self._renewal.cancel()
        if here is not None:
            here.close()

    # -- in a thread --

    def _belongs_in_thread(self, shape: Shape, here: InLoop) -> bool:
        if shape.heavy:
            return True
        if shape.writes and (self._writes_elsewhere or not here.writes_are_quick):
            self._writes_elsewhere = False
            return True
        return self._slow.get(shape.text, 0.0) > perf_counter()

    def _was_too_much(self, shape: Shape) -> None:
        """What is late twice in a row goes to a thread for a while; once may be the machine's fault."""
        if shape.text in self._interrupted:
            self._slow[shape.text] = perf_counter() + _SLOW_FOR
        self._interrupted.add(shape.text)
        if len(self._slow) > _MOST:
            self._slow.clear()
        if len(self._interrupted) > _MOST:
            self._interrupted.clear()

    def _note(self, shape: Shape, *, late: bool) -> None:
        if late:
            self._was_too_much(shape)
        else:
            self._interrupted.discard(shape.text)
        if shape.writes:
            self._has_written()

    # -- once more --

    async def _after(
        self,
        error: Exception,
        shape: Shape,
        work: Callable[[InLoop], T],
        in_thread: Callable[[], Awaitable[T]],
    ) -> T:
        """Do it in a thread, or when the lock is free; or say what was wrong."""
        try:
            if kind_of(error) is Kind.LOCK_TIMEOUT:
                done = await self._when_free(error, shape, work)
                self._note(shape, late=False)
                return done
            raise self._given_up(error)
        except _TooMuchError:
            self._was_too_much(shape)
        return await in_thread()

    async def _when_free(self, first: Exception, shape: Shape, work: Callable[[InLoop], T]) -> T:
        limit = self._engines.options.timeouts.lock
        if limit is None:
            raise heard(first) from first  # on SQLite no limit means no wait
        try:
            async with asyncio.timeout(limit):
                if not shape.writes:
                    return await self._patiently(work)
                async with self._turn:  # those who wait to write are served in their order
                    return await self._patiently(work)
        except TimeoutError:
            raise heard(first) from first

    async def _patiently(self, work: Callable[[InLoop], T]) -> T:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            await asyncio.sleep(pause)
            here = self._here or await self._opened()
            if here is None:
                raise _TooMuchError
            try:
                return work(here)
            except Exception as error:
                if kind_of(error) is not Kind.LOCK_TIMEOUT:
                    raise self._given_up(error) from error
        raise AssertionError  # the pauses never end

    def _given_up(self, error: Exception) -> Exception:
        kind = kind_of(error)
        if kind in _TOO_MUCH:
            return _TooMuchError()
        if kind in {Kind.UNAVAILABLE, Kind.READ_ONLY} and self._here is not None:
            # The file may have been replaced below it; nothing has happened, and the pool says what is wrong.
            self._let_go()
            return LaneError(type(error).__name__)
        return heard(error)

    # -- the log --

    def _has_written(self) -> None:
        self._written += 1
        if self._written >= _CHECKPOINT_AFTER and self._checkpoint is None:
            self._written = 0
            self._checkpoint = asyncio.get_running_loop().create_task(self._write_back())

    async def _write_back(self) -> None:
        """Move the log into the file, in a thread; SQLite by itself would do it in whoever commits."""
        try:
            await self._threads.keep_house("PRAGMA wal_checkpoint(PASSIVE)")
        except Exception:  # noqa: S110 -- the next one does it; until then the log grows a little
            pass
        finally:
            self._checkpoint = None
            self._writes_elsewhere = True

    def _tell(self, text: str) -> None:
        for hearer in self._hearers:
            hearer(text)

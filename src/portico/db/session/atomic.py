"""`atomic`: all of it or nothing.

    async with atomic():                        # a transaction; inside another one, a savepoint
        ...
    @atomic(retries=3)                          # run again after a deadlock or serialization failure
    async def transfer(): ...
    await atomic.run(transfer, retries=3)
    async for unit in atomic.attempts(3):       # at most three times
        async with unit:
            ...

A body of ``async with`` cannot run twice, so retrying takes a function or the loop. Raises `CrossTaskError`
when another task uses the unit, `UsageError` when a unit that has failed is used further.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, overload

from portico.errors import UsageError

from .context import Callback, Started, frames, run_now
from .database import Database, current_database
from .levels import outermost, savepoint
from .retrying import REPEATED, Attempts, RetryOptions, is_retryable
from .unit import Isolation, Unit, UnitOptions, current_unit

P = ParamSpec("P")
R = TypeVar("R")
Work = Callable[P, Awaitable[R]]
ISOLATION_LEVELS = ("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


@dataclass(frozen=True, kw_only=True)
class Block:
    """What an ``atomic(…)`` was asked for."""

    database: Database | str | None = None
    options: UnitOptions = field(default_factory=UnitOptions)
    retry: RetryOptions = field(default_factory=lambda: RetryOptions(retries=0))

    def opened(self) -> AbstractAsyncContextManager[Unit]:
        """The level that entering the block opens."""
        database = self._chosen()
        outer = current_unit(database)
        if outer is None:
            return outermost(database, self.options)
        _refuse_inside(outer, self.options)
        return savepoint(outer)

    def is_inside(self) -> bool:
        """Whether there is a unit around."""
        return current_unit(self._chosen()) is not None

    def attempts(self) -> Attempts:
        """What counts the attempts to run it."""
        return Attempts(self.retry, self._chosen())

    def _chosen(self) -> Database:
        named = self.database
        return named if isinstance(named, Database) else current_database(named)


class AtomicBlock:
    """What ``atomic()`` gives: an ``async with`` block, or a decorator."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._entered: list[AbstractAsyncContextManager[Unit]] = []

    async def __aenter__(self) -> Unit:
        if self._block.retry.retries:
            raise UsageError(
                "The body of `async with atomic(retries=…)` cannot run twice.",
                hint="Use @atomic(retries=…), atomic.run(…) or `async for unit in atomic.attempts(…)`.",
            )
        return await self._enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._entered.pop().__aexit__(kind, error, trace)

    def __call__(self, work: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        """The function, run in a unit of work of its own each time."""
        _refuse_no_coroutine(work)

        @wraps(work)
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return await _run(self._block, lambda: work(*args, **kwargs))

        return run

    async def _enter(self) -> Unit:
        level = self._block.opened()
        unit = await level.__aenter__()
        self._entered.append(level)
        return unit


class Attempt(AtomicBlock):
    """One turn of ``atomic.attempts``: swallows an error after which the loop goes on."""

    def __init__(self, block: Block, attempts: Attempts) -> None:
        super().__init__(block)
        self._attempts = attempts
        self.again = False
        self.used = False

    async def __aenter__(self) -> Unit:
        self.used = True
        return await self._enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            await super().__aexit__(kind, error, trace)
        except REPEATED as failure:  # the commit's; the body's own error is not raised again here
            self.again = self._goes_on(failure)
            if not self.again:
                raise
            return True
        self.again = self._goes_on(error)
        return self.again

    def _goes_on(self, failure: BaseException | None) -> bool:
        return is_retryable(failure) and not self._block.is_inside() and self._attempts.may_retry()


class Atomic:
    """The callable ``atomic``, with its two other forms."""

    @overload
    def __call__(self, work: Callable[P, Awaitable[R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
    @overload
    def __call__(
        self,
        database: Database | str | None = None,
        /,
        *,
        isolation: str | None = None,
        read_only: bool = False,
        durable: bool = False,
        retries: int = 0,
    ) -> AtomicBlock: ...
    def __call__(self, target: Any = None, /, **options: Any) -> Any:
        """A block, a decorator, or (given a function) the decorated function."""
        if target is not None and not isinstance(target, Database | str):
            return AtomicBlock(Block())(target)
        return AtomicBlock(_block(target, **options))

    async def run(
        self, work: Callable[[], Awaitable[R]], /, *, database: Database | str | None = None, **options: Any
    ) -> R:
        """Await ``work()`` in a unit of work; ``retries=3`` allows three more attempts."""
        return await _run(_block(database, **options), work)

    async def attempts(
        self, number: int = 3, /, *, database: Database | str | None = None, **options: Any
    ) -> AsyncIterator[Attempt]:
        """Units of work to try the same thing in, ``number`` times at most."""
        block = _block(database, **options, retries=number - 1)
        with block.attempts().counted() as attempts:
            while True:
                attempt = Attempt(block, attempts)
                yield attempt
                if not attempt.used:
                    raise UsageError("Each turn of atomic.attempts() needs its `async with unit:`.")
                if not attempt.again:
                    return
                await attempts.wait()


atomic = Atomic()


async def _run(block: Block, work: Callable[[], Awaitable[R]]) -> R:
    with block.attempts().counted() as attempts:
        while True:
            inside = block.is_inside()
            try:
                async with block.opened():
                    return await work()
            except REPEATED as error:
                if inside or not is_retryable(error) or not attempts.may_retry():
                    raise
            await attempts.wait()


def _block(
    database: Database | str | None,
    *,
    isolation: str | None = None,
    read_only: bool = False,
    durable: bool = False,
    retries: int = 0,
) -> Block:
    level = isolation.upper().replace("_", " ") if isolation is not None else None
    if level is not None and level not in ISOLATION_LEVELS:
        raise UsageError(
            f"There is no isolation level {isolation!r}.", hint=f"Choose from {', '.join(ISOLATION_LEVELS)}."
        )
    options = UnitOptions(isolation=level, read_only=read_only, durable=durable)
    return Block(database=database, options=options, retry=RetryOptions(retries=max(retries, 0)))


def _refuse_inside(outer: Unit, wanted: UnitOptions) -> None:
    if wanted.durable and not outer.root.shared:
        raise UsageError(
            "A durable unit of work cannot be inside of another one.", hint="Call it outside of atomic()."
        )
    root = outer.root.options
    if wanted.isolation not in {None, root.isolation}:
        raise UsageError("The isolation level is chosen by the outermost atomic().")
    if wanted.read_only and not root.read_only:
        raise UsageError("A unit that only reads cannot be inside of one that writes.")


def _refuse_no_coroutine(work: Any) -> None:
    if inspect.isasyncgenfunction(work) or not (
        callable(work) and inspect.iscoroutinefunction(inspect.unwrap(work))
    ):
        raise UsageError(
            "@atomic takes an async function.", hint="Inside a generator use `async with atomic():`."
        )


def on_commit(callback: Callback, database: Database | None = None) -> Started:
    """Call this after the outermost commit, never after a rollback; outside of a unit, at once.

    The callback may be async. One that raises is logged; the commit stands and the others are called. The
    result may be awaited, to wait for an async callback that was started at once.
    """
    unit = current_unit(database if database is not None else current_database())
    if unit is None:
        return run_now(callback)
    unit.on_commit(callback)
    return Started()


@contextmanager
def isolated() -> Generator[None]:
    """Forget the unit of work around: calls in this block stand for themselves.

    For work that a task does beside the unit it was started in, and for what must last even if the unit
    rolls back. A database in memory has one connection, which the unit around keeps until it ends.
    """
    frame = Isolation()
    token = frames.push(frame)
    try:
        yield
    finally:
        frames.pop(frame, token)

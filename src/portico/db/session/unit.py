"""The unit of work that the running code is inside of: a session, its transaction, and what follows from it.

    async with atomic() as unit:
        unit.session.add(post)
        unit.on_commit(lambda: print("saved"))

Upper rooms ask `current_unit(database)` and work through `Unit.perform`, which turns every failure into an
error of ours and remembers that the unit has failed: after that it accepts nothing more, on any database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc as sa_exc
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from portico._kernel.doors import register_calls
from portico.db.dialects import DRIVER_ERRORS, translate
from portico.errors import (
    PorticoError,
    RetryableError,
    SessionClosedError,
    UnavailableError,
    UsageError,
    VersionConflictError,
)

from .context import Callback, frames, ownership, recording, run_all
from .handle import Handle
from .preimages import UNIT, PreImages, RecordingSession, generated_key

T = TypeVar("T")
WRAP = "Wrap the call that may fail in `async with atomic():` of its own, and catch the error around that."


@dataclass(frozen=True, kw_only=True)
class UnitOptions:
    """How the outermost unit runs."""

    isolation: str | None = None
    read_only: bool = False
    durable: bool = False


class Written:
    """What was recorded at one level; the outermost also knows what watchers were not told yet."""

    def __init__(self) -> None:
        self.changes: list[Any] = []
        self.untold: list[Any] = []
        self.waits = 0
        self.refusal: BaseException | None = None
        self.announced: set[int] = set()
        """Objects of which watchers were told before they are written."""

    @contextmanager
    def deferred(self) -> Generator[None]:
        """Tell nobody in this block: objects in hand do not say yet what was written."""
        self.waits += 1
        try:
            yield
        finally:
            self.waits -= 1

    def taken(self) -> list[Any]:
        """All changes; there are none then."""
        taken, self.changes = self.changes, []
        return taken


class Unit:
    """One level of a unit of work; an inner one is a savepoint and has a ``parent``."""

    def __init__(
        self,
        database: Handle,
        session: AsyncSession,
        *,
        parent: Unit | None = None,
        options: UnitOptions | None = None,
        managed: bool = True,
    ) -> None:
        self.database = database
        self.parent = parent
        self.options = options or UnitOptions()
        self.managed = managed
        self.shared: bool = parent.shared if parent is not None else False
        self.owner = ownership.running_task()
        self.images = PreImages()
        self.closed = False
        self.final = False
        self.failure: PorticoError | None = None
        self._session = session
        self.waiting: list[Callback] = []
        self.written = Written()
        self.untouched = parent is None
        self.turn: asyncio.Lock | None = None

    # -- what models and users call --

    @property
    def session(self) -> AsyncSession:
        """The session, as long as the unit is open and has not failed."""
        self.check()
        return self._session

    def on_commit(self, callback: Callback) -> None:
        """Call this after the outermost commit; never, when this level or one around it rolls back."""
        self.waiting.append(callback)

    def record(self, change: Any) -> None:
        """A row was written, which watchers want to know of; forgotten if this level rolls back."""
        self.written.changes.append(change)
        self.root.written.untold.append(change)

    def created(self, instance: object, generated: Iterable[str] | None = None) -> None:
        """A row was inserted for this object; the database filled in the ``generated`` attributes."""
        self.images.created(instance, generated_key(instance) if generated is None else generated)

    def changed(self, instance: object, old: Mapping[str, Any]) -> None:
        """The row of this object was changed; these are the values before."""
        self.images.changed(instance, old)

    def deleted(self, instance: object) -> None:
        """The row of this object was deleted; to be said while the object still has its key."""
        self.images.deleted(instance)

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.Result[Any]:
        """Run a statement in this unit, after everything that waits in the session was written."""

        async def send(session: AsyncSession) -> sa.Result[Any]:
            if has_pending(session.sync_session):
                await session.flush()
            return await session.execute(statement, parameters)

        return await self.perform(send)

    async def flush(self) -> None:
        """Write what waits in the session."""
        if has_pending(self._session.sync_session):
            await self.perform(lambda session: session.flush())

    def share(self) -> None:
        """Let other tasks use this unit too, statement by statement; for tests that want one transaction."""
        self.shared = True
        self.root.turn = self.root.turn or asyncio.Lock()

    async def perform(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Do something with the session; what goes wrong is translated and fails the unit."""
        root = self.root
        with root.written.deferred():
            if root.turn is None:
                done = await self._perform(work)
            else:
                async with root.turn:
                    done = await self._perform(work)
        if root.written.untold:
            await self.tell()
        return done

    async def _perform(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        self.check()
        repeatable = self.root.untouched and not has_pending(self._session.sync_session)
        try:
            try:
                done = await work(self._session)
            except sa_exc.DBAPIError as error:
                if not (repeatable and error.connection_invalidated):
                    raise
                # The connection died before anything of this unit was sent: begin again on another one.
                await AsyncSession.rollback(self._session)
                done = await work(self._session)
        except DRIVER_ERRORS as error:
            if error is self.root.written.refusal:
                raise  # a watcher's, whatever it is
            ours = translate(error)
            self.fail(error, ours)
            raise ours from error
        except VersionConflictError as error:
            self.fail(error, error)
            raise
        self.root.untouched = False
        return done

    async def tell(self) -> None:
        """Tell watchers what was written, unless that is to wait; one that raises fails the unit."""
        recorder, written = recording.by, self.root.written
        if recorder is None or written.waits or not written.untold:
            return
        try:
            await recorder.tell(self)
        except BaseException as error:
            self.refuse(error)
            raise

    async def before_commit(self) -> None:
        """The outermost level lets watchers write more, or refuse, just before it commits."""
        if self.parent is None and recording.by is not None:
            await recording.by.before_commit(self)

    def refuse(self, error: BaseException) -> None:
        """Code that was told of a write has raised: what was written is to be undone."""
        ours = error if isinstance(error, PorticoError) else PorticoError(str(error) or type(error).__name__)
        self.failure = self.failure or ours
        self.root.written.refusal = error

    # -- state --

    @property
    def root(self) -> Unit:
        """The outermost level."""
        return self if self.parent is None else self.parent.root

    def check(self) -> None:
        """Raise unless the unit can be used, and by this task."""
        if self.closed:
            raise SessionClosedError(
                "This unit of work has ended.", hint="Open another: `async with atomic():`."
            )
        _claim(self)
        failure = self.failure
        if failure is None and self._session.is_active:
            return
        what = f" ({type(failure).__name__}: {failure.message})" if failure is not None else ""
        raise UsageError(
            f"This unit of work has failed at an earlier statement{what}.", hint=WRAP
        ) from failure

    def fail(self, error: BaseException, ours: PorticoError) -> None:
        """Accept nothing more, if the database has seen the error."""
        if not (isinstance(error, sa_exc.DBAPIError | OSError) or not self._session.is_active):
            return
        self.failure = ours
        lost = isinstance(error, sa_exc.DBAPIError) and error.connection_invalidated
        if self.parent is not None and (lost or isinstance(ours, RetryableError | UnavailableError)):
            # A deadlock or a lost connection takes the whole transaction with it, not the savepoint alone.
            self.parent.fail(error, ours)

    # -- what closing it needs --

    async def after_commit(self) -> None:
        """This level is committed: what waits for it is called, or handed to the level around."""
        self.failure = None
        waiting, self.waiting = self.waiting, []
        changes = self.written.taken()
        if self.parent is not None:
            self.parent.waiting += waiting
            self.parent.images.absorb(self.images)
            self.parent.written.changes += changes
        self.images.forget()
        if self.parent is None and changes and recording.by is not None:
            recording.by.after_commit(changes)
        if self.parent is None and waiting:
            await run_all(waiting)

    def after_rollback(self) -> None:
        """The transaction is undone: callbacks vanish."""
        self.failure = None
        self.waiting.clear()
        self.forget_changes(0)
        self.images.restore()

    def forget_changes(self, start: int) -> None:
        """What was recorded here from this one on is undone."""
        undone = {id(change) for change in self.written.changes[start:]}
        if undone:
            del self.written.changes[start:]
            untold = self.root.written.untold
            untold[:] = [change for change in untold if id(change) not in undone]

    def __repr__(self) -> str:
        state = "closed" if self.closed else "failed" if self.failure else "open"
        return f"<Unit {state} on {self.database!r}>"


_marks: Final[WeakKeyDictionary[SessionTransaction, tuple[Unit, int, int]]] = WeakKeyDictionary()


class Isolation:
    """A frame that hides the units around it."""


def current_unit(database: Handle) -> Unit | None:
    """The open unit of this database, or None; raises `CrossTaskError` when it is another task's."""
    for frame in reversed(frames.stack()):
        if isinstance(frame, Isolation):
            return None
        if isinstance(frame, Unit) and frame.database is database and not frame.closed:
            _claim(frame)
            return frame
    return None


def _claim(unit: Unit) -> None:
    task = ownership.running_task()
    owner = unit.owner
    if owner is task or unit.shared:
        return
    if owner is not None and owner.done() and task is not None:
        unit.owner = task  # a fixture opened it and its task is over
        return
    if owner is None or task is None or not ownership.waits_for(owner, task):
        raise ownership.refuse()


def bind(unit: Unit | None, session: AsyncSession) -> None:
    """Let the session know its innermost unit."""
    session.info[UNIT] = unit


@event.listens_for(RecordingSession, "do_orm_execute")
def _before_statement(execution: ORMExecuteState) -> Any:
    """A session that was handed to several tasks is noticed even where nobody asks for the unit.

    What is to be recorded is recorded here, whoever wrote the statement.
    """
    unit = execution.session.info.get(UNIT)
    if not isinstance(unit, Unit):
        return None
    _claim(unit)
    return None if recording.by is None else recording.by.execute(unit, execution)


@event.listens_for(RecordingSession, "after_transaction_create")
def _remember_mark(session: Session, transaction: SessionTransaction) -> None:
    """A savepoint that the user makes by himself takes back what was recorded since, and done to objects."""
    unit = session.info.get(UNIT)
    if transaction.nested and isinstance(unit, Unit):
        _marks[transaction] = unit, len(unit.written.changes), len(unit.images)


@event.listens_for(RecordingSession, "after_soft_rollback")
def _back_to_mark(_session: Session, transaction: SessionTransaction) -> None:
    mark = _marks.pop(transaction, None)
    if mark is not None:
        unit, changes, steps = mark
        unit.forget_changes(changes)
        unit.images.restore(steps)


def has_pending(session: Session) -> bool:
    """Whether a flush would find anything to look at."""
    known: Any = session
    return not known._is_clean()  # noqa: SLF001 -- as `flush` itself asks; `new` and `dirty` would make sets


register_calls("db/session", Unit, reads="execute", writes="execute")

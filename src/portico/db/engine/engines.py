"""The engines of one database: for transactions, for single statements, for replicas.

    engines = Engines(async_url("postgresql://…"), EngineOptions())
    async with engines.autocommit.connect() as connection: ...

A statement outside a unit of work needs no transaction, and each database has its own way to go without:
PostgreSQL and SQLite files use an AUTOCOMMIT view of the same pool, which costs nothing on the wire. MariaDB
would pay six statements for switching a connection over and back, so it gets a second pool whose connections
stay in autocommit and are not rolled back when returned. SQLite in memory has one connection for everything.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Protocol, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc as sa_exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from portico.db.dialects import mysql, postgresql
from portico.errors import ConfigurationError, MissingExtraError

from .criteria import Watch, in_force, keep_no_more, kept_by, watch
from .generations import Generations
from .listening import own, own_first_listeners
from .options import Compiled, PoolOptions, TimeoutOptions
from .preparing import SINGLE, nothing_to_roll_back, prepare
from .residence import Residence
from .sqlite_thread import open_connection
from .url import is_memory, safe_url
from .walls import say_tenant

_EXTRAS = {"asyncpg": "postgres", "asyncmy": "mysql"}


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """How the engines of one database are made; after a write, reads stay ``sticky`` seconds off replicas."""

    pool: PoolOptions = field(default_factory=PoolOptions)
    timeouts: TimeoutOptions = field(default_factory=TimeoutOptions)
    replicas: Sequence[sa.URL] = ()
    sticky: float = 5.0
    read_only: bool = False
    echo: bool = False
    compiled: Compiled = "private"
    row_security: bool = False


class Companion(Protocol):
    """What keeps connections beside the pools, and must end where they end."""

    def leave(self, *, forked: bool) -> None:
        """Let go of every connection: its loop has ended, or (``forked``) it is the parent process's."""
        ...

    async def close(self, *, final: bool) -> None:
        """Close every connection, those in use when they come back; after the ``final`` time, keep none."""
        ...


class Engines:
    """The engines of one database; ``hearers`` are told of each statement that goes past SQLAlchemy."""

    def __init__(self, url: sa.URL, options: EngineOptions) -> None:
        self.url = url
        self.options = options
        self.memory = is_memory(url)
        _check_row_security(url, options)
        self._anchor: sqlite3.Connection | None = None
        self._memory_file = f"file:portico_{uuid.uuid4().hex}"
        self.companion: Companion | None = None
        self.hearers: list[Callable[[str], None]] = []
        self._residence = Residence(self._leave)
        self._generations = Generations()
        self._pooled: list[sa.Engine] = []
        self._watches: list[Watch] = []
        self.transactional = self._make(url)
        self.autocommit = self._single_statements(self.transactional)
        made = [self._make(replica) for replica in options.replicas]
        self.replicas: tuple[AsyncEngine, ...] = tuple(self._single_statements(engine) for engine in made)
        self._turns = cycle(self.replicas)

    @property
    def reader(self) -> AsyncEngine:
        """The replica whose turn it is; the primary where there are none."""
        return next(self._turns, self.autocommit)

    @property
    def mode(self) -> sa.Dialect:
        """The dialect with the criteria that are in force here: statements of two modes are not the same."""
        return in_force(self.transactional.sync_engine.dialect)

    @property
    def statements(self) -> dict[Any, Any]:
        """What upper rooms keep of statements in this mode; it ends with the engines."""
        return kept_by(self.mode)

    def __repr__(self) -> str:
        return safe_url(self.url)

    def here(self) -> Self:
        """These engines, after a look whether their connections belong to this loop and process."""
        self._residence.check(self._pooled)
        return self

    def pooled(self) -> list[sa.Engine]:
        """The engines that have a pool of their own, for listeners."""
        return list(self._pooled)

    async def close(self) -> None:
        """Close every connection for good; those in use, and of late callers, when they are returned."""
        self._generations.close()
        await self._dispose(final=True)
        for engine in self._pooled:
            keep_no_more(engine.dialect)

    async def dispose(self) -> None:
        """Close every connection; those in use when they are returned."""
        await self._dispose(final=False)

    async def _dispose(self, *, final: bool) -> None:
        self.here()
        self._generations.end()
        if self.companion is not None:
            await self.companion.close(final=final)
        for engine in self._pooled:
            await AsyncEngine(engine).dispose()
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    def _leave(self, forked: bool) -> None:  # noqa: FBT001 -- a callback
        if self.companion is not None:
            self.companion.leave(forked=forked)

    def _single_statements(self, engine: AsyncEngine) -> AsyncEngine:
        if engine.dialect.name in {"mysql", "mariadb"}:
            return self._make(engine.url, isolation_level="AUTOCOMMIT").execution_options(**{SINGLE: True})
        if engine.dialect.name == "sqlite":
            # SQLAlchemy's AUTOCOMMIT would go to the connection's thread twice for each call, and lose the
            # connection when it is cancelled there; ours are in autocommit always, and BEGIN is ours too.
            return engine.execution_options(**{SINGLE: True})
        single = engine.execution_options(isolation_level="AUTOCOMMIT", **{SINGLE: True})
        own_first_listeners(single.sync_engine)
        return single

    def _make(self, url: sa.URL, isolation_level: str | None = None) -> AsyncEngine:
        options = self.options
        arguments: dict[str, Any] = {}
        if url.get_backend_name() in {"mysql", "mariadb"}:
            arguments["isolation_level"] = isolation_level or mysql.DEFAULT_ISOLATION
            arguments["pool_reset_on_return"] = None  # a listener does it, where there is something to undo
        with _advice(url):
            engine = create_async_engine(
                self._memory_url(url) if self.memory else url,
                echo=options.echo,
                hide_parameters=True,
                poolclass=AsyncAdaptedQueuePool,
                pool_size=1 if self.memory else options.pool.size,
                max_overflow=0,
                pool_timeout=options.pool.timeout,
                pool_recycle=-1 if self.memory else options.pool.recycle,
                pool_use_lifo=True,
                skip_autocommit_rollback=True,
                connect_args=self._connect_arguments(url),
                **arguments,
            )
        sync = engine.sync_engine
        own_first_listeners(sync)
        self._watches.append(watch(sync))
        if sync.dialect.name == "sqlite":
            sync.dialect.detect_autocommit_setting = nothing_to_roll_back  # type: ignore[method-assign, assignment]  # see there
        if self.memory:
            event.listen(sync, "do_connect", self._drop_anchor)
        prepare(sync, options.timeouts, read_only=options.read_only, memory=self.memory)
        if options.row_security:
            say_tenant(sync)
        self._residence.watch(sync)
        self._generations.watch(sync)
        self._pooled.append(sync)
        return engine

    def _connect_arguments(self, url: sa.URL) -> dict[str, Any]:
        backend, driver, timeouts = url.get_backend_name(), url.get_driver_name(), self.options.timeouts
        if backend == "postgresql":
            return postgresql.connect_arguments(driver, timeouts, read_only=self.options.read_only)
        if backend in {"mysql", "mariadb"}:
            return mysql.connect_arguments(driver, timeouts)
        return {"async_creator_fn": open_connection} if driver == "aiosqlite" else {}

    def _memory_url(self, url: sa.URL) -> sa.URL:
        query = {**url.query, "mode": "memory", "cache": "shared", "uri": "true"}
        return url.set(database=self._memory_file, query=query)

    @own
    def _drop_anchor(self, *_: object) -> None:
        # The data lives as long as one connection does, and a cancelled statement closes the one that works.
        if self._anchor is None:
            name = f"{self._memory_file}?mode=memory&cache=shared"
            self._anchor = sqlite3.connect(name, uri=True, check_same_thread=False)


def _check_row_security(url: sa.URL, options: EngineOptions) -> None:
    if options.row_security and url.get_backend_name() != "postgresql":
        raise ConfigurationError(
            "Only PostgreSQL has row-level security.", hint="Leave row_security out: TenantMixin needs none."
        )
    if options.row_security and options.replicas:
        raise ConfigurationError(
            "With row_security each read is a transaction on the primary: replicas would never be asked.",
            hint="Leave out one of both.",
        )


@contextmanager
def _advice(url: sa.URL) -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "")
        command = f"pip install 'portico[{extra}]'" if extra else f"pip install {error.name}"
        raise MissingExtraError(f"{url.drivername} needs the package {error.name}.", hint=command) from error
    except sa_exc.NoSuchModuleError as error:
        raise ConfigurationError(f"SQLAlchemy knows no database {url.drivername!r}.") from error

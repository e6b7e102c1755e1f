"""The lower half of a database: its engines and its session factory, which units and statements need."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from portico.db.dialects import Capabilities, capabilities_of
from portico.db.engine import (
    Compiled,
    EngineOptions,
    Engines,
    PoolOptions,
    TimeoutOptions,
    async_url,
    safe_url,
)

from .committing import UnitSession
from .preimages import RecordingSession
from .registry import register_database


class Handle:
    """Engines and session factory of one database."""

    name: str

    def __init__(  # noqa: PLR0913 -- `Database` inherits it: each option is a word that users look for
        self,
        url: str | sa.URL,
        *,
        name: str | None = None,
        replicas: Sequence[str | sa.URL] = (),
        sticky: float = 5.0,
        pool: PoolOptions | None = None,
        timeouts: TimeoutOptions | None = None,
        read_only: bool = False,
        echo: bool = False,
        compiled: Compiled = "private",
        row_security: bool = False,
    ) -> None:
        self.url = async_url(url)
        options = EngineOptions(
            pool=pool or PoolOptions(),
            timeouts=timeouts or TimeoutOptions(),
            replicas=[async_url(replica) for replica in replicas],
            sticky=sticky,
            read_only=read_only,
            echo=echo,
            compiled=compiled,
            row_security=row_security,
        )
        self.engines = Engines(self.url, options)
        self.session_factory: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engines.transactional,
            class_=UnitSession,
            expire_on_commit=False,
            sync_session_class=RecordingSession,
        )
        self.name = register_database(self, name)

    @property
    def engine(self) -> AsyncEngine:
        """The engine for transactions, for whatever SQLAlchemy can do and Portico has no word for."""
        with suppress(RuntimeError):  # no loop is running: somebody only looks at it
            self.engines.here()
        return self.engines.transactional

    @property
    def dialect_name(self) -> str:
        """SQLAlchemy's name of the kind of database."""
        return self.engine.dialect.name

    @property
    def capabilities(self) -> Capabilities:
        """What this database can do."""
        return capabilities_of(self.engine)

    def __repr__(self) -> str:
        return f"<Database {self.name!r} {safe_url(self.url)}>"

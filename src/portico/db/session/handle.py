"""The part of a database that units of work and statements need."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from portico.db.dialects import Capabilities, capabilities_of
from portico.db.engine import Engines, PoolOptions, TimeoutOptions, async_url, safe_url


class Handle:
    """Engines and session factory of one database."""

    def __init__(
        self,
        url: str | sa.URL,
        *,
        name: str = "default",
        replicas: Sequence[str | sa.URL] = (),
        pool: PoolOptions | None = None,
        timeouts: TimeoutOptions | None = None,
        echo: bool = False,
    ) -> None:
        self.name = name
        self.url = async_url(url)
        self.engines = Engines(self.url, pool=pool or PoolOptions(), timeouts=timeouts or TimeoutOptions(), echo=echo)
        self.session_factory: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engines.transactional, expire_on_commit=False
        )

    @property
    def engine(self) -> AsyncEngine:
        """The engine for transactions."""
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

"""How many connections a database keeps.

Database(url, pool=PoolOptions(size=20))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from portico.db.dialects import TimeoutOptions

__all__ = ["Compiled", "PoolOptions", "TimeoutOptions"]

Compiled: TypeAlias = Literal["private", "pooled", "off"]
"""How compiled statements are run: on connections of their own, on those of the pool, or not at all."""


@dataclass(frozen=True, kw_only=True)
class PoolOptions:
    """How many connections are kept, how long a caller waits for one, and when one is renewed (seconds).

    There is no overflow: beyond the size SQLAlchemy would open and close a connection for every call. MariaDB
    has two pools of this size, one for units of work and one for single statements. Compiled statements have
    up to ``compiled`` connections of their own, opened as they are needed: a process opens at most
    ``size + compiled`` connections to PostgreSQL, and ``2 * size + compiled`` to MariaDB.
    """

    size: int = 10
    compiled: int = 10
    timeout: float = 5.0
    recycle: float = 1800.0

"""MariaDB and MySQL: their capabilities and what is set on each new connection."""

from __future__ import annotations

from dataclasses import replace

from .capabilities import Capabilities

MYSQL = Capabilities(
    name="mysql",
    row_locks=True,
    skip_locked=True,
    isolation_levels=("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
)
MARIADB = replace(MYSQL, name="mariadb", insert_returning=True, delete_returning=True)

"""Whose a row is, as far as its table says.

table.info[OWNER]              # the column with the tenant; set by TenantMixin
is_shared([posts])             # whether all tenants have the same rows
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from portico.db.engine.walls import is_placed

OWNER: Final = "portico_tenant"


def owner_column(tables: Iterable[sa.Table]) -> sa.Column[Any] | None:
    """The column that says whose a row of these tables is; None where none of them has one."""
    return next((table.info[OWNER] for table in tables if OWNER in table.info), None)


def is_shared(tables: Iterable[sa.Table]) -> bool:
    """Whether rows of these tables belong to nobody in particular."""
    return not any(OWNER in table.info or is_placed(table) for table in tables)

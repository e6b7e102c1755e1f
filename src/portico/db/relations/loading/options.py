"""What may be asked of a load: conditions, an order, a number per parent.

LoadOptions(where=(Post.published,), order_by=(Post.created_at.desc(),), limit=3)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.base import ExecutableOption

from portico.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """Conditions and order are written on the target's class; ``limit`` counts for each parent.

    ``statement`` is a select of the target's class (its joins and conditions are kept), in place of a plain
    one. ``refresh`` also loads what is loaded.
    """

    where: tuple[sa.ColumnElement[bool], ...] = ()
    order_by: tuple[Any, ...] = ()
    limit: int | None = None
    statement: sa.Select[Any] | None = None
    options: tuple[ExecutableOption, ...] = ()
    refresh: bool = False

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise UsageError(f"limit={self.limit} is not a number of rows.")

    @property
    def narrows(self) -> bool:
        """Whether what is loaded may be less than everything."""
        return bool(self.where) or self.limit is not None or self.statement is not None


EVERYTHING = LoadOptions()

"""What may be asked of a load: conditions, an order, a number per parent.

LoadOptions(where=(Post.published,), order_by=(Post.created_at.desc(),), limit=3)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.sql.base import ExecutableOption

from portico.errors import UsageError


class TargetQuery(Protocol):
    """A query of targets, whose statement is made only where it is sent."""

    @property
    def statement(self) -> sa.Select[Any]:
        """A select of the target's class; its joins and conditions are kept."""
        ...

    @property
    def order_by(self) -> Sequence[Any]:
        """Its order."""
        ...


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """Conditions and order are written on the target's class; ``limit`` counts for each parent.

    ``query`` stands in place of a plain select and of ``order_by``. ``refresh`` also loads what is loaded.
    """

    where: tuple[sa.ColumnElement[bool], ...] = ()
    order_by: tuple[Any, ...] = ()
    limit: int | None = None
    query: TargetQuery | None = None
    options: tuple[ExecutableOption, ...] = ()
    refresh: bool = False

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            raise UsageError(f"limit={self.limit} is not a number of rows.")

    @property
    def narrows(self) -> bool:
        """Whether what is loaded may be less than everything."""
        return bool(self.where) or self.limit is not None or self.query is not None


EVERYTHING = LoadOptions()

"""Tables whose rows are marked when they are deleted, so that no DELETE removes one by mistake.

keep_rows(posts)
await session.execute(sa.delete(posts))      # UsageError, unless ("for good", posts) is lifted
"""

from __future__ import annotations

from typing import Any, Final, cast

import sqlalchemy as sa

from portico.errors import UsageError

from .lifting import Lifted
from .registry import original

FOR_GOOD: Final = "for good"
"""Lifted for a table where its rows may be removed by DELETE."""
_KEY: Final = "portico_kept"


def keep_rows(table: sa.Table) -> None:
    """Refuse every DELETE from this table that does not say that it is meant for good."""
    table.info[_KEY] = True


def refuse_removal(table: Any, without: Lifted) -> None:
    """Raise for a DELETE from a table that keeps its rows."""
    if not isinstance(table, sa.Table):
        return
    kept = original(cast("sa.Table", table))
    if kept.info.get(_KEY) and FOR_GOOD not in without and (FOR_GOOD, kept) not in without:
        raise UsageError(
            f"DELETE would remove rows of {table.name}, which keeps its deleted rows.",
            hint="Mark them: .filter(…).delete(). To remove them for good: .filter(…).hard_delete().",
        )

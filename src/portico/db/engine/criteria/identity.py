"""Objects that a session holds already, and that may lie outside of what may be seen by now.

A session gives an object it has loaded without asking the database again. Between the load and now another
tenant may have been meant, or deleted rows: whether the row is within reach is asked anew, for classes with
criteria in force and for no others. Without a greenlet nothing can be asked; then the object is given, as a
relation to it that was loaded before would give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.util.concurrency import in_greenlet

from .lifting import applies, lifted_now
from .registry import criteria_of, version


def within_reach(session: Session, mapper: Mapper[Any], key: Sequence[Any]) -> bool:
    """Whether the row behind an object of this key may be seen here."""
    if not version() or not _is_restricted(mapper) or not in_greenlet():
        return True
    same = [column == part for column, part in zip(mapper.primary_key, key, strict=True)]
    statement = sa.select(sa.literal(1)).select_from(mapper.class_).where(*same)
    connection = session.connection(bind_arguments={"mapper": mapper})
    return connection.execute(statement).first() is not None


def _is_restricted(mapper: Mapper[Any]) -> bool:
    without = lifted_now()
    tables = (cast("sa.Table", one) for one in mapper.tables if isinstance(one, sa.Table))
    return any(applies(criterion, table, without) for table in tables for criterion in criteria_of(table))

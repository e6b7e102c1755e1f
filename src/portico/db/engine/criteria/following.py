"""Objects of a session follow what an UPDATE or DELETE of that session did in the database.

SQLAlchemy would ask the condition of the statement of each object in hand, in Python. It knows nothing of the
criteria that the compiler adds, nor of what others have written meanwhile, and would change objects of rows
that the statement did not touch. So the database is asked which rows these were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import ORMExecuteState

from .counting import counters_of
from .registry import criteria_of

_OPTION: Final = "synchronize_session"
_GUESSING: Final = frozenset({None, "auto", "evaluate"})


def follow_truly(execution: ORMExecuteState) -> None:
    """See to it before the statement is sent; counters are said, so that objects have them moved on too."""
    mapper: Any = execution.bind_mapper
    if mapper is None or not (execution.is_update or execution.is_delete):
        return
    counters = counters_of(mapper.local_table)
    if not counters and not any(criteria_of(table) for table in mapper.tables):
        return
    given: Any = execution.parameters or {}
    if not isinstance(given, Mapping):
        return  # An update by keys, which SQLAlchemy handles by itself.
    if execution.execution_options.get(_OPTION) in _GUESSING:
        execution.update_execution_options(**{_OPTION: "fetch"})
    if execution.is_update and mapper.version_id_col in counters:
        _count(execution, mapper, {*given})


def _count(execution: ORMExecuteState, mapper: Any, given: set[str]) -> None:
    """What only the compiler adds would be expired, and nobody could guard a later write by it."""
    statement: Any = execution.statement
    values: dict[Any, Any] = statement._values or {}  # noqa: SLF001 -- there is no public way to ask
    column = mapper.version_id_col
    name = mapper.get_property_by_column(column).key
    said = {getattr(one, "key", one) for one in values} | given
    if values and said.isdisjoint({name, column.key}):
        execution.statement = statement.values({name: mapper.class_manager[name] + 1})

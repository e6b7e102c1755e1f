"""Rows written by compiled statements: values, statements, and which classes need no object for it."""

from .copying import copied
from .facts import Facts, facts_of
from .settled import NewRow, UnsettledError, is_settled, new_row, settle
from .single import gone, kept_nothing, send_create, send_delete, send_insert, send_update
from .statements import RowWrite, RowWrites, row_writes
from .suitability import constructor, overrides, unsuited_because
from .values import RowValues, fresh_values, may_be_sql, new_values, values_of

__all__ = [
    "Facts",
    "NewRow",
    "RowValues",
    "RowWrite",
    "RowWrites",
    "UnsettledError",
    "constructor",
    "copied",
    "facts_of",
    "fresh_values",
    "gone",
    "is_settled",
    "kept_nothing",
    "may_be_sql",
    "new_row",
    "new_values",
    "overrides",
    "row_writes",
    "send_create",
    "send_delete",
    "send_insert",
    "send_update",
    "settle",
    "unsuited_because",
    "values_of",
]

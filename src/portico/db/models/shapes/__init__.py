"""Rows written by compiled statements: values, statements, and which classes need no object for it."""

from .copying import copied
from .facts import Facts, facts_of
from .settled import NewRow, UnsettledError, is_settled, new_row, settle
from .single import kept_nothing, send_create, send_delete, send_insert, send_update
from .statements import RowWrite, RowWrites, row_writes
from .suitability import constructor, overrides, unsuited_because
from .values import RowValues, fresh_values, may_be_sql, new_values, values_of
from .versions import (
    Picked,
    at_version,
    expected_version,
    gone,
    how_many,
    moved,
    not_found,
    numbered,
    version_name,
    without_version,
)

__all__ = [
    "Facts",
    "NewRow",
    "Picked",
    "RowValues",
    "RowWrite",
    "RowWrites",
    "UnsettledError",
    "at_version",
    "constructor",
    "copied",
    "expected_version",
    "facts_of",
    "fresh_values",
    "gone",
    "how_many",
    "is_settled",
    "kept_nothing",
    "may_be_sql",
    "moved",
    "new_row",
    "new_values",
    "not_found",
    "numbered",
    "overrides",
    "row_writes",
    "send_create",
    "send_delete",
    "send_insert",
    "send_update",
    "settle",
    "unsuited_because",
    "values_of",
    "version_name",
    "without_version",
]

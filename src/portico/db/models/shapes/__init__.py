"""Rows written without objects: their values, their statements, and for which classes that is the same."""

from .copying import copied
from .statements import RowWrite, RowWrites, row_writes
from .suitability import constructor, overrides, unsuited_because
from .values import RowValues, fresh_values, new_values, values_of

__all__ = [
    "RowValues",
    "RowWrite",
    "RowWrites",
    "constructor",
    "copied",
    "fresh_values",
    "new_values",
    "overrides",
    "row_writes",
    "unsuited_because",
    "values_of",
]

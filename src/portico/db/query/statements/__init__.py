"""From a query's state to SQLAlchemy statements."""

from .compiler import (
    compile_count,
    compile_exists,
    compile_keys,
    compile_select,
    kept_columns,
    key_in,
    own_conditions,
    select_objects,
    select_rows,
    select_unsliced,
)
from .joins import join_of
from .ordering import by_key, effective_order, sort_keys, sorted_by
from .sources import check_element, check_sources

__all__ = [
    "by_key",
    "check_element",
    "check_sources",
    "compile_count",
    "compile_exists",
    "compile_keys",
    "compile_select",
    "effective_order",
    "join_of",
    "kept_columns",
    "key_in",
    "own_conditions",
    "select_objects",
    "select_rows",
    "select_unsliced",
    "sort_keys",
    "sorted_by",
]

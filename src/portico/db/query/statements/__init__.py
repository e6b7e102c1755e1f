"""From a query's state to SQLAlchemy statements."""

from .compiler import (
    behind,
    compile_count,
    compile_exists,
    compile_keys,
    compile_select,
    compose,
    kept_columns,
    key_in,
    own_conditions,
    refuse_outer_joins,
    select_objects,
    select_placed,
    select_rows,
    select_unsliced,
)
from .joins import join_of
from .ordering import by_key, effective_order, sort_keys, sorted_by
from .reading import fields_read
from .seeking import can_seek, seek_keys, sought
from .shaping import Around, PageShape, Paging, count_shape, is_heavy, number, page_shape, row_shape
from .sources import check_element, check_sources

__all__ = [
    "Around",
    "PageShape",
    "Paging",
    "behind",
    "by_key",
    "can_seek",
    "check_element",
    "check_sources",
    "compile_count",
    "compile_exists",
    "compile_keys",
    "compile_select",
    "compose",
    "count_shape",
    "effective_order",
    "fields_read",
    "is_heavy",
    "join_of",
    "kept_columns",
    "key_in",
    "number",
    "own_conditions",
    "page_shape",
    "refuse_outer_joins",
    "row_shape",
    "seek_keys",
    "select_objects",
    "select_placed",
    "select_rows",
    "select_unsliced",
    "sort_keys",
    "sorted_by",
    "sought",
]

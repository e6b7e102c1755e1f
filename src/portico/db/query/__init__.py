"""`Query[M]`: an immutable, chainable, awaitable question about any mapped class."""

from .conditions import Condition, F, Kind, Q, field_names, is_computed, kind_of, resolved
from .prefetch import Prefetch
from .query import Query
from .rows import Rows
from .selection import Selection
from .statements import compile_count, compile_select

__all__ = [
    "Condition",
    "F",
    "Kind",
    "Prefetch",
    "Q",
    "Query",
    "Rows",
    "Selection",
    "compile_count",
    "compile_select",
    "field_names",
    "is_computed",
    "kind_of",
    "resolved",
]

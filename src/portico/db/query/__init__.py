"""`Query[M]`: an immutable, chainable, awaitable question about any mapped class."""

from .conditions import Condition, F, Kind, Q, exactly, field_names, is_computed, kind_of, resolved
from .execution import Placed
from .planning import Foreseen, foresee, foresee_statement
from .prefetch import Prefetch
from .query import Query
from .rows import Rows
from .selection import Selection
from .statements import compile_count, compile_select, fields_read
from .writing import next_version

__all__ = [
    "Condition",
    "F",
    "Foreseen",
    "Kind",
    "Placed",
    "Prefetch",
    "Q",
    "Query",
    "Rows",
    "Selection",
    "compile_count",
    "compile_select",
    "exactly",
    "field_names",
    "fields_read",
    "foresee",
    "foresee_statement",
    "is_computed",
    "kind_of",
    "next_version",
    "resolved",
]

"""Questions about many rows at once: groups with their counts, sums and the like, and values by frequency."""

from .grouped import Grouping, GroupRow, Having, SortedBy, grouped
from .metrics import FUNCTIONS, Metric, functions_for
from .values import Related, value_counts

__all__ = [
    "FUNCTIONS",
    "GroupRow",
    "Grouping",
    "Having",
    "Metric",
    "Related",
    "SortedBy",
    "functions_for",
    "grouped",
    "value_counts",
]

"""The operations that read."""

from .aggregates import GroupSummary, Summary, aggregate
from .belonging import belongs, check_owner
from .cost import check_can_foresee, check_cost, refuse_cost
from .exports import exported
from .facets import FacetValue, count_facets
from .filtering import filtered, ordered, within_reach
from .including import prefetches
from .related import get_only, get_related, list_related, within
from .rows import Page, get_row, list_rows, one_of

__all__ = [
    "FacetValue",
    "GroupSummary",
    "Page",
    "Summary",
    "aggregate",
    "belongs",
    "check_can_foresee",
    "check_cost",
    "check_owner",
    "count_facets",
    "exported",
    "filtered",
    "get_only",
    "get_related",
    "get_row",
    "list_related",
    "list_rows",
    "one_of",
    "ordered",
    "prefetches",
    "refuse_cost",
    "within",
    "within_reach",
]

"""The operations that read."""

from .aggregates import GroupSummary, Summary, aggregate
from .belonging import belongs, check_owner
from .cost import check_can_foresee, check_cost, refuse_cost
from .counting import Counted
from .exports import exported
from .facets import FacetValue, count_facets
from .filtering import filtered, ordered, within_reach
from .including import closed_paths, prefetches
from .paging import Stand, bound_to, is_personal, mentioned, said
from .related import get_only, get_related, nothing_at, within
from .rows import Page, get_row, list_rows, one_of

__all__ = [
    "Counted",
    "FacetValue",
    "GroupSummary",
    "Page",
    "Stand",
    "Summary",
    "aggregate",
    "belongs",
    "bound_to",
    "check_can_foresee",
    "check_cost",
    "check_owner",
    "closed_paths",
    "count_facets",
    "exported",
    "filtered",
    "get_only",
    "get_related",
    "get_row",
    "is_personal",
    "list_rows",
    "mentioned",
    "nothing_at",
    "one_of",
    "ordered",
    "prefetches",
    "refuse_cost",
    "said",
    "within",
    "within_reach",
]

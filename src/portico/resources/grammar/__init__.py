"""What a request may say: parameters to plans, texts to values, names to fields."""

from .aggregates import (
    FORMATS,
    AggregatePlan,
    ExportFormat,
    ExportPlan,
    FacetPlan,
    Group,
    GroupOrder,
    Measure,
    MeasureCondition,
    parse_aggregate,
    parse_export,
    parse_facets,
)
from .cursors import LONGEST, PROCESS, Cursor, Signer
from .filters import parse_filter
from .includes import parse_shown, shown_names, taken_options
from .limits import Limits
from .lookups import lookups_for
from .ordering import parse_order
from .parameters import RESERVED, grouped, parse_list, parse_row, refuse_all
from .plan import (
    AllOf,
    AnyOf,
    Belongs,
    Condition,
    Filter,
    Include,
    ListPlan,
    Not,
    Order,
    Path,
    Related,
    RowPlan,
    Term,
)
from .query import parse_query
from .reach import Found, Reach
from .refusals import number, single, unknown
from .trees import parse_tree
from .values import from_json, from_text

__all__ = [
    "FORMATS",
    "LONGEST",
    "PROCESS",
    "RESERVED",
    "AggregatePlan",
    "AllOf",
    "AnyOf",
    "Belongs",
    "Condition",
    "Cursor",
    "ExportFormat",
    "ExportPlan",
    "FacetPlan",
    "Filter",
    "Found",
    "Group",
    "GroupOrder",
    "Include",
    "Limits",
    "ListPlan",
    "Measure",
    "MeasureCondition",
    "Not",
    "Order",
    "Path",
    "Reach",
    "Related",
    "RowPlan",
    "Signer",
    "Term",
    "from_json",
    "from_text",
    "grouped",
    "lookups_for",
    "number",
    "parse_aggregate",
    "parse_export",
    "parse_facets",
    "parse_filter",
    "parse_list",
    "parse_order",
    "parse_query",
    "parse_row",
    "parse_shown",
    "parse_tree",
    "refuse_all",
    "shown_names",
    "single",
    "taken_options",
    "unknown",
]

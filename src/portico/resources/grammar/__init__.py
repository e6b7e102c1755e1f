"""What a request may say: parameters to plans, texts to values, names to fields."""

from .filters import parse_filter
from .limits import Limits
from .lookups import lookups_for
from .parse import RESERVED, grouped, number, parse_list, parse_order, parse_row, refuse_all
from .plan import AllOf, AnyOf, Condition, Filter, Include, ListPlan, Not, Order, Path, Related, RowPlan, Term
from .reach import Found, Reach
from .refusals import single, unknown
from .values import from_text

__all__ = [
    "RESERVED",
    "AllOf",
    "AnyOf",
    "Condition",
    "Filter",
    "Found",
    "Include",
    "Limits",
    "ListPlan",
    "Not",
    "Order",
    "Path",
    "Reach",
    "Related",
    "RowPlan",
    "Term",
    "from_text",
    "grouped",
    "lookups_for",
    "number",
    "parse_filter",
    "parse_list",
    "parse_order",
    "parse_row",
    "refuse_all",
    "single",
    "unknown",
]

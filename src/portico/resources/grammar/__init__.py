"""What a request may say: parameters to plans, texts to values, names to fields."""

from .limits import Limits
from .lookups import lookups_for
from .parse import RESERVED, parse_list, parse_row, refuse_all
from .plan import Condition, ListPlan, Order, RowPlan
from .reach import Reach
from .values import Kind, from_text, kind_of

__all__ = [
    "RESERVED",
    "Condition",
    "Kind",
    "Limits",
    "ListPlan",
    "Order",
    "Reach",
    "RowPlan",
    "from_text",
    "kind_of",
    "lookups_for",
    "parse_list",
    "parse_row",
    "refuse_all",
]

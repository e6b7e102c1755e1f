"""What a request may say: parameters to plans, texts to values, names to fields."""

from .limits import Limits
from .lookups import lookups_for
from .parse import RESERVED, parse_list, parse_row, refuse_all
from .plan import Condition, ListPlan, Order, RowPlan
from .reach import Reach
from .values import from_text

__all__ = [
    "RESERVED",
    "Condition",
    "Limits",
    "ListPlan",
    "Order",
    "Reach",
    "RowPlan",
    "from_text",
    "lookups_for",
    "parse_list",
    "parse_row",
    "refuse_all",
]

"""Models as seen from outside: described, asked for by plans, written and rendered, without a transport."""

from .describe import describe, describe_all
from .documents import document, tree_of
from .grammar import (
    RESERVED,
    Condition,
    Limits,
    ListPlan,
    Order,
    Reach,
    RowPlan,
    lookups_for,
    parse_list,
    parse_row,
    refuse_all,
)
from .keys import read_key, write_key
from .links import Relation
from .reading import Page, get_row, list_rows
from .registry import Resources
from .resource import Exposure, Resource, path_name
from .scope import Scope
from .writing import change_row, create_row, delete_row, replace_row

__all__ = [
    "RESERVED",
    "Condition",
    "Exposure",
    "Limits",
    "ListPlan",
    "Order",
    "Page",
    "Reach",
    "Relation",
    "Resource",
    "Resources",
    "RowPlan",
    "Scope",
    "change_row",
    "create_row",
    "delete_row",
    "describe",
    "describe_all",
    "document",
    "get_row",
    "list_rows",
    "lookups_for",
    "parse_list",
    "parse_row",
    "path_name",
    "read_key",
    "refuse_all",
    "replace_row",
    "tree_of",
    "write_key",
]

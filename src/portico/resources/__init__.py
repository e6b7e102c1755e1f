"""Models as seen from outside: described, asked for by plans, written and rendered, without a transport."""

from .describe import describe, describe_all
from .description import Exposure, Relation, Resource, Resources, path_name
from .documents import document, tree_of
from .grammar import (
    RESERVED,
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Include,
    Limits,
    ListPlan,
    Not,
    Order,
    Reach,
    Related,
    RowPlan,
    lookups_for,
    parse_list,
    parse_row,
    refuse_all,
)
from .keys import read_key, write_key
from .reading import Page, get_row, list_rows
from .scope import Scope
from .writing import change_row, create_row, delete_row, own_includes, replace_row

__all__ = [
    "RESERVED",
    "AllOf",
    "AnyOf",
    "Condition",
    "Exposure",
    "Filter",
    "Include",
    "Limits",
    "ListPlan",
    "Not",
    "Order",
    "Page",
    "Reach",
    "Related",
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
    "own_includes",
    "parse_list",
    "parse_row",
    "path_name",
    "read_key",
    "refuse_all",
    "replace_row",
    "tree_of",
    "write_key",
]

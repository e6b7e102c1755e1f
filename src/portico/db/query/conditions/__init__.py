"""Conditions: from keywords, `Q` and typed expressions to one SQL expression."""

from .expressions import F, is_computed, resolved, subquery_of
from .lookups import among
from .names import exactly, field_names, find, find_operand, relation_path
from .nodes import node_of
from .operand import Kind, Operand, kind_of, operand_of
from .placing import Scope, place
from .q import Condition, Q
from .tree import Group, Leaf, Negation, Node, group, paths_of
from .typed import elements, expression_of, is_expression, paths_in, portable, relation_named_by
from .values import LASTING, MAX_VALUES, as_tuple, check, check_all

__all__ = [
    "LASTING",
    "MAX_VALUES",
    "Condition",
    "F",
    "Group",
    "Kind",
    "Leaf",
    "Negation",
    "Node",
    "Operand",
    "Q",
    "Scope",
    "among",
    "as_tuple",
    "check",
    "check_all",
    "elements",
    "exactly",
    "expression_of",
    "field_names",
    "find",
    "find_operand",
    "group",
    "is_computed",
    "is_expression",
    "kind_of",
    "node_of",
    "operand_of",
    "paths_in",
    "paths_of",
    "place",
    "portable",
    "relation_named_by",
    "relation_path",
    "resolved",
    "subquery_of",
]

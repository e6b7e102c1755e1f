"""From what `filter` is given to the tree that `placing` turns into SQL.

    node_of(Post, Q(author__username="ann") | Q(Post.likes > 10))

Names and values are checked here, when `filter` is called. Raises `UnknownNameError`, `InvalidError` and
`UsageError`.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList, Grouping, UnaryExpression

from portico.db.compiled.slots import Slots
from portico.db.relations import Path

from .expressions import is_computed, resolved, subquery_of
from .names import Reference, find
from .q import Q, Term
from .related import related
from .tree import Group, Leaf, Negation, Node, group, ordered
from .typed import expression_of, paths_in, paths_inside
from .values import LASTING


def node_of(entity: Any, condition: Any) -> Node | None:
    """The tree of one condition; None when it says nothing."""
    if isinstance(condition, Q):
        node = group(condition.connector, (node_of(entity, child) for child in condition.children))
        return Negation(node) if condition.negated and node is not None else node
    if isinstance(condition, Term):
        return _looked_up(entity, condition)
    element = expression_of(condition)
    node, root = _typed(element), sa.inspect(entity)
    inside = ordered(path for path in paths_inside(element) if path.root is root)
    return Group("and", (node, Leaf(sa.true(), inside, total=True))) if inside else node


def _looked_up(entity: Any, term: Term) -> Node:
    reference = find(entity, term.keyword)
    if (plain := _plainly(reference, term.value)) is not None:
        return plain
    value = subquery_of(term.value)
    operand = reference.target
    if isinstance(operand, Path):
        return related(operand, reference.lookup.name, value)
    paths = {operand.path} if operand.path else set[Path]()
    computed = is_computed(value)
    if computed:
        value = resolved(entity, value)
        paths |= set(paths_in(value))
    element = reference.lookup.build(operand, value)
    total = reference.lookup.total or not (operand.nullable or computed)
    return Leaf(element, ordered(paths), total=total, foreign=computed)


def _plainly(reference: Reference, value: Any) -> Leaf | None:
    """A plain value beside a field: it is checked now, and its SQL made when it is needed.

    A statement that was compiled before needs none.
    """
    operand = reference.target
    kind: type[Any] = value.__class__
    if kind not in LASTING or isinstance(operand, Path):
        return None
    checks = reference.checks.get(kind)
    if checks is None:
        slots = Slots((value,))
        reference.lookup.build(operand, slots[0])
        checks = tuple([use.prepare for use in slots.uses.values() if use.prepare is not None])
        reference.checks[kind] = checks
    for check in checks:
        check(value)
    return Leaf(
        None,
        () if operand.path is None else (operand.path,),
        total=reference.lookup.total or not operand.nullable,
        foreign=False,
        make=partial(reference.lookup.build, operand, value),
    )


def _typed(element: Any) -> Node:
    """Open and, or, not where several relations meet, so that each gets an EXISTS of its own."""
    paths = paths_in(element)
    if not any(path.to_many for path in paths):
        return Leaf(element, paths)
    match _shape(element):
        case "grouping":
            return _typed(element.element)
        case "negation":
            return Negation(_typed(element.element), "sql")
        case "and" | "or" as connector:
            return Group(connector, tuple(_typed(each) for each in element.clauses))
        case _:
            return Leaf(element, paths)


def _shape(element: Any) -> Literal["and", "or", "negation", "grouping", "other"]:
    if isinstance(element, Grouping):
        return "grouping"
    if isinstance(element, BooleanClauseList):
        return "and" if element.operator is operators.and_ else "or"
    negates = isinstance(element, UnaryExpression) and element.operator is operators.inv
    return "negation" if negates else "other"

"""Where conditions stand: to-one paths become LEFT JOINs, to-many paths EXISTS.

    scope = Scope(Post)
    where = place(node, scope)        # ColumnElement
    tuple(scope.joins)                # the to-one paths to join, parents first

Conditions joined by *and* that stand on one to-many path share one EXISTS: the same tag is "red" and "new".
A negation has EXISTS of its own: no tag is both. No row is ever given twice, so counts are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.elements import False_

from portico.db.query.constructs import Complement, Opposite
from portico.db.relations import Path

from .q import Connector
from .tree import Group, Negation, Node, ordered


class Scope:
    """A FROM clause in the making: the root of a query, or the inside of one EXISTS."""

    def __init__(
        self,
        *entities: Any,
        anchor: Path | None = None,
        outer: Scope | None = None,
        available: Iterable[Path] = (),
    ) -> None:
        self.own = entities
        self.anchor = anchor
        self.outer = outer
        self.available = frozenset(available)
        self.joins: dict[Path, None] = {}

    def home_of(self, path: Path) -> Scope:
        """The innermost scope that the path starts in."""
        if self.anchor is None or self.anchor in _chain(path) or self.outer is None:
            return self
        return self.outer.home_of(path)

    def beyond(self, path: Path) -> Iterator[Path]:
        """The steps of a path that lie inside this scope, parents first."""
        chain = _chain(path)
        return iter(chain if self.anchor is None else chain[chain.index(self.anchor) + 1 :])

    def first_many(self, path: Path) -> Path | None:
        """The first to-many step that is not yet joined; the path up to it carries an EXISTS."""
        home = self.home_of(path)
        steps = (step for step in home.beyond(path) if step not in home.available)
        return next((step for step in steps if step.steps[-1].uselist), None)

    def reach(self, path: Path) -> None:
        """Join a to-one path where it starts."""
        home = self.home_of(path)
        for step in home.beyond(path):
            if step not in home.available:
                home.joins[step] = None

    def entities(self) -> list[Any]:
        """Everything that stands in this scope and around it, for the EXISTS inside to refer to."""
        around = self.outer.entities() if self.outer else []
        return [*around, *self.own, *(path.alias for path in (*self.available, *self.joins))]


def _chain(path: Path) -> list[Path]:
    chain: list[Path] = []
    step: Path | None = path
    while step is not None:
        chain.append(step)
        step = step.parent
    return chain[::-1]


def place(node: Node, scope: Scope) -> ColumnElement[bool]:
    """The condition as SQL for this scope, whose joins it adds to."""
    if isinstance(node, Negation):
        inner = place(node.child, scope)
        total = node.kind == "sql" or is_total(node.child, scope)
        return Opposite(inner) if total else Complement(inner)
    if isinstance(node, Group):
        return _placed_group(node, scope)
    anchors = {anchor for path in node.paths if (anchor := scope.first_many(path)) is not None}
    if anchors:
        return _exists(ordered(anchors)[0], node, scope)
    for path in node.paths:
        scope.reach(path)
    return node.element


def _placed_group(node: Group, scope: Scope) -> ColumnElement[bool]:
    together: dict[Path, list[Node]] = {}
    placed: list[ColumnElement[bool]] = []
    for child in node.children:
        anchor = _common_anchor(child, scope)
        if anchor is None:
            placed.append(place(child, scope))
        else:
            together.setdefault(anchor, []).append(child)
    for anchor, children in together.items():
        inner = children[0] if len(children) == 1 else Group(node.connector, tuple(children))
        placed.append(_exists(anchor, inner, scope))
    return _joined(node.connector, placed)


def _joined(connector: Connector, conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    if len(conditions) == 1:
        return conditions[0]
    return sa.and_(*conditions) if connector == "and" else sa.or_(*conditions)


def _common_anchor(node: Node, scope: Scope) -> Path | None:
    """The one to-many path on which every expression of a condition stands; None where there is no such."""
    if isinstance(node, Negation):
        return None
    if isinstance(node, Group):
        found = {_common_anchor(child, scope) for child in node.children}
        return found.pop() if len(found) == 1 else None
    anchors = {scope.first_many(path) for path in node.paths} - {None}
    return anchors.pop() if len(anchors) == 1 else None


def _exists(anchor: Path, node: Node, scope: Scope) -> ColumnElement[bool]:
    if anchor.parent is not None:
        scope.reach(anchor.parent)
    inner = Scope(anchor.alias, anchor=anchor, outer=scope)
    condition = place(node, inner)
    if isinstance(condition, False_):
        # Beside it SQLAlchemy would drop what joins the junction, and warn of a cartesian product.
        return condition
    chosen = sa.select(sa.literal_column("1", sa.Integer())).select_from(anchor.alias)
    for path in inner.joins:
        chosen = chosen.outerjoin(path.join_target)
    found: ColumnElement[bool] = (
        chosen.where(anchor.onclause(), condition).correlate(*scope.entities()).exists()
    )
    return found


def is_total(node: Node, scope: Scope) -> bool:
    """Whether a condition is always true or false, never NULL."""
    if isinstance(node, Negation):
        return node.kind == "complement" or is_total(node.child, scope)
    if isinstance(node, Group):
        return all(is_total(child, scope) for child in node.children)
    return node.total or any(scope.first_many(path) is not None for path in node.paths)

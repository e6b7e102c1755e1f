"""The one statement that loads a relation for a chunk of parents.

A row is the target and then the values by which its parent is found. Three shapes: the parents hold the key
(`by_target`), the targets hold it or a junction does (`by_parent`), and a hand-written join of a plain
``relationship()`` that has more in it than keys, for which the parents' table is joined in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, aliased, join
from sqlalchemy.sql import operators, visitors

from portico.db.relations.guards import no_lazy
from portico.db.relations.sides import among

from .options import LoadOptions

Key = tuple[Any, ...]
_KEPT: Final = "_portico_plan"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the targets of one relation find their parents."""

    relation: RelationshipProperty[Any]
    parent_names: tuple[str, ...]
    """The attributes of a parent that make up its side of the key."""
    found_by: tuple[Any, ...]
    """The columns of a row, after the target, that hold the same values."""
    joins: tuple[tuple[Any, Any], ...] = ()
    """Tables to join to the target one after the other, each with its condition."""

    def statement(self, keys: Sequence[Key], options: LoadOptions) -> sa.Select[Any]:
        """The select for these parents' keys."""
        target: Mapper[Any] = self.relation.mapper
        select, order = self.targets(among(self.found_by, keys), options)
        if options.limit is not None and self.relation.uselist:
            select = _first_of_each(select, target, self.found_by, order, options.limit)
        else:
            labelled = (column.label(f"portico_{i}") for i, column in enumerate(self.found_by))
            select = select.add_columns(*labelled).order_by(None).order_by(*order)
        return select.options(*no_lazy(target), *options.options)

    def targets(
        self, condition: sa.ColumnElement[bool], options: LoadOptions
    ) -> tuple[sa.Select[Any], Sequence[Any]]:
        """The targets of the parents for which a condition on `found_by` holds, not cut; and their order."""
        target: Mapper[Any] = self.relation.mapper
        select = sa.select(target.class_) if options.query is None else options.query.statement
        order = [*self._order(options), *target.primary_key]
        return self._joined(select.where(*options.where, condition)), order

    def _joined(self, select: sa.Select[Any]) -> sa.Select[Any]:
        for position, (table, condition) in enumerate(self.joins):
            # Only the first has to be told where it belongs; a query may have joins of its own.
            select = (
                select.join(table, condition)
                if position
                else select.join_from(self.relation.mapper, table, condition)
            )
        return select

    def _order(self, options: LoadOptions) -> Sequence[Any]:
        if options.query is not None:
            return options.query.order_by
        if options.order_by:
            return options.order_by
        own: Any = self.relation.order_by
        return own or ()


def plan_for(relation: RelationshipProperty[Any]) -> Plan:
    """The shape that fits a relation, worked out once."""
    found: Plan | None = vars(relation).get(_KEPT)
    if found is None:
        found = vars(relation)[_KEPT] = _plan_for(relation)
    return found


def _plan_for(relation: RelationshipProperty[Any]) -> Plan:
    if not joins_by_keys(relation):
        return _by_parents_table(relation)
    if relation.secondary is not None:
        return _by_junction(relation)
    here = relation.parent
    local, remote = zip(*relation.local_remote_pairs, strict=True)
    return Plan(
        relation=relation,
        parent_names=tuple(here.get_property_by_column(column).key for column in local),
        found_by=tuple(
            relation.mapper.class_manager[relation.mapper.get_property_by_column(c).key] for c in remote
        ),
    )


def _by_junction(relation: RelationshipProperty[Any]) -> Plan:
    junction: Any = relation.secondary
    alias = junction.alias()
    here, target = relation.parent, relation.mapper
    near = relation.synchronize_pairs
    far = relation.secondary_synchronize_pairs or []
    same = (
        target.class_manager[target.get_property_by_column(column).key] == alias.c[link.key]
        for column, link in far
    )
    return Plan(
        relation=relation,
        parent_names=tuple(here.get_property_by_column(column).key for column, _ in near),
        found_by=tuple(alias.c[link.key] for _, link in near),
        joins=((alias, sa.and_(*same)),),
    )


def _by_parents_table(relation: RelationshipProperty[Any]) -> Plan:
    here = relation.parent
    parent: Any = aliased(here.class_)
    names = tuple(here.get_property_by_column(column).key for column in here.primary_key)
    attribute = here.class_manager[relation.key].adapt_to_entity(sa.inspect(parent))
    joined: Any = join(parent, relation.mapper, attribute)
    between = relation.secondary is not None
    return Plan(
        relation=relation,
        parent_names=names,
        found_by=tuple(getattr(parent, name) for name in names),
        joins=(
            ((joined.left.right, joined.onclause), (parent, joined.left.onclause))
            if between
            else ((parent, joined.onclause),)
        ),
    )


def joins_by_keys(relation: RelationshipProperty[Any]) -> bool:
    """Whether the joins are equalities of keys and nothing else."""
    if relation.secondary is None:
        return _equalities(relation.primaryjoin) == len(relation.local_remote_pairs)
    far = relation.secondary_synchronize_pairs or []
    return (
        isinstance(relation.secondary, sa.Table)
        and _equalities(relation.primaryjoin) == len(relation.synchronize_pairs)
        and _equalities(relation.secondaryjoin) == len(far)
    )


def _equalities(condition: Any) -> int:
    """How many equalities of columns a join consists of; -1 when there is anything else in it."""
    found = 0
    for element in visitors.iterate(condition):
        if isinstance(element, sa.BinaryExpression):
            both = isinstance(element.left, sa.Column) and isinstance(element.right, sa.Column)
            if element.operator is not operators.eq or not both:
                return -1
            found += 1
        elif not isinstance(element, (sa.Column, sa.BooleanClauseList)):
            return -1
    return found


def _first_of_each(
    select: sa.Select[Any], target: Mapper[Any], found_by: Sequence[Any], order: Sequence[Any], limit: int
) -> sa.Select[Any]:
    """The first rows of each parent: ranked in a sub-select by key, then joined to whole targets."""
    keys = [target.class_manager[target.get_property_by_column(column).key] for column in target.primary_key]
    rank = sa.func.row_number().over(partition_by=list(found_by), order_by=list(order)).label("portico_rank")
    ranked = (
        select.with_only_columns(
            *(key.label(f"portico_key_{i}") for i, key in enumerate(keys)),
            *(column.label(f"portico_{i}") for i, column in enumerate(found_by)),
            rank,
            maintain_column_froms=True,
        )
        .order_by(None)
        .subquery()
    )
    same = sa.and_(*(key == ranked.c[f"portico_key_{i}"] for i, key in enumerate(keys)))
    return (
        sa.select(target.class_, *(ranked.c[f"portico_{i}"] for i in range(len(found_by))))
        .join_from(target, ranked, same)
        .where(ranked.c.portico_rank <= limit)
        .order_by(*(ranked.c[f"portico_{i}"] for i in range(len(found_by))), ranked.c.portico_rank)
    )

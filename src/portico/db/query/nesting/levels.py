"""What rows show, level by level: their columns, and the rows of their relations with what those show.

    Level(
        state=Post.filter(published=True).state,
        columns=(Column("id", sa.Integer(), spec),),
        branches=(Branch(name="comments", relation=comments, level=Level(...), limit=slots[3]),),
    )

The queries are those of the general path: conditions, policies and orders come from there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipProperty

from portico.db.compiled import Field, Slot
from portico.db.query.loading import options_of
from portico.db.query.state import State
from portico.db.relations.loading import Plan, joins_by_keys, plan_for


@dataclass(frozen=True, kw_only=True, eq=False)
class Branch:
    """The rows of one relation, at most ``limit`` for each parent where it leads to many.

    Without a ``level`` it shows that there are none, whoever is there.
    """

    name: str
    relation: RelationshipProperty[Any]
    level: Level | None
    limit: Slot | int | None = None

    @property
    def many(self) -> bool:
        """Whether it is a list."""
        return bool(self.relation.uselist)

    @cached_property
    def plan(self) -> Plan:
        """How the rows find their parents; its tables have names of their own, which are made once."""
        return plan_for(self.relation)

    def targets(self, condition: sa.ColumnElement[bool]) -> tuple[sa.Select[Any], Sequence[Any]]:
        """The rows of the parents for which a condition holds, and their order."""
        assert self.level is not None  # noqa: S101 -- for type checkers: only asked of open branches
        return self.plan.targets(condition, options_of(self.level.state))

    @property
    def shows_once(self) -> bool:
        """Whether a join gives each row once for each parent: by keys alone, and no link is there twice."""
        relation = self.relation
        if not joins_by_keys(relation):
            return False
        junction: Any = relation.secondary
        if junction is None:
            return True
        pairs = (*relation.synchronize_pairs, *(relation.secondary_synchronize_pairs or ()))
        links = {column.key for _, column in pairs}
        return any(names <= links for names in _keys(junction))


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """The rows of one query, and what each shows: columns, and behind them relations."""

    state: State
    columns: tuple[Field, ...]
    branches: tuple[Branch, ...] = ()
    in_order: bool = True
    """Whether a row that its schema refuses is shown with the same names in the same order."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What to ask for, each once: what is shown, and what the rows below are found by."""
        shown = (one.name for one in self.columns)
        held = (name for branch in self.branches if branch.level for name in branch.plan.parent_names)
        return tuple(dict.fromkeys((*shown, *held)))

    @property
    def held(self) -> Mapping[str, Any]:
        """The attributes of the model."""
        return {name: self.state.mapper.class_manager[name] for name in self.attributes}


def _keys(table: sa.Table) -> list[set[str]]:
    found: list[set[str]] = []
    for one in table.constraints:
        if isinstance(one, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            columns: Iterable[sa.Column[Any]] = one.columns
            found.append({str(column.key) for column in columns})
    return [names for names in found if names]

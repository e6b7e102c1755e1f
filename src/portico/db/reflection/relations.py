"""Which relations the foreign keys of a database give, and what each is called.

    relation_plans(tables)["Track"]
    # Album, Genre, MediaType (to one), InvoiceLine, PlaylistTrack (to many), Playlist (many to many)
    relate(classes, tables)
    # puts them on the mapped classes

Every foreign key gives a to-one relation on its table and the way back on the other: one row where the
columns are unique, else many. A table whose key is two foreign keys also joins its two ends directly.
Relations are for reading: rows are linked by writing their columns; what may be deleted the database says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import foreign, remote

from portico.db.relations import BY_ROWS

from .facts import Reference, TableFacts
from .names import attribute_name, free_name, joined, relation_part, to_many_name, to_one_name

Shape = Literal["to_one", "back_to_one", "to_many", "many_to_many"]


@dataclass(frozen=True, kw_only=True)
class RelationPlan:
    """One relation of ``owner``; ``reference`` is the foreign key, or the junction's way to ``owner``."""

    owner: str
    name: str
    target: str
    shape: Shape
    reference: Reference
    junction: str | None = None
    far: Reference | None = None


def relation_plans(tables: Mapping[str, TableFacts]) -> dict[str, tuple[RelationPlan, ...]]:
    """The relations of every table, with names that are free on it."""
    wanted: dict[str, list[RelationPlan]] = {name: [] for name in tables}
    # The order decides who keeps a name that two want: own columns first, the far ends last.
    for plans in (_to_one, _back, _many_to_many):
        for plan in plans(tables):
            wanted[plan.owner].append(plan)
    return {name: tuple(_named(tables[name], plans)) for name, plans in wanted.items()}


def _named(table: TableFacts, plans: list[RelationPlan]) -> Iterator[RelationPlan]:
    taken = {attribute_name(column) for column in table.column_names}
    for plan in plans:
        yield replace(plan, name=free_name(plan.name, taken))


def _to_one(tables: Mapping[str, TableFacts]) -> Iterator[RelationPlan]:
    for name, table in sorted(tables.items()):
        composite = Counter(found.target for found in table.references if len(found.columns) > 1)
        for reference in table.references:
            wanted = to_one_name(reference.columns, reference.target)
            if len(reference.columns) > 1 and composite[reference.target] > 1:
                wanted = joined("_".join(map(relation_part, reference.columns)), wanted)
            yield RelationPlan(
                owner=name, name=wanted, target=reference.target, shape="to_one", reference=reference
            )


def _back(tables: Mapping[str, TableFacts]) -> Iterator[RelationPlan]:
    for name, table in sorted(tables.items()):
        times = Counter(found.target for found in table.references)
        for reference in table.references:
            alone = times[reference.target] == 1
            yield RelationPlan(
                owner=reference.target,
                name=to_many_name(name, reference.columns, alone=alone),
                target=name,
                shape="back_to_one" if table.is_unique(reference.columns) else "to_many",
                reference=reference,
            )


def _many_to_many(tables: Mapping[str, TableFacts]) -> Iterator[RelationPlan]:
    found = [
        RelationPlan(
            owner=near.target,
            name=relation_part(far.target),
            target=far.target,
            shape="many_to_many",
            reference=near,
            junction=name,
            far=far,
        )
        for name, table in sorted(tables.items())
        for near, far in _ends(table)
    ]
    same_target = Counter((plan.owner, plan.target) for plan in found)
    same_junction = Counter((plan.owner, plan.target, plan.junction) for plan in found)
    for plan in found:
        if same_junction[plan.owner, plan.target, plan.junction] > 1 and plan.far:
            parts = [plan.name, *map(relation_part, plan.far.columns)]
        elif same_target[plan.owner, plan.target] > 1 and plan.junction:
            parts = [plan.name, relation_part(plan.junction)]
        else:
            parts = [plan.name]
        yield replace(plan, name="_".join(parts))


def _ends(table: TableFacts) -> Iterator[tuple[Reference, Reference]]:
    """Both directions through a junction: a key that consists of two foreign keys and nothing else."""
    key = set(table.key)
    inside = [reference for reference in table.references if key.issuperset(reference.columns)]
    if not key or len(inside) != 2:  # noqa: PLR2004 -- a junction joins two
        return
    first, second = inside
    if len(first.columns) + len(second.columns) == len(key) == len({*first.columns, *second.columns}):
        yield first, second
        yield second, first


def relate(classes: Mapping[str, type[Any]], tables: Mapping[str, TableFacts]) -> None:
    """Add every relation that the tables' foreign keys give to the mapped classes."""
    mappers = {name: cast("orm.Mapper[Any]", sa.inspect(class_)) for name, class_ in classes.items()}
    rows = {name: mapper.local_table for name, mapper in mappers.items()}
    for name, plans in relation_plans(tables).items():
        for plan in plans:
            mappers[name].add_property(
                plan.name,
                orm.relationship(
                    classes[plan.target],
                    **_joins(plan, rows),
                    uselist=plan.shape in {"to_many", "many_to_many"},
                    viewonly=True,
                    info={BY_ROWS: True},
                    lazy="raise",
                ),
            )


def _joins(plan: RelationPlan, rows: Mapping[str, sa.FromClause]) -> dict[str, Any]:
    near = plan.reference
    if plan.shape == "to_one":
        pairs = _pairs(rows[plan.owner], near.columns, rows[plan.target], near.target_columns)
        return {"primaryjoin": sa.and_(*(foreign(column) == remote(key) for column, key in pairs))}
    if plan.junction is None or plan.far is None:
        pairs = _pairs(rows[plan.target], near.columns, rows[plan.owner], near.target_columns)
        return {"primaryjoin": sa.and_(*(remote(foreign(column)) == key for column, key in pairs))}
    junction = rows[plan.junction]
    to_owner = _pairs(junction, near.columns, rows[plan.owner], near.target_columns)
    to_target = _pairs(junction, plan.far.columns, rows[plan.target], plan.far.target_columns)
    return {
        "secondary": junction,
        "primaryjoin": sa.and_(*(foreign(column) == key for column, key in to_owner)),
        "secondaryjoin": sa.and_(*(foreign(column) == key for column, key in to_target)),
    }


def _pairs(
    first: sa.FromClause, names: Sequence[str], second: sa.FromClause, others: Sequence[str]
) -> list[tuple[Any, Any]]:
    return [(first.c[name], second.c[other]) for name, other in zip(names, others, strict=True)]

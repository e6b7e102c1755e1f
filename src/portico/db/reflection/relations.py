"""Which relations the foreign keys of a database give, and what each is called.

    relation_plans(facts)["Track"]
    # Album, Genre, MediaType (to one), InvoiceLine, PlaylistTrack (to many), Playlist (many to many)

Every foreign key gives a to-one relation on its table and the way back on the other: one row where the
columns are unique, else many. A table whose key is two foreign keys also joins its two ends directly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

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
        yield RelationPlan(**{**vars(plan), "name": free_name(plan.name, taken)})


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
        yield RelationPlan(**{**vars(plan), "name": "_".join(parts)})


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

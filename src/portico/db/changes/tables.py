"""Which tables matter because somebody watches a class: found once, and again when that changes.

    tables = known_tables()
    tables.source(table)          # how rows of it are read and what they are; None where nobody watches them
    tables.matters(table, deletes=True)

A table matters for deleting also when watched rows of another go with its own, by ``ON DELETE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import Mapper, RelationshipProperty, mapperlib

from portico.db.engine.criteria.registry import original

from .sources import Source
from .watching import revision, watched

_ACTIONS: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


class Link:
    """A relation of a watched class over a junction: rows there are changes of its owner."""

    def __init__(self, relation: RelationshipProperty[Any]) -> None:
        self.owner: type[Any] = relation.parent.class_
        self.name = relation.key
        self.table: Any = relation.secondary
        pairs = relation.synchronize_pairs
        self.whole = [local for local, _ in pairs] == list(relation.parent.primary_key)
        self.near = [remote for _, remote in pairs]
        self.far = [remote for _, remote in relation.secondary_synchronize_pairs or ()]


class Dependents:
    """Rows of another table that the database changes or deletes by itself."""

    def __init__(self, constraint: sa.ForeignKeyConstraint) -> None:
        self.table: sa.Table = constraint.table
        self.columns = [element.parent for element in constraint.elements]
        self.referred = [element.column for element in constraint.elements]
        self.on_delete = (constraint.ondelete or "").upper()
        self.on_update = (constraint.onupdate or "").upper()


class Tables:
    """The tables of this process, as far as they matter."""

    def __init__(self) -> None:
        self._sources: dict[sa.Table, Source] = {}
        self._links: dict[sa.Table, list[Link]] = {}
        self._dependents: dict[sa.Table, tuple[int, list[Dependents]]] = {}
        self._goes: dict[sa.Table, bool] = {}
        self._followed: dict[sa.Table, frozenset[str]] = {}
        self._names: dict[str, sa.Table] | None = None
        self._mapped: dict[sa.Table, list[Mapper[Any]]] = {}
        for mapper in _mappers():
            for table in _tables_of(mapper):
                self._mapped.setdefault(table, []).append(mapper)
        for mapper in {each for several in self._mapped.values() for each in several}:
            if watched(mapper.class_):
                self._add(mapper)

    def _add(self, mapper: Mapper[Any]) -> None:
        root = mapper
        while root.inherits is not None and not root.concrete:
            root = root.inherits
        source = Source(root.local_table, root)
        for table in source.tables:
            self._sources.setdefault(table, source)
        for relation in _relations(mapper):
            junction: Any = relation.secondary
            if relation.parent is mapper and isinstance(junction, sa.Table):
                self._links.setdefault(cast("sa.Table", junction), []).append(Link(relation))

    def source(self, table: sa.Table) -> Source:
        """How rows of a table are read; also of one that is no class, or that nobody watches."""
        found = self._sources.get(table)
        if found is None:
            found = self._sources[table] = Source(table, None)
        return found

    def links(self, table: sa.Table) -> list[Link]:
        """The watched relations over a junction."""
        return self._links.get(table, [])

    def matters(self, table: sa.Table, *, deletes: bool = False) -> bool:
        """Whether anything has to be recorded when rows of a table are written."""
        own = table in self._links or (
            (source := self._sources.get(table)) is not None and source.mapper is not None
        )
        return own or (deletes and self._reaches(table))

    def dependents(self, table: sa.Table) -> list[Dependents]:
        """The tables whose rows point to rows of this one, with what the database does to them."""
        number = len(table.metadata.tables)
        known = self._dependents.get(table)
        if known is None or known[0] != number:
            known = self._dependents[table] = number, list(_dependents(table))
        return known[1]

    def reaches(self, dependents: Dependents, *, deletes: bool) -> bool:
        """Whether what happens to dependents matters, or what follows from it."""
        action = dependents.on_delete if deletes else dependents.on_update
        if action not in _ACTIONS:
            return False
        if deletes:
            return self.matters(dependents.table, deletes=action == "CASCADE")
        return self.matters(dependents.table) or not self.followed(dependents.table).isdisjoint(
            column.name for column in dependents.columns
        )

    def _reaches(self, table: sa.Table) -> bool:
        known = self._goes.get(table)
        if known is None:  # only what is asked for is kept: on the way, tables of a circle look like ends
            known = self._goes[table] = self._goes_on(table, {table})
        return known

    def _goes_on(self, table: sa.Table, seen: set[sa.Table]) -> bool:
        return any(self._follows(one, seen) for one in self.dependents(table))

    def _follows(self, one: Dependents, seen: set[sa.Table]) -> bool:
        if one.on_delete not in _ACTIONS or one.table in seen:
            return False
        if self.matters(one.table):
            return True
        if one.on_delete != "CASCADE":
            return False
        seen.add(one.table)
        return self._goes_on(one.table, seen)

    def followed(self, table: sa.Table) -> frozenset[str]:
        """The columns whose new values the database hands on to rows that matter, by ``ON UPDATE``."""
        known = self._followed.get(table)
        if known is None:
            known = self._followed[table] = frozenset(self._handed_on(table, (table,)))
        return known

    def _handed_on(self, table: sa.Table, way: tuple[sa.Table, ...]) -> Iterator[str]:
        for one in self.dependents(table):
            if one.on_update not in _ACTIONS:
                continue
            names = {column.name for column in one.columns}
            further = one.table not in way and names.intersection(
                self._handed_on(one.table, (*way, one.table))
            )
            if further or self.matters(one.table):
                yield from (column.name for column in one.referred)

    def classes(
        self, table: sa.Table, *, deletes: bool, seen: frozenset[sa.Table] = frozenset()
    ) -> Iterator[type[Any]]:
        """The watched classes of which a write of this table may change rows; one for each family."""
        source = self._sources.get(table)
        if source is not None and source.mapper is not None:
            family = [mapper.class_ for mapper in source.mapper.self_and_descendants]
            yield from [cls for cls in family if watched(cls)][:1]
        yield from (link.owner for link in self.links(table))
        seen |= {table}
        for one in self.dependents(table) if deletes else ():
            if one.table not in seen and self.reaches(one, deletes=True):
                yield from self.classes(one.table, deletes=one.on_delete == "CASCADE", seen=seen)

    def named(self) -> dict[str, sa.Table]:
        """The tables that matter, also where watched rows only follow, by name in small letters."""
        if self._names is None:
            every = {t for mapped in self._mapped for t in mapped.metadata.tables.values()}
            self._names = {
                t.name.lower(): t for t in every if self.matters(t, deletes=True) or self.followed(t)
            }
        return self._names


class _Known:
    """What was found last, and whether it still holds."""

    tables: Tables | None = None
    revision = -1
    mapped = 0
    """How many classes have been mapped since."""
    found = -1


def known_tables() -> Tables:
    """The tables that matter now."""
    if _Known.tables is None or _Known.revision != revision() or _Known.found != _Known.mapped:
        now = revision(), _Known.mapped
        _Known.tables = Tables()
        _Known.revision, _Known.found = now
    return _Known.tables


@event.listens_for(Mapper, "after_mapper_constructed")
def _mapped(_mapper: Mapper[Any], _cls: type[Any]) -> None:
    _Known.mapped += 1


def table_of(statement: Any) -> sa.Table | None:
    """The table that a statement writes to; None where that is no table of any metadata."""
    table: Any = getattr(statement, "table", None)
    while table is not None and getattr(table, "__visit_name__", "") != "table":
        table = getattr(table, "element", None)
    return original(cast("sa.Table", table)) if isinstance(table, sa.Table) else None


def _mappers() -> Iterator[Mapper[Any]]:
    # SQLAlchemy has no public list of all registries.
    library: Any = mapperlib
    for registry in library._all_registries():  # noqa: SLF001 -- as said
        yield from registry.mappers


def _tables_of(mapper: Mapper[Any]) -> list[sa.Table]:
    found: Any = mapper.tables
    return [table for table in found if isinstance(table, sa.Table)]


def _relations(mapper: Mapper[Any]) -> Iterator[RelationshipProperty[Any]]:
    try:
        found = list(mapper.relationships)
    except sa_exc.InvalidRequestError:
        return  # a class of this registry cannot be mapped; whoever uses it is told so
    yield from (relation for relation in found if not relation.viewonly)


def _dependents(table: sa.Table) -> Iterator[Dependents]:
    for other in table.metadata.tables.values():
        for constraint in other.foreign_key_constraints:
            if constraint.elements and _refers_to(constraint, table):
                yield Dependents(constraint)


def _refers_to(constraint: sa.ForeignKeyConstraint, table: sa.Table) -> bool:
    try:
        return constraint.referred_table is table
    except sa_exc.InvalidRequestError:
        return False  # it points to a table that is not known here

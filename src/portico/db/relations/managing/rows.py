"""The statements that link rows: an UPDATE of children, an INSERT or DELETE in a junction.

Keys are tuples here. Everything runs through `portico.db.session.run`, so it joins the unit it is called in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import RelationshipProperty, registry

from portico.db.changes import is_table_recorded
from portico.db.fields import spec_of, validate
from portico.db.relations.sides import among
from portico.db.session import Database, atomic, run

Key = tuple[Any, ...]
CHUNK = 500


def chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """At most `CHUNK` keys at a time."""
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def equal(columns: Sequence[Any], key: Key) -> sa.ColumnElement[bool]:
    """The condition that a row has this key."""
    return sa.and_(*(column == value for column, value in zip(columns, key, strict=True)))


class ChildRows:
    """Rows that point to their owner with a foreign key of their own."""

    def __init__(self, database: Database, relation: RelationshipProperty[Any], owner: Key) -> None:
        self.database = database
        self.mapper = relation.mapper
        self.foreign = cast("list[sa.Column[Any]]", [remote for _, remote in relation.local_remote_pairs])
        self.table: Any = self.foreign[0].table
        own = [column for column in self.mapper.primary_key if column.table is self.table]
        self.key: list[Any] = own or list(self.table.primary_key)
        self.owner = owner

    async def add(self, keys: Sequence[Key], values: Mapping[str, Any] | None = None) -> int:
        """Let these rows point to the owner; gives how many there were."""
        del values
        found = 0
        for chunk in chunks(keys):
            found += await self._update(among(self.key, chunk), self.owner)
        return found

    async def remove(self, keys: Sequence[Key]) -> None:
        """Let those of these rows that point to the owner point nowhere."""
        for chunk in chunks(keys):
            await self._update(sa.and_(among(self.key, chunk), equal(self.foreign, self.owner)), None)

    async def clear(self) -> None:
        """Let every row of the owner point nowhere."""
        await self._update(equal(self.foreign, self.owner), None)

    async def keys(self) -> list[Key]:
        """The keys of the rows that point to the owner."""
        statement = sa.select(*self.key).where(equal(self.foreign, self.owner))
        return [tuple(row) for row in await run(self.database, statement)]

    @property
    def emptiable(self) -> list[sa.Column[Any]]:
        """The foreign key columns that may be empty; none means that a row cannot be without an owner."""
        return [column for column in self.foreign if column.nullable]

    async def _update(self, condition: sa.ColumnElement[bool], owner: Key | None) -> int:
        if owner is None:
            values: dict[str, Any] = {column.key: None for column in self.emptiable}
        else:
            values = {column.key: value for column, value in zip(self.foreign, owner, strict=True)}
        version: Any = self.mapper.version_id_col
        if version is not None and version.table is self.table and version.type.python_type is int:
            values[version.key] = version + 1
        result: Any = await run(self.database, sa.update(self.table).where(condition).values(values))
        return int(result.rowcount)


class JunctionRows:
    """Rows of a junction table."""

    def __init__(self, database: Database, relation: RelationshipProperty[Any], owner: Key) -> None:
        self.database = database
        secondary: Any = relation.secondary
        self.table: sa.Table[Any] = secondary
        self.registry = relation.parent.registry
        self.near: list[Any] = [column for _, column in relation.synchronize_pairs]
        self.far: list[Any] = [column for _, column in relation.secondary_synchronize_pairs or ()]
        self.owner = owner

    async def add(self, keys: Sequence[Key], values: Mapping[str, Any] | None = None) -> int:
        """Link the owner to these targets; links that exist are left as they are, also under concurrency."""
        link = [*self.near, *self.far]
        extra = self._own_values(values or {})
        names = [column.key for column in link]
        # Links of tenants are told apart by them as well, and stamped when they are written.
        key = [*link, *(column for column in self.table.primary_key if column.info.get("portico_tenant"))]
        for chunk in chunks(keys):
            rows = [dict(zip(names, (*self.owner, *far), strict=True)) | extra for far in chunk]
            if self._is_only_key(key) and not self._is_hidden():
                await run(self.database, _insert_new(self.database, self.table, rows, key))
            else:
                await self._insert_absent(rows, chunk)
        return len(keys)

    async def remove(self, keys: Sequence[Key]) -> None:
        """Unlink these targets."""
        for chunk in chunks(keys):
            condition = sa.and_(equal(self.near, self.owner), among(self.far, chunk))
            await run(self.database, sa.delete(self.table).where(condition))

    async def clear(self) -> None:
        """Unlink every target."""
        await run(self.database, sa.delete(self.table).where(equal(self.near, self.owner)))

    async def keys(self) -> list[Key]:
        """The keys of the linked targets."""
        statement = sa.select(*self.far).where(equal(self.near, self.owner))
        return [tuple(row) for row in await run(self.database, statement)]

    def _own_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values for what the junction has besides the link, checked, with the defaults of its model."""
        link = {id(column) for column in (*self.near, *self.far)}
        columns = {
            name: column for name, column in _names(self.table, self.registry) if id(column) not in link
        }
        specs = {name: spec_of(column) for name, column in columns.items()}
        given = dict(values)
        for name, spec in specs.items():
            if name not in given and spec.has_default and columns[name].default is None:
                given[name] = spec.make_default()
        checked = validate(specs, given, partial=True, where=self.table.name)
        return {columns[name].key: value for name, value in checked.items()}

    def _is_hidden(self) -> bool:
        """Whether nobody could tell which links are new, and somebody wants to know."""
        return self.database.dialect_name not in {"postgresql", "sqlite"} and is_table_recorded(self.table)

    def _is_only_key(self, link: Sequence[Any]) -> bool:
        """Whether the pair is unique in the table, and nothing else is that an insert could run into."""
        wanted = {column.name for column in link}
        unique = [{column.name for column in self.table.primary_key}]
        unique += [
            {column.name for column in constraint.columns}
            for constraint in self.table.constraints
            if isinstance(constraint, sa.UniqueConstraint)
        ]
        unique += [{column.name for column in index.columns} for index in self.table.indexes if index.unique]
        generated = self.table.autoincrement_column
        others = [u for u in unique if u != wanted and not (generated is not None and u == {generated.name})]
        return wanted in unique and not others

    async def _insert_absent(self, rows: list[dict[str, Any]], keys: Sequence[Key]) -> None:
        """Without one unique key over the pair, look first; a conflict on another key stays an error."""
        own = self._tenant()
        async with atomic(self.database):
            condition = sa.and_(equal(self.near, self.owner), among(self.far, keys))
            held = {tuple(row) for row in await run(self.database, sa.select(*self.far).where(condition))}
            fresh = [own | row for row, key in zip(rows, keys, strict=True) if key not in held]
            if fresh:
                await run(self.database, sa.insert(self.table).values(fresh))

    def _tenant(self) -> dict[str, Any]:
        """The tenant that new links are stamped with; without one they are refused before anybody looks.

        An insert would refuse all of them, also those that are there: no database is to be more lenient.
        """
        columns: list[Any] = [column for column in self.table.columns if column.info.get("portico_tenant")]
        return {column.key: column.default.arg(None) for column in columns if column.default is not None}


def _names(table: sa.Table[Any], mapped: registry) -> Iterator[tuple[str, Any]]:
    """The columns of a table by attribute name where a model is mapped to it."""
    for mapper in mapped.mappers:
        if mapper.local_table is table:
            yield from ((attribute.key, attribute.columns[0]) for attribute in mapper.column_attrs)
            return
    yield from table.c.items()


def _insert_new(
    database: Database, table: sa.Table[Any], rows: list[dict[str, Any]], key: Sequence[Any]
) -> sa.Executable:
    """INSERT that passes over rows whose key exists, and over nothing else."""
    name = database.dialect_name
    if name == "postgresql":
        return postgresql.insert(table).values(rows).on_conflict_do_nothing(index_elements=list(key))
    if name == "sqlite":
        return sqlite.insert(table).values(rows).on_conflict_do_nothing(index_elements=list(key))
    # INSERT IGNORE would also pass over broken foreign keys; writing the key onto itself does not.
    return mysql.insert(table).values(rows).on_duplicate_key_update({key[0].key: key[0]})

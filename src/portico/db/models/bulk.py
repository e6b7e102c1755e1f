"""Write many instances with few statements.

    await bulk_insert(db, [User(username="ann"), User(username="bea")])
    await bulk_load(db, User, ({"username": name} for name in names))      # nothing is wanted back
    await bulk_update(db, users, ["points"])
    await bulk_delete(db, users)

Everything is checked before the first statement, and all rows are written or none. Works on any mapped class.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, nullcontext
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.compiler import InsertmanyvaluesSentinelOpts

from portico._kernel.doors import register_doors
from portico._kernel.suggest import unknown_name
from portico.db.changes import looks_before, watched_write, writes_keys, writes_many
from portico.db.fields import hash_pending, validate
from portico.db.models.keys import as_key, class_of, key_attributes, key_here, mapper_of, table_of, where_key
from portico.db.models.schemas import column_specs
from portico.db.models.writing import insert, on_update_values, prepared, update_columns, written
from portico.db.query import next_version
from portico.db.relations import pending_links
from portico.db.scoping import keeper_of
from portico.db.session import Database, atomic, current_unit, run
from portico.errors import UsageError

from .announcing import as_instances, assigned_since, in_database
from .inheritance import among, deletions, has_several_tables
from .objects import row_changed, row_gone, set_aside, settle
from .shapes import (
    Picked,
    copied,
    expected_version,
    facts_of,
    numbered,
    without_version,
)

BATCH = 1_000
PARAMETERS = 20_000  # per statement, below the limit of every database
AUTOINCREMENT = InsertmanyvaluesSentinelOpts.AUTOINCREMENT


@writes_many("create")
async def bulk_insert(
    database: Database,
    instances: Sequence[Any],
    *,
    sent: Sequence[Collection[str]] | None = None,
    batch_size: int = BATCH,
    reload: bool = False,
) -> None:
    """Insert new instances of one class; keys and defaults made by the database are set on them.

    ``sent`` names, for each of them, columns in which a None is null and no wish for a default of the
    database. With ``reload`` every column is as it was stored, and not as it was given.
    """
    if not instances:
        return
    cls, said = _one_class(instances), sent or [()] * len(instances)
    if has_several_tables(cls) or any(pending_links(instance) for instance in instances):
        async with atomic(database):
            for instance, names in zip(instances, said, strict=True):
                await insert(database, instance, sent=names, reload=reload)
        return
    rows = [await prepared(instance, said=names) for instance, names in zip(instances, said, strict=True)]
    batches = list(_same_columns(instances, rows, batch_size))
    async with _all_or_nothing(database, len(batches)):
        for members, values in batches:
            await _insert_batch(database, cls, members, values, reload=reload)


@writes_keys("create", as_instances)
async def bulk_load(
    database: Database, cls: type[Any], rows: Iterable[Any], *, batch_size: int = BATCH
) -> int:
    """Insert new instances, or dictionaries with what makes them; gives their number.

    What the database makes is not read back: the instances are not told that they are stored.
    """
    given = list(rows)
    if not given or await copied(database, cls, given):
        return len(given)
    instances = [cls(**row) if isinstance(row, dict) else row for row in given]
    found = _one_class(instances)
    if has_several_tables(found) or any(pending_links(one) for one in instances):
        await bulk_insert(database, instances, batch_size=batch_size)
        return len(given)
    stored = [await prepared(instance) for instance in instances]
    batches = list(_same_columns(instances, stored, batch_size))
    columns = mapper_of(found).columns
    async with _all_or_nothing(database, len(batches)):
        for _, values in batches:
            parameters = [{columns[name].name: value for name, value in row.items()} for row in values]
            await run(database, sa.insert(table_of(found)), parameters)
    return len(given)


async def _insert_batch(
    database: Database, cls: type[Any], members: list[Any], values: list[dict[str, Any]], *, reload: bool
) -> None:
    mapper = mapper_of(cls)
    named = {mapper.get_property_by_column(column).key: column for column in mapper.columns}
    parameters = [{named[name].name: value for name, value in row.items()} for row in values]
    statement = sa.insert(table_of(cls))
    if database.capabilities.insert_returning and (reload or len(named) > len(values[0])):
        wanted = {n: c for n, c in named.items() if reload or c.primary_key or n not in values[0]}
        values = await _returned(database, statement, parameters, values, wanted)
    else:
        await run(database, statement, parameters)
    unit = current_unit(database)
    for member, row in zip(members, values, strict=True):
        if all(name in row for name in key_attributes(cls)):
            settle(member, row)
            if unit:
                unit.created(member)
            written(database, member)


async def _returned(
    database: Database,
    statement: sa.Insert,
    parameters: list[dict[str, Any]],
    values: list[dict[str, Any]],
    wanted: dict[str, sa.Column[Any]],
) -> list[dict[str, Any]]:
    """Insert and give each row what the database made for it.

    A database need not answer in the order of the rows. Rows whose key is known are found by it; new keys
    count upwards in the order of the rows, which SQLAlchemy relies on where the database promises it, and
    which holds on SQLite, where one statement writes its rows one after the other.
    """
    keys = [name for name, column in wanted.items() if column.primary_key]
    known = all(name in values[0] for name in keys)
    ordered = not known and bool(database.engine.dialect.insertmanyvalues_implicit_sentinel & AUTOINCREMENT)
    returning = statement.returning(*wanted.values(), sort_by_parameter_order=ordered)
    result = await run(database, returning, parameters)
    rows = [dict(zip(wanted, row, strict=True)) for row in result]
    if known:
        found = {tuple(row[name] for name in keys): row for row in rows}
        rows = [found[tuple(row[name] for name in keys)] for row in values]
    elif not ordered:
        rows.sort(key=lambda row: tuple(row[name] for name in keys))
    return [given | made for given, made in zip(values, rows, strict=True)]


async def bulk_update(
    database: Database,
    instances: Sequence[Any],
    fields: Iterable[str],
    *,
    batch_size: int = BATCH,
    reload: bool = False,
) -> int:
    """Write the named fields of each instance by key; gives the number of rows found.

    What hooks assign is written as well. With ``reload`` every column is afterwards as it is stored. Raises
    `VersionConflictError`, and writes nothing, where somebody else has changed one of the rows.
    """
    if not instances:
        return 0
    cls = _one_class(instances)
    options: dict[str, Any] = {"batch_size": batch_size, "reload": reload}
    if not looks_before(cls, "update"):
        return await _update_fields(database, instances, fields, **options)
    names, held = list(fields), [dict(instance.__dict__) for instance in instances]
    async with watched_write(database, cls, "update", instances):
        names += [name for name in assigned_since(cls, instances, held) if name not in names]
        return await _update_fields(database, instances, names, **options)


@writes_many("update")
async def _update_fields(
    database: Database, instances: Sequence[Any], fields: Iterable[str], *, batch_size: int, reload: bool
) -> int:
    cls = _one_class(instances)
    if has_several_tables(cls):
        return await _update_each(database, instances, _known(cls, fields, column_specs(cls)), reload=reload)
    rows = await _new_values(cls, instances, fields)
    version = facts_of(cls).version
    versions = [expected_version(instance, version) for instance in instances]
    size = max(1, min(batch_size, PARAMETERS // (2 * len(rows[0]) + 1)))
    batches = [slice(start, start + size) for start in range(0, len(instances), size)]
    found = 0
    again = reload or bool(next_version(cls, {}))
    after = [numbered(known, version, row) for known, row in zip(versions, rows, strict=True)]
    with ExitStack() as stack:
        # Before a savepoint is opened, which would write what waits in the session.
        old = [stack.enter_context(set_aside(one, row)) for one, row in zip(instances, after, strict=True)]
        async with _all_or_nothing(database, len(batches) + again):
            for batch in batches:
                picked = Picked(cls, [key_here(instance) for instance in instances[batch]], versions[batch])
                number = await _affected(database, _update_by_key(cls, picked, rows[batch]))
                await picked.check(database, number)
                found += number
            for instance, row, before in zip(instances, after, old, strict=True):
                row_changed(database, instance, row, before)
            unknown = () if version is not None and None not in versions else next_version(cls, rows[0])
            names = tuple(column_specs(cls)) if reload else tuple(unknown)
            if names:
                await _refresh_all(database, instances, names)
    return found


async def _refresh_all(database: Database, instances: Sequence[Any], names: Sequence[str]) -> None:
    """Read columns of many rows again; one that is gone stays as it is."""
    cls = class_of(instances[0])
    columns = [*mapper_of(cls).primary_key, *(mapper_of(cls).columns[name] for name in names)]
    labelled = [column.label(f"c{number}") for number, column in enumerate(columns)]
    width = len(columns) - len(names)
    by_key = {key_here(instance): instance for instance in instances}
    keys = list(by_key)
    for start in range(0, len(keys), BATCH):
        chosen = among(mapper_of(cls).primary_key, keys[start : start + BATCH])
        for row in await run(database, sa.select(*labelled).where(chosen)):
            instance = by_key[tuple(row[:width])]
            for name, value in zip(names, row[width:], strict=True):
                set_committed_value(instance, name, value)


async def _update_each(
    database: Database, instances: Sequence[Any], names: list[str], *, reload: bool
) -> int:
    """The named fields of rows that lie in several tables, one row after the other."""
    async with atomic(database):
        for instance in instances:
            held = {name: getattr(instance, name) for name in names}
            held = without_version(instance, facts_of(class_of(instance)).version, held)
            await update_columns(database, instance, held, reload=reload)
    return len(instances)


async def _new_values(
    cls: type[Any], instances: Sequence[Any], fields: Iterable[str]
) -> list[dict[str, Any]]:
    """The named fields of every instance, checked, with what moves at every update."""
    specs = column_specs(cls)
    version = facts_of(cls).version
    names = _known(cls, fields, specs)
    if version is not None and version in names:
        for instance in instances:
            without_version(instance, version, {version: getattr(instance, version)})
        names = [name for name in names if name != version]
    if not names:
        raise UsageError("bulk_update() was given no field to write.", hint='Name them: ["points"].')
    chosen = {name: specs[name] for name in names}
    fresh = on_update_values(cls)
    rows: list[dict[str, Any]] = []
    for instance in instances:
        held = {name: getattr(instance, name) for name in names}
        rows.append(
            fresh | await hash_pending(validate(chosen, held, partial=True, where=cls.__name__), specs)
        )
    return rows


def _update_by_key(cls: type[Any], picked: Picked, rows: list[dict[str, Any]]) -> sa.Update:
    """One statement in which each key picks its own values."""
    columns = mapper_of(cls).columns
    picks = [where_key(cls, key) for key in picked.keys]

    def chosen(name: str) -> sa.Case[Any]:
        column = columns[name]
        cases = [
            (pick, sa.literal(row[name], type_=column.type)) for pick, row in zip(picks, rows, strict=True)
        ]
        return sa.case(*cases, else_=column)

    return (
        sa.update(table_of(cls))
        .where(picked.condition)
        .values({columns[n].name: chosen(n) for n in rows[0]})
        .values({columns[n].name: moved for n, moved in next_version(cls, rows[0]).items()})
    )


@writes_keys("delete", in_database)
async def bulk_delete(
    database: Database, cls: type[Any], instances_or_keys: Iterable[Any], *, batch_size: int = BATCH
) -> int:
    """Delete rows by key; gives the number that were there.

    Raises `VersionConflictError`, and deletes nothing, where somebody else has changed one of the instances.
    """
    given = list(instances_or_keys)
    keys = [key_here(one) if isinstance(one, cls) else _checked(cls, one) for one in given]
    gone, steps = 0, list(_deletions(cls, given, keys, batch_size))
    if (keeper := keeper_of(mapper_of(cls).local_table)) is not None:
        return await keeper.delete_many(database, [picked for *_, picked in steps], given)
    # A row that was passed over is noticed after the statement, which must not stand then.
    statements = sum(len(parts) + 1 + picked.versioned for parts, _, picked in steps)
    async with _all_or_nothing(database, statements):
        for parts, whole, picked in steps:
            for part in parts:
                await run(database, part)
            number = await _affected(database, whole)
            await picked.check_gone(database, number)
            gone += number
        for one, key in zip(given, keys, strict=True):
            row_gone(database, cls, key, one if isinstance(one, cls) else None)
    return gone


def _deletions(
    cls: type[Any], given: Sequence[Any], keys: Sequence[tuple[Any, ...]], batch_size: int
) -> Iterable[tuple[list[sa.Delete], sa.Delete, Picked]]:
    """The statements batch by batch, instances apart from keys where instances have versions."""
    version = facts_of(cls).version
    versions = [expected_version(one, version) if isinstance(one, cls) else None for one in given]
    pairs = list(zip(keys, versions, strict=True))
    for members in (
        [pair for pair in pairs if pair[1] is None],
        [pair for pair in pairs if pair[1] is not None],
    ):
        for start in range(0, len(members), batch_size):
            batch = members[start : start + batch_size]
            picked = Picked(cls, [key for key, _ in batch], [known for _, known in batch])
            *parts, whole = deletions(cls, picked.keys)
            yield parts, whole.where(picked.condition) if picked.versioned else whole, picked


def _checked(cls: type[Any], key: Any) -> tuple[Any, ...]:
    """A key that the caller wrote, as the database wants it."""
    parts = dict(zip(key_attributes(cls), as_key(cls, key), strict=True))
    specs = column_specs(cls)
    return tuple(validate({n: specs[n] for n in parts}, parts, partial=True, where=cls.__name__).values())


async def _affected(database: Database, statement: sa.Executable) -> int:
    return cast("sa.CursorResult[Any]", await run(database, statement)).rowcount


def _all_or_nothing(database: Database, statements: int) -> AbstractAsyncContextManager[Any]:
    """A unit of work where more than one statement is needed; one statement is whole by itself."""
    return atomic(database) if statements > 1 else nullcontext()


def _one_class(instances: Sequence[Any]) -> type[Any]:
    classes = {class_of(instance) for instance in instances}
    if len(classes) > 1:
        raise UsageError(
            f"One call writes one class; given: {', '.join(sorted(c.__name__ for c in classes))}."
        )
    return classes.pop()


def _same_columns(
    instances: Sequence[Any], rows: list[dict[str, Any]], batch_size: int
) -> Iterable[tuple[list[Any], list[dict[str, Any]]]]:
    """Group rows that set the same columns, each group cut into batches."""
    groups: dict[frozenset[str], tuple[list[Any], list[dict[str, Any]]]] = {}
    for instance, row in zip(instances, rows, strict=True):
        members, values = groups.setdefault(frozenset(row), ([], []))
        members.append(instance)
        values.append(row)
    for members, values in groups.values():
        for start in range(0, len(members), batch_size):
            yield members[start : start + batch_size], values[start : start + batch_size]


def _known(cls: type[Any], fields: Iterable[str], specs: dict[str, Any]) -> list[str]:
    names = list(fields)
    for name in names:
        if name not in specs:
            raise unknown_name(f"{cls.__name__} has no field {name!r}.", name, specs)
    return names


register_doors("db/models", writes=["bulk_insert", "bulk_load", "bulk_update", "bulk_delete"])

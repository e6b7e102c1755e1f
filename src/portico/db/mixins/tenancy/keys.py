"""Keys of rows that belong to tenants: unique within the tenant, so that no refusal tells of another's rows.

    class Meta:
        globally_unique = ["slug", ("region", "code")]      # known to everybody, and meant to be

A unique field, constraint or index gets the tenant as its first column. The primary key stays as it is where
its values are made for each row; one that clients choose has to hold the tenant, or to be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.elements import conv

from portico._kernel.suggest import did_you_mean
from portico.db.fields import spec_of
from portico.db.scoping import OWNER
from portico.errors import ConfigurationError, UnknownFieldError

OWN: Final = OWNER
"""In the ``info`` of what the mixin made of a table, and of the tenant column itself."""
Columns = tuple[str, ...]


def check_primary_key(cls: type[Any], table: sa.Table, tenant: sa.Column[Any]) -> None:
    """Refuse a key that clients choose, and that would say so where another tenant has chosen the same."""
    chosen = [column for column in table.primary_key if not _is_made(column)]
    names = tuple(column.name for column in table.primary_key)
    if not chosen or tenant.name in names or _named(names, _global(cls)):
        return
    said = repr(names[0] if len(names) == 1 else names)
    raise ConfigurationError(
        f"The key of {cls.__name__} ({', '.join(names)}) is chosen by whoever makes a row, so that a refusal "
        "would tell of rows of other tenants.",
        hint=f"Make {tenant.key} a part of it, declared with primary_key=True. Or give rows a key of their "
        f"own, and make {names[-1]} unique. Or say that everybody may know: Meta.globally_unique = [{said}].",
    )


def widen_primary_key(table: sa.Table, tenant: sa.Column[Any]) -> None:
    """Let a key that is made of references hold the tenant in the database, and there alone.

    A row of another tenant cannot be referred to, so such a key is one among all tenants as it is, and the
    mapper keeps it as it was declared. The database would refuse a taken one before it looks for the rows
    that are referred to, and so tell of another tenant's; with the tenant in it, it tells of one's own.
    The tenant comes last: SQLAlchemy reads new keys by the order of the table.
    """
    key = list(table.primary_key)
    chosen = [column for column in key if not _is_made(column)]
    if chosen and tenant not in key and any(_leads_to_a_tenants_row(column) for column in chosen):
        named: Any = table.primary_key.name
        tenant.primary_key = True
        table.append_constraint(sa.PrimaryKeyConstraint(*key, tenant, name=named))


def _leads_to_a_tenants_row(column: sa.Column[Any]) -> bool:
    for reference in column.foreign_keys:
        try:
            if OWN in reference.column.table.info:
                return True
        except (NoReferencedTableError, NoReferencedColumnError):
            continue  # its class comes later
    return False


def scope_unique_keys(cls: type[Any], table: sa.Table, tenant: sa.Column[Any]) -> None:
    """Let what is unique be so within the tenant, and rows be found by tenant and key."""
    everywhere = _global(cls)
    for constraint in [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]:
        names = tuple(column.name for column in constraint.columns)
        if tenant.name not in names and not _named(names, everywhere):
            _widen_constraint(table, constraint, tenant)
    for index in [one for one in table.indexes if one.unique]:
        names = tuple(column.name for column in index.columns)
        if tenant.name not in names and not _named(names, everywhere):
            _widen_index(table, index, tenant)
    if tenant.name not in table.primary_key.columns:
        ensure_key(table, tenant, [*table.primary_key])


def ensure_key(table: sa.Table, tenant: sa.Column[Any], columns: Iterable[sa.Column[Any]]) -> None:
    """Let tenant and columns be a key that foreign keys can lead to, and an index to find rows by."""
    wanted = [tenant, *columns]
    for constraint in table.constraints:
        if isinstance(constraint, (sa.UniqueConstraint, sa.PrimaryKeyConstraint)):
            held: list[Any] = list(constraint.columns)
            if held == wanted:
                return
    table.append_constraint(sa.UniqueConstraint(*wanted, info={OWN: True}))


def _is_made(column: sa.Column[Any]) -> bool:
    """Whether values of a key are made for each row, and nobody has to choose one."""
    spec = spec_of(column)
    return spec.generated or spec.server_default or (spec.has_default and callable(spec.default))


def _global(cls: type[Any]) -> list[Columns]:
    """The keys that are unique among all tenants, as names of columns."""
    mapper: Mapper[Any] = sa.inspect(cls)
    found: list[Columns] = []
    for given in cls.__portico_options__.globally_unique:
        names = (given,) if isinstance(given, str) else tuple(cast("Iterable[str]", given))
        for name in names:
            if name not in mapper.columns:
                raise UnknownFieldError(
                    f"{cls.__name__}.Meta.globally_unique names {name!r}, which is no field.",
                    hint=did_you_mean(name, mapper.columns.keys()),
                )
        found.append(tuple(mapper.columns[name].name for name in names))
    return found


def _named(names: Columns, among: Iterable[Columns]) -> bool:
    return any(set(names) == set(one) for one in among)


def _widen_constraint(table: sa.Table, constraint: sa.UniqueConstraint, tenant: sa.Column[Any]) -> None:
    table.constraints.discard(constraint)
    table.append_constraint(
        sa.UniqueConstraint(
            tenant,
            *constraint.columns,
            name=constraint.name if not _is_made_up(constraint) else None,
            deferrable=constraint.deferrable,
            initially=constraint.initially,
            info=dict(constraint.info),
            **dict(_options(constraint)),
        )
    )


def _widen_index(table: sa.Table, index: sa.Index, tenant: sa.Column[Any]) -> None:
    table.indexes.discard(index)
    made = sa.Index(
        None if _is_made_up(index) else index.name,
        tenant,
        *index.expressions,
        unique=True,
        info=dict(index.info),
        **dict(_options(index)),
    )
    if made not in table.indexes:
        table.append_constraint(made)


def _is_made_up(named: Any) -> bool:
    """Whether a name comes from the convention, which names columns."""
    return bool(named._column_flag) or isinstance(named.name, conv)  # noqa: SLF001 -- SQLAlchemy's word for ``unique=True``


def _options(named: Any) -> Iterator[tuple[str, Any]]:
    """What was said for single databases, such as the condition of a partial index."""
    for dialect, options in named.dialect_options.items():
        yield from (
            (f"{dialect}_{name}", value)
            for name, value in options._non_defaults.items()  # noqa: SLF001 -- as SQLAlchemy copies constraints
        )

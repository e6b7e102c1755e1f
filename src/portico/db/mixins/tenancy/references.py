"""Foreign keys between rows of tenants: each leads to a row of the same tenant, and the database sees to it.

Beside ``author_id → authors.id`` stands ``(tenant_id, author_id) → (authors.tenant_id, authors.id)``, so that
the row of another tenant is as absent as one that does not exist, for whatever writes: the model calls, a
session, plain SQL. The first says what relations run over and what happens when the author goes.

A class that all tenants share cannot refer to rows of one: `ConfigurationError`.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.elements import conv

from portico.errors import ConfigurationError

from .keys import OWN, ensure_key

LONGEST_NAME: Final = 63
_ENDING: Final = "_tenant"
_TIED: Final = "portico_tied"
_tables: WeakSet[sa.Table] = WeakSet()


class TenantReference(sa.ForeignKeyConstraint):
    """The second foreign key of a reference, which nothing joins over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for element in self.elements:
            element.__class__ = _Unseen


class _Unseen(sa.ForeignKey):
    """SQLAlchemy guesses the ON of a join by what it sees here: there is one reference, and not two."""

    def get_referent(self, table: sa.FromClause) -> sa.Column[Any] | None:
        del table
        return None


@compiles(TenantReference)
def _emptied_as_a_whole(reference: TenantReference, compiler: Any, **options: Any) -> str:
    """Elsewhere a reference is emptied with its tenant, which cannot be: the first one sees to it."""
    if reference.ondelete is not None and reference.ondelete.startswith("SET"):
        reference = copy.copy(reference)
        reference.ondelete = None
    return str(compiler.visit_foreign_key_constraint(reference, **options))


@compiles(TenantReference, "postgresql")
def _emptied_by_column(reference: TenantReference, compiler: Any, **options: Any) -> str:
    return str(compiler.visit_foreign_key_constraint(reference, **options))


def tie_references(table: sa.Table) -> None:
    """Tie a new table of tenants to those that it refers to, and those that refer to it."""
    _tables.add(table)
    for holder in list(_tables):
        if holder.metadata is table.metadata:
            for reference, target in list(_loose(holder)):
                if table in (holder, target):
                    _tie(holder, reference, target)


def _loose(holder: sa.Table) -> Iterator[tuple[sa.ForeignKeyConstraint, sa.Table]]:
    """The references of a table to others of tenants that could lead to any of them."""
    tenant = holder.info[OWN]
    for reference in sorted(holder.foreign_key_constraints, key=lambda one: tuple(one.column_keys)):
        if (
            isinstance(reference, TenantReference)
            or reference.info.get(_TIED)
            or tenant in [*reference.columns]
        ):
            continue
        try:
            target: Any = reference.referred_table
            referred = [element.column for element in reference.elements]
        except (NoReferencedTableError, NoReferencedColumnError):
            continue  # its class comes later
        if OWN in target.info and target.info[OWN] not in referred:
            yield reference, target


def _tie(holder: sa.Table, reference: sa.ForeignKeyConstraint, target: sa.Table) -> None:
    referred: list[Any] = [element.column for element in reference.elements]
    if target.info[OWN].primary_key and target.info[OWN] not in referred:
        raise ConfigurationError(
            f"{holder.name}.{'+'.join(reference.column_keys)} refers to {target.name}, whose key is made of "
            "references and has the tenant in it.",
            hint=f"Give the rows of {target.name} a key of their own, and make the references unique.",
        )
    if referred != [*target.primary_key]:
        where = f"{holder.name}.{'+'.join(reference.column_keys)}"
        raise ConfigurationError(
            f"{where} refers to {target.name} by something else than its key, and of that all tenants "
            "together may have several.",
            hint="Refer to the primary key.",
        )
    reference.info[_TIED] = True
    ensure_key(target, target.info[OWN], referred)
    columns = ", ".join(reference.column_keys)
    ondelete = reference.ondelete
    if ondelete is not None and ondelete.startswith("SET"):
        ondelete = f"{ondelete} ({columns})"
    holder.append_constraint(
        TenantReference(
            [holder.info[OWN], *reference.columns],
            [target.info[OWN], *referred],
            name=_name(holder, reference),
            ondelete=ondelete,
            onupdate=reference.onupdate,
            info={OWN: True},
        )
    )


def _name(holder: sa.Table, reference: sa.ForeignKeyConstraint) -> str:
    """A name behind that of the first: MariaDB sees to references in the order of their names."""
    first = reference.name
    if not isinstance(first, str):
        first = f"fk_{holder.name}_{'_'.join(reference.column_keys)}"
    if len(first) + len(_ENDING) <= LONGEST_NAME:
        return conv(first + _ENDING)
    return conv(f"tenant_{hashlib.sha256(first.encode()).hexdigest()[:16]}")


def _refuse_shared(mapper: Mapper[Any], _cls: type[Any]) -> None:
    """A row that everybody sees must not lead to one that is another tenant's."""
    for table in mapper.tables:
        if not _tables or not isinstance(table, sa.Table) or OWN in table.info:
            continue
        for reference in table.foreign_key_constraints:
            try:
                target: Any = reference.referred_table
            except (NoReferencedTableError, NoReferencedColumnError):
                continue
            if OWN in target.info:
                raise ConfigurationError(
                    f"{table.name}.{'+'.join(reference.column_keys)} refers to {target.name}, whose rows "
                    f"belong to tenants, and the rows of {table.name} do not.",
                    hint=f"Give {mapper.class_.__name__} the TenantMixin as well.",
                )


event.listen(Mapper, "mapper_configured", _refuse_shared)

"""What makes a table one of tenants: the column that is stamped and checked, and the condition on its rows.

guard(invoices.c.tenant_id, Owned("Invoice", "tenant_id", spec))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.engine.criteria.fixing import fix_column
from portico.db.engine.walls import is_placed
from portico.db.fields import spec_of
from portico.db.models import Part
from portico.db.models.declaring import parts_of
from portico.db.relations.hooks import hooks
from portico.db.scoping import Criterion, register_criterion

from .keys import OWN
from .placing import place
from .references import tie_references
from .stamping import Owned, TenantType

NAME: Final = "tenant_id"


class TenantsPart(Part):
    """The part of classes whose rows belong to tenants; what else is done with unique keys has them in it."""

    rank = -1


def guard(column: sa.Column[Any], owned: Owned) -> None:
    """Stamp and check this column, and let no statement about its table see the rows of others."""
    table: Any = column.table
    plain = column.type
    column.type = TenantType(plain, owned)
    column.__dict__.pop("comparator", None)  # it remembers the type that it was first asked with
    stamp = sa.ColumnDefault(owned.stamp)
    stamp.column, column.default = column, stamp
    column.info[OWN] = True
    table.info[OWN] = column

    def condition(rows: sa.FromClause) -> sa.ColumnElement[bool]:
        here = rows.columns[column.key]
        return here == sa.bindparam(None, callable_=owned.required, type_=plain)

    register_criterion(Criterion("tenant", table, condition))
    fix_column(column, {column.key, column.name, owned.name}, while_in_force="tenant")


def tenant_column(*ends: Mapper[Any]) -> sa.Column[Any] | None:
    """A column for a junction, whose rows belong to the tenant of its ends; None between shared ones."""
    found = _owned_end(ends)
    return None if found is None else sa.Column(found.name, _plain(found), nullable=False)


def guard_junction(junction: sa.Table, *ends: Mapper[Any]) -> None:
    """Let the rows of a junction belong to the tenant of its ends."""
    if is_placed(junction):
        place(junction)
    found = _owned_end(ends)
    if found is not None:
        guard(junction.c[found.name], Owned(junction.name, found.name, spec_of(found)))
        tie_references(junction)


def _owned_end(ends: Iterable[Mapper[Any]]) -> sa.Column[Any] | None:
    """The tenant column of one of the ends; that of a class in the making is not guarded yet."""
    for end in ends:
        if any(isinstance(part, TenantsPart) for part in parts_of([end.class_])):
            return end.columns[NAME]
    return None


def _plain(column: sa.Column[Any]) -> Any:
    kind: Any = column.type
    return kind.plain if isinstance(kind, TenantType) else kind


hooks.junction_column = tenant_column
hooks.junction_made = guard_junction

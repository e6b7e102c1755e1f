"""Rows that belong to tenants: nobody reads, counts, changes or refers to those of another.

    class Invoice(TenantMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        number: Mapped[str] = StringField(max_length=20, unique=True)       # within the tenant

    with tenant_context("acme"):
        await Invoice.create(number="1")
        await Invoice.all()                  # those of acme
    await Invoice.all()                      # NoTenantError

The column is text of at most 64 characters unless the class declares another: ``tenant_id: Mapped[int] =
IntegerField()``, or ``ForeignKeyField(Company)``. It is stamped on every new row, never changes, and is in no
schema. Unique fields are unique within the tenant, but for those that ``Meta.globally_unique`` names, and
foreign keys between such classes lead to rows of the same tenant: the database holds both.

Raises `ConfigurationError`, when the class statement ends, for what could tell one tenant of another.
Guide: docs/how-to/tenants.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedColumn, Mapper

from portico.db.fields import FieldSpec, StringField, spec_of
from portico.db.fields.constraints import INFO
from portico.db.models import Part
from portico.db.scoping import get_current_tenant
from portico.errors import ConfigurationError

from .guarding import NAME, TenantsPart, guard
from .keys import check_primary_key, scope_unique_keys, widen_primary_key
from .references import tie_references
from .stamping import Owned

LENGTH: Final = 64


class _Tenants(TenantsPart):
    """What every class with the mixin gets."""

    replaceable = (NAME,)

    def prepare(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        """Let the schemas know the column for what it is, whoever declared it."""
        bodies = [namespace, *(vars(cls) for base in bases for cls in base.__mro__)]
        declared: Any = next((body[NAME] for body in bodies if NAME in body), None)
        if any(isinstance(base.__dict__.get("__mapper__"), Mapper) for base in bases):
            return
        spec: Any = declared.column.info.get(INFO) if _is_column(declared) else None
        if not isinstance(spec, FieldSpec):
            raise ConfigurationError(
                f"{name}.{NAME} is no field.",
                hint=f"Declare it with a field helper: {NAME}: Mapped[int] = IntegerField().",
            )
        if spec.nullable or declared.column.nullable:
            raise ConfigurationError(f"{name}.{NAME} may be null, and every row belongs to a tenant.")
        # A moment is what this is like: made when the row is written, and by nobody's wish.
        declared.column.info[INFO] = replace(
            spec,
            internal=True,
            auto_now_add=True,
            clock=get_current_tenant,
            has_default=False,
            default=None,
            unique=False,
        )
        declared.column.index = None
        declared.column.unique = None

    def mapped(self, cls: type[Any]) -> None:
        """Guard the column, and with it every statement about the table."""
        mapper: Mapper[Any] = sa.inspect(cls)
        table: Any = mapper.local_table
        if mapper.inherits is not None and table is not mapper.inherits.local_table:
            raise ConfigurationError(
                f"{cls.__name__} has a table of its own beside that of {mapper.inherits.class_.__name__}, "
                "in which no row has a tenant.",
                hint="Let both lie in one table, or refer to the other by a foreign key.",
            )
        if mapper.inherits is None:
            column = mapper.columns[NAME]
            widen_primary_key(table, column)
            check_primary_key(cls, table, column)
            guard(column, Owned(cls.__name__, NAME, spec_of(column)))
        scope_unique_keys(cls, table, mapper.columns[NAME])
        tie_references(table)


def _is_column(declared: object) -> bool:
    return isinstance(declared, MappedColumn)


class TenantMixin:
    """Adds ``tenant_id``, which no statement about the class goes without."""

    tenant_id: Mapped[Any] = StringField(max_length=LENGTH, min_length=1)
    __portico_part__: ClassVar[Part] = _Tenants()

"""Classes whose rows lie in a schema for each tenant, in tables of the same names.

    class Invoice(SchemaTenantMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        number: Mapped[str] = StringField(max_length=20, unique=True)

    await TenantSchemas(db).create("acme")
    with tenant_context("acme"):
        await Invoice.all()                  # of tenant_acme.invoices

No column says whose a row is, and no condition is added: the tenant that is set picks the schema, statement
by statement. Foreign keys lead to tables of the same schema, and to those that all tenants share.

Raises `ConfigurationError`, when the class statement ends or the mappers are configured.
Guide: docs/how-to/tenants-by-schema.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.orm import Mapper

from portico.db.engine.walls import PLACE, is_placed, mark_placed, watch_homes
from portico.db.models import Part
from portico.db.scoping import Criterion, register_criterion
from portico.errors import ConfigurationError

from .keys import OWN


class _Placed(Part):
    """What every class with the mixin gets."""

    rank = -1

    def prepare(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        """Let the table lie where its tenant does."""
        options = namespace["__portico_options__"]
        if options.schema not in {None, PLACE}:
            raise ConfigurationError(
                f"{name}.Meta.schema = {options.schema!r}, and each tenant has a schema of its own.",
                hint="Leave Meta.schema out.",
            )
        if any("tenant_id" in vars(cls) for base in bases for cls in base.__mro__):
            raise ConfigurationError(
                f"{name} has TenantMixin and SchemaTenantMixin.",
                hint="Rows lie in one table for all tenants, or in a schema for each.",
            )
        namespace["__portico_options__"] = replace(options, schema=PLACE)

    def mapped(self, cls: type[Any]) -> None:
        """Keep SQL in text from naming the table, and objects from being taken for those of others."""
        mapper: Mapper[Any] = sa.inspect(cls)
        table: Any = mapper.local_table
        if not is_placed(table) and table.schema != PLACE:
            raise ConfigurationError(
                f"{cls.__name__} lies in the table {table.fullname}, which all tenants share.",
                hint="Give the class that it inherits from the SchemaTenantMixin.",
            )
        place(table)
        watch_homes(cls)


class SchemaTenantMixin:
    """Puts the table of a class into a schema for each tenant."""

    __portico_part__: ClassVar[Part] = _Placed()


def place(table: sa.Table) -> None:
    """A table of which each tenant has one."""
    mark_placed(table)
    register_criterion(Criterion("tenant", table, lambda _: None))


def _references(table: sa.Table) -> Iterator[tuple[str, sa.Table]]:
    for reference in table.foreign_key_constraints:
        try:
            target: Any = reference.referred_table
        except (NoReferencedTableError, NoReferencedColumnError):
            continue
        yield f"{table.name}.{'+'.join(reference.column_keys)}", target


def _refuse_mixed(mapper: Mapper[Any], _cls: type[Any]) -> None:
    """A table that is there once cannot refer to one of which there are many, nor one kind to the other."""
    tables: list[Any] = [table for table in mapper.tables if isinstance(table, sa.Table)]
    for table in tables:
        for where, target in _references(table):
            if is_placed(target) and not is_placed(table):
                raise ConfigurationError(
                    f"{where} refers to {target.name}, of which each tenant has one, and {table.name} "
                    "is there once.",
                    hint=f"Give {mapper.class_.__name__} the SchemaTenantMixin as well.",
                )
            if is_placed(table) and OWN in target.info:
                raise ConfigurationError(
                    f"{where} refers to {target.name}, whose rows belong to tenants in one table for all.",
                    hint="Classes that refer to each other keep tenants apart in the same way.",
                )


event.listen(Mapper, "mapper_configured", _refuse_mixed)

"""What the mixin does to a model: its table hides deleted rows, and keys are unique among the others.

Raises `ConfigurationError` for a model whose rows cannot be kept: one that lies in several tables, or that
shares its table with classes without the mixin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from portico.db.models import Part, mapper_of
from portico.db.models.keys import class_of
from portico.db.models.model import database_of
from portico.db.query.state import DELETED
from portico.db.scoping import Criterion, keep_deleted, keeper_of, register_criterion
from portico.db.session import Database
from portico.errors import ConfigurationError

from .flushing import mark_on_flush
from .keeping import Kept
from .unique import unique_among_the_living


@dataclass(frozen=True, slots=True)
class SoftDeletePart(Part):
    """The part of a model whose deleted rows are marked in a column."""

    name: str

    def mapped(self, cls: type[Any]) -> None:
        """Hide what is deleted in the table of the model, from now on."""
        mapper = mapper_of(cls)
        _refuse_several(cls)
        table = cast("sa.Table", mapper.local_table)
        if keeper_of(table) is not None:
            return  # A class of the same table has seen to it.
        column: sa.Column[Any] = mapper.columns[self.name]
        unique_among_the_living(table, column)
        keep_deleted(table, Kept(cls, table, self.name))
        register_criterion(Criterion(DELETED, table, lambda rows: rows.c[column.key].is_(None)))
        mark_on_flush()


def kept(instance: Any) -> tuple[Kept, Database]:
    """Who keeps the row of an object, and the database that it is written to now."""
    cls = class_of(instance)
    return cast("Kept", keeper_of(mapper_of(cls).local_table)), database_of(cls)


def _refuse_several(cls: type[Any]) -> None:
    mapper = mapper_of(cls)
    if len(mapper.tables) > 1:
        raise ConfigurationError(
            f"{cls.__name__} lies in several tables, of which only one can keep deleted rows.",
            hint="Inherit in one table (without a table of its own), or leave SoftDeleteMixin out.",
        )
    if mapper.inherits is not None and keeper_of(mapper.local_table) is None:
        parent = mapper.inherits.class_.__name__
        raise ConfigurationError(
            f"{cls.__name__} shares its table with {parent}, which keeps no deleted rows.",
            hint=f"Give SoftDeleteMixin to {parent}.",
        )

"""Make a SQLAlchemy column, and what Portico knows about it, of each column that was found.

    column_of(track.column("UnitPrice"), track, "sqlite")     # Column("UnitPrice", Lenient(Numeric(10, 2)))

What the database fills in by itself (generated columns, identities) is read-only or may be left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types

from portico.db.fields import FieldSpec, spec_of

from .expressions import AsText, TextColumn
from .facts import ColumnFacts, TableFacts
from .stored import AsStored
from .types import Lenient, column_type

INFO = "portico"


def column_of(found: ColumnFacts, table: TableFacts, dialect: str) -> sa.Column[Any]:
    """The column with its type, and its field spec in ``info``."""
    made = column_type(found, dialect)
    in_key = found.name in table.key
    kind: type[sa.Column[Any]] = TextColumn if isinstance(made, AsText) else sa.Column
    column = kind(
        found.name,
        made,
        *_generation(found),
        primary_key=in_key,
        nullable=found.nullable and not in_key,
        autoincrement=_is_generated(found, table) and found.computed is None,
        comment=found.comment,
    )
    column.info[INFO] = _spec(column, found, table)
    return column


def _generation(found: ColumnFacts) -> tuple[Any, ...]:
    if found.computed is not None:
        return (sa.Computed(found.computed.replace(":", r"\:")),)
    if found.identity:
        return (sa.Identity(always=found.always_identity),)
    # Which default it is matters to the database alone.
    return (sa.FetchedValue(),) if found.default is not None else ()


def _spec(column: sa.Column[Any], found: ColumnFacts, table: TableFacts) -> FieldSpec:
    derived = spec_of(_understood(column))
    refers = any(found.name in reference.columns for reference in table.references)
    return replace(
        derived,
        # A reference of no type would be looked up at its target; this one takes whatever is there.
        foreign_key=refers and derived.python_type is not Any,
        generated=_is_generated(found, table),
        server_default=found.default is not None or found.identity,
        read_only=found.computed is not None or found.always_identity or _is_unwritable(column),
        unique=table.is_unique((found.name,)),
        comment=found.comment,
        read_marks=(*derived.read_marks, AsStored())
        if isinstance(column.type, Lenient)
        else derived.read_marks,
    )


def _understood(column: sa.Column[Any]) -> sa.Column[Any]:
    """The same column with the plain type that a field spec can be derived from."""
    found = column.type
    if isinstance(found, Lenient):
        found = found.inner
    elif isinstance(found, AsText):
        known = found.stored
        found = types.Enum(*known.enums, native_enum=False) if isinstance(known, types.Enum) else types.Text()
    return sa.Column(
        column.name, found, primary_key=column.primary_key, nullable=column.nullable, autoincrement=False
    )


def _is_unwritable(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, AsText) and column.type.stored is None


def _is_generated(found: ColumnFacts, table: TableFacts) -> bool:
    """Whether the database makes the value where none is given."""
    if found.always_identity or found.computed is not None:
        return True
    refers = any(found.name in reference.columns for reference in table.references)
    alone = table.key == (found.name,) and not refers
    if found.declared is not None:  # SQLite: exactly this spelling is its row number
        return alone and found.declared == "INTEGER"
    return alone and (found.autoincrement or found.identity)

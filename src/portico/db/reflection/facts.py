"""What a database says about itself, as plain frozen values that the other modules plan with.

    track.key                     # ("TrackId",)
    track.references[0].target    # "Album"

Nothing here talks to a database or knows what a mapped class is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.types import TypeEngine

Kind = Literal["table", "view", "virtual"]


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """One column; ``declared`` is the type as SQLite was given it, ``sample`` a few of its values there."""

    name: str
    type: TypeEngine[Any]
    nullable: bool
    default: str | None = None
    computed: str | None = None
    identity: bool = False
    always_identity: bool = False
    autoincrement: bool = False
    json_text: bool = False
    comment: str | None = None
    declared: str | None = None
    sample: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One foreign key: ``columns`` of this table point at ``target_columns`` of ``target``."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """One table or view; ``row_column`` is a column that SQLite adds by itself and that tells rows apart."""

    name: str
    kind: Kind
    columns: tuple[ColumnFacts, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    comment: str | None = None
    row_column: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the table."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnFacts:
        """One column by its name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def is_unique(self, columns: tuple[str, ...]) -> bool:
        """Whether no two rows can share these values: they hold the key or a unique constraint."""
        given = set(columns)
        return any(given >= set(key) for key in (self.key, *self.uniques) if key)


@dataclass(frozen=True, kw_only=True)
class DatabaseFacts:
    """Everything that was found, and what was not readable with the reason."""

    dialect: str
    tables: tuple[TableFacts, ...]
    skipped: dict[str, str]

"""Which tables have something to do with a deletion: by their foreign keys, as far as these are known.

    found = dependents_of(posts)
    found.following      # comments.post_id: on_delete="cascade", and comments keep their deleted rows
    found.holding        # votes.post_id: on_delete="restrict"
    owners_of(comments)  # comments.post_id → posts: a comment cannot be there without its post

With on_delete "set_null" and "set_default" nothing is written: a relation to a deleted row reads as none, and
is whole again when the row is restored. Rows of tables that keep nothing stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import NoReferencedTableError

from portico.db.scoping import keeper_of

_LOOSE: Final = frozenset({"SET NULL", "SET DEFAULT"})


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One foreign key: columns of the child, and what they refer to."""

    child: sa.Table
    columns: tuple[sa.Column[Any], ...]
    parent: sa.Table
    targets: tuple[sa.Column[Any], ...]
    cascades: bool

    def among(self, chosen: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """The condition for children of the parents that a condition chooses.

        MariaDB does not change a table that a subquery reads; it does where that is a derived table.
        """
        derived = sa.select(*self.targets).where(chosen).subquery()
        found = sa.select(*derived.c)
        first, *more = self.columns
        condition: sa.ColumnElement[bool] = sa.tuple_(first, *more).in_(found) if more else first.in_(found)
        return condition


@dataclass(frozen=True, slots=True)
class Dependents:
    """The foreign keys to one table that a deletion has to do with."""

    following: tuple[Reference, ...]
    holding: tuple[Reference, ...]

    def __bool__(self) -> bool:
        return bool(self.following or self.holding)


_known: WeakKeyDictionary[Any, tuple[int, Dependents]] = WeakKeyDictionary()


def dependents_of(table: sa.Table) -> Dependents:
    """The foreign keys to a table that matter to deletions; looked for again when there are more tables."""
    number = len(table.metadata.tables)
    found = _known.get(table)
    if found is None or found[0] != number:
        found = _known[table] = number, _dependents(table)
    return found[1]


def owners_of(table: sa.Table) -> tuple[Reference, ...]:
    """The foreign keys of a table to rows that may be deleted, and without which its own rows cannot be."""
    return tuple(one for one in _references(table) if keeper_of(one.parent) is not None)


def _dependents(table: sa.Table) -> Dependents:
    found = [
        one for child in table.metadata.tables.values() for one in _references(child) if one.parent is table
    ]
    return Dependents(
        following=tuple(one for one in found if one.cascades and keeper_of(one.child) is not None),
        holding=tuple(one for one in found if not one.cascades),
    )


def _references(table: sa.Table) -> Iterator[Reference]:
    for constraint in sorted(table.foreign_key_constraints, key=lambda one: tuple(one.column_keys)):
        action = (constraint.ondelete or "").upper()
        try:
            parent = constraint.referred_table
        except NoReferencedTableError:  # described nowhere, so nothing of it is deleted by us
            continue
        if action not in _LOOSE:
            yield Reference(
                child=table,
                columns=tuple(element.parent for element in constraint.elements),
                parent=parent,
                targets=tuple(element.column for element in constraint.elements),
                cascades=action == "CASCADE",
            )

"""What a query knows: frozen facts, understood and checked, that the compiler turns into SQL.

    State(model=Post).but(limit=10)

Every verb of `Query` gives a new state; nothing here touches a database.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapper

from portico.db.relations import Path, hooks
from portico.db.scoping import lifted
from portico.db.session import Database

from .conditions import Node, Operand, operand_of
from .prefetch import Prefetch

_KEY = "_portico_key"
_WHOLE = "_portico_whole"
DELETED = "deleted"
"""The name of the criterion that hides deleted rows."""
JoinKind = Literal["inner", "left", "right", "full", "cross"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Key:
    """One sort key; NULL is the smallest value unless ``nulls_first`` is said."""

    expression: ColumnElement[Any]
    name: str
    paths: tuple[Path, ...] = ()
    descending: bool = False
    nulls_first: bool | None = None
    may_be_null: bool = True
    named: bool = False
    """Whether it is the attribute of this name, and nothing else is said of it but what stands here."""

    def reversed(self) -> Key:
        """The same key from the other end."""
        nulls_first = None if self.nulls_first is None else not self.nulls_first
        return replace(self, descending=not self.descending, nulls_first=nulls_first)


@dataclass(frozen=True, kw_only=True, eq=False)
class Seek:
    """Only what comes after a place in the order of these keys; ``inclusive`` keeps a row at that place."""

    keys: tuple[Key, ...]
    values: tuple[Any, ...]
    inclusive: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column of a result of `values`."""

    expression: ColumnElement[Any]
    name: str | None
    paths: tuple[Path, ...] = ()
    named: bool = False
    """Whether it is the attribute of this name."""

    @property
    def labelled(self) -> ColumnElement[Any]:
        """The expression under its name."""
        return self.expression if self.name is None else self.expression.label(self.name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Join:
    """One explicit join: along a path, or to an entity on a condition."""

    entity: Any
    kind: JoinKind
    path: Path | None = None
    on: ColumnElement[bool] | None = None

    @property
    def multiplies(self) -> bool:
        """Whether one row of the model may become several."""
        return self.path is None or self.path.to_many


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """A query, taken apart.

    ``order`` None means the order of the model; ``unsorted`` that no order is wanted, since one row at most
    is meant. ``sliced`` is set by ``[a:b]``, after which narrowing is refused; ``full_join`` says whether the
    database has one. ``seek`` says where to begin; ``backwards`` that the order is turned round and the rows
    are to be given in their own order all the same. ``asked`` are the conditions as they were given, from
    which ``where`` was made; None where some were not given as such. ``deleted`` says that rows which are
    marked as deleted are among them.
    """

    model: type[Any]
    database: Database | None = None
    where: tuple[Node, ...] = ()
    asked: tuple[Any, ...] | None = ()
    everything: bool = False
    order: tuple[Key, ...] | None = None
    limit: int | None = None
    offset: int = 0
    distinct: bool = False
    only: tuple[str, ...] | None = None
    columns: tuple[Column, ...] = ()
    prefetches: tuple[Prefetch, ...] = ()
    joins: tuple[Join, ...] = ()
    lock: Mapping[str, bool] | None = None
    sliced: bool = False
    full_join: bool = True
    unsorted: bool = False
    seek: Seek | None = None
    backwards: bool = False
    deleted: bool = False

    def but(self, **changes: Any) -> State:
        """The same query with something changed."""
        made = object.__new__(State)
        held = made.__dict__
        held.update(self.__dict__)
        if "where" in changes:
            held["asked"] = None
        held.update(changes)
        return made

    @property
    def mapper(self) -> Mapper[Any]:
        """SQLAlchemy's mapper of the model."""
        found: Mapper[Any] = sa.inspect(self.model)
        return found

    @property
    def chosen_database(self) -> Database:
        """The database given by `using`, or the one in use here."""
        return self.database or hooks.database_of(self.model)

    def suited(self, database: Database) -> State:
        """The same query, knowing what the database lacks."""
        return self.but(full_join=database.capabilities.full_join)

    @property
    def is_sliced(self) -> bool:
        """Whether a limit or an offset was set."""
        return self.limit is not None or self.offset > 0

    @property
    def multiplies(self) -> bool:
        """Whether explicit joins may give one row of the model several times."""
        return any(join.multiplies for join in self.joins)

    def reach(self) -> AbstractContextManager[None]:
        """To be open while a statement of the query is sent: it sees deleted rows where that was asked."""
        return lifted((DELETED, cast("sa.Table", self.mapper.local_table))) if self.deleted else nullcontext()

    def drawn(self, rows: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        """The rows of a statement that arrive one after the other, with that open at each step of it."""
        return self._drawn(rows) if self.deleted else rows

    async def _drawn(self, rows: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        async with aclosing(rows):
            while True:
                # Not around the loop: whoever takes the rows would be inside of it between two of them.
                with self.reach():
                    try:
                        row = await anext(rows)
                    except StopAsyncIteration:
                        return
                yield row


def whole(model: type[Any]) -> State:
    """The query about everything, where nobody says which database is meant."""
    mapper: Mapper[Any] = sa.inspect(model)
    found: State | None = mapper.__dict__.get(_WHOLE)
    if found is None:
        found = mapper.__dict__[_WHOLE] = State(model=model)
    return found


def key_columns(model: type[Any]) -> list[Any]:
    """The attributes of the primary key, in key order."""
    mapper: Mapper[Any] = sa.inspect(model)
    return [mapper.class_manager[mapper.get_property_by_column(column).key] for column in mapper.primary_key]


def key_operands(model: type[Any]) -> list[Operand]:
    """The primary key as what values are compared with."""
    mapper: Mapper[Any] = sa.inspect(model)
    found: list[Operand] | None = mapper.__dict__.get(_KEY)
    if found is None:
        found = [operand_of(None, attribute, attribute.key, mapper) for attribute in key_columns(model)]
        mapper.__dict__[_KEY] = found
    return found


def names_of(names: Iterable[Any]) -> str:
    """Names as a sentence shows them."""
    return ", ".join(str(name) for name in names)

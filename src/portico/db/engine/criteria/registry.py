"""Which conditions belong to which tables.

    register_criterion(Criterion("tenant", posts, lambda rows: rows.c.tenant_id == the_tenant()))

A criterion lives as long as its table. ``condition`` is given the table or an alias of it, whatever the
statement reads from, and is asked once for each text of a statement; what differs from one execution to the
next is a ``bindparam(None, callable_=…, type_=…)``.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Final, cast
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper

_KEY: Final = "portico_criteria"
_MODELS: Final = "portico_models"


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """A condition that every statement about a table carries, unless ``name`` is lifted.

    One that gives no condition only keeps SQL in text from naming the table.
    """

    name: str
    table: sa.Table
    condition: Callable[[sa.FromClause], sa.ColumnElement[bool] | None]


class _Known:
    """What is registered in this process; ``version`` changes with every registration."""

    def __init__(self) -> None:
        self.version = 0
        self.tables: dict[str, WeakSet[sa.Table]] = {}
        self.told: WeakSet[Any] = WeakSet()


_known: Final = _Known()


def register_criterion(criterion: Criterion) -> None:
    """Let no statement about this table go without the condition, from now on and on every engine."""
    kept: tuple[Criterion, ...] = criterion.table.info.get(_KEY, ())
    criterion.table.info[_KEY] = (*kept, criterion)
    _known.tables.setdefault(criterion.table.name.lower(), WeakSet()).add(criterion.table)
    _known.version += 1
    for engine in list(_known.told):
        engine.criteria_begin()


def is_of_models(table: Any) -> bool:
    """Whether a table is described where classes are mapped, and is not only named by a statement.

    Another application's models, or those of another database, may well have a table of the same name.
    """
    return isinstance(table, sa.Table) and _MODELS in table.metadata.info


@event.listens_for(Mapper, "after_mapper_constructed")
def _mapped(mapper: Mapper[Any], _cls: type[Any]) -> None:
    table: Any = mapper.local_table
    if isinstance(table, sa.Table):
        table.metadata.info[_MODELS] = True


def version() -> int:
    """Another number after every registration; 0 while there is none."""
    return _known.version


def tell(engine: Any) -> None:
    """Call ``criteria_begin`` of this object as soon as there is a criterion, and at each further one."""
    _known.told.add(engine)
    if _known.version:
        engine.criteria_begin()


def original(table: sa.Table) -> sa.Table:
    """The table itself, for one that SQLAlchemy has annotated; what belongs to no metadata is itself."""
    metadata: sa.MetaData | None = getattr(table, "metadata", None)
    return table if metadata is None else metadata.tables.get(table.key, table)


def criteria_of(table: sa.Table) -> tuple[Criterion, ...]:
    """The criteria of a table, in the order in which they came."""
    return cast("tuple[Criterion, ...]", original(table).info.get(_KEY, ()))


def tables_named(name: str) -> list[sa.Table]:
    """The tables of this name that have a criterion; case does not matter."""
    return list(_known.tables.get(name.lower(), ()))


def known_names() -> Set[str]:
    """The names of tables that have ever had a criterion, in lower case."""
    return _known.tables.keys()

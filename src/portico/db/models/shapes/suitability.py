"""Which classes are written without an object: those for which nobody could tell the difference.

    unsuited_because(User)       # None, or "User has a constructor of its own"

A statement that was compiled once knows columns and values. Whatever looks at an object on its way (a
constructor, a validator, a listener), or at a statement, or spreads a row over tables, has to be asked, so
rows of such classes are written as ever. Decided once for each class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapper

from portico.db.models.inheritance import has_several_tables
from portico.db.models.keys import mapper_of
from portico.db.models.schemas import column_specs

Init = TypeVar("Init", bound="Callable[..., None]")

_FILLS: Final = "__portico_fills__"
_WRITES: Final = (
    "before_insert",
    "after_insert",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
)
_LOADS: Final = ("load", "refresh")
_OURS: Final = "portico."
"""Portico listens to sessions itself, to flushes, which single statements are not."""


def constructor(*, fills: bool) -> Callable[[Init], Init]:
    """Mark an ``__init__`` that only assigns what it is given; if it ``fills``, also the other defaults."""

    def marked(init: Init) -> Init:
        setattr(init, _FILLS, fills)
        return init

    return marked


def fills_defaults(cls: type[Any]) -> bool:
    """Whether a new object holds the defaults at once; others get theirs from the statement."""
    return getattr(_init_of(mapper_of(cls)), _FILLS, False)


def unsuited_because(cls: type[Any]) -> str | None:
    """Why rows of a class cannot be written without an object; None where they can."""
    return next((f"{cls.__name__} {reason}" for reason in _reasons(cls)), None)


def statements_are_watched() -> bool:
    """Whether listeners of the application see every session, and with it every statement for objects."""
    dispatch = orm.Session().dispatch
    names = (name for name in dir(orm.events.SessionEvents) if not name.startswith("_"))
    heard = (one for name in names if name != "dispatch" for one in getattr(dispatch, name, ()))
    return any(not str(getattr(one, "__module__", "")).startswith(_OURS) for one in heard)


def _reasons(cls: type[Any]) -> Iterator[str]:
    mapper = mapper_of(cls)
    several = has_several_tables(cls) or mapper.inherits is not None or mapper.polymorphic_on is not None
    if several or not is_table(mapper.local_table):
        yield "shares its table with other classes, or has several"
    if not _only_assigns(mapper) or overrides(cls, "__new__"):
        yield "has a constructor of its own"
    if overrides(cls, "__setattr__"):
        yield "has a __setattr__ of its own"
    if any(map(_is_watched, _listeners(mapper))):
        yield "has listeners"
    if any(name in mapper.validators for name in column_specs(cls)):
        yield "has validators of SQLAlchemy"
    if any(map(_looks_at_updates, mapper.columns)):
        yield "has a column whose new value depends on the statement"


def is_table(found: object) -> bool:
    """Whether a class is mapped to a table, and not to a join or a select."""
    return isinstance(found, sa.Table)


def overrides(cls: type[Any], name: str) -> bool:
    """Whether a class has another method of this name than every object has."""
    return getattr(cls, name) is not getattr(object, name)


def _init_of(mapper: Mapper[Any]) -> Any:
    return mapper.class_manager.original_init


def _only_assigns(mapper: Mapper[Any]) -> bool:
    init = _init_of(mapper)
    return hasattr(init, _FILLS) or init is orm.registry().constructor


def _listeners(mapper: Mapper[Any]) -> Iterator[Any]:
    manager = mapper.class_manager
    yield from (getattr(mapper.dispatch, name) for name in _WRITES)
    yield from (getattr(manager.dispatch, name) for name in _LOADS)
    # SQLAlchemy's own listener configures the mappers.
    yield [one for one in manager.dispatch.init if one.__module__ != "sqlalchemy.orm.mapper"]
    yield from (manager[name].dispatch.set for name in column_specs(mapper.class_))


def _is_watched(listeners: Any) -> bool:
    return len(listeners) > 0


def wants_context(default: Any) -> bool:
    """Whether a function that makes the values of a column is given the statement that it is called for."""
    return bool(default.is_callable) and bool(default.compare_argument(default.arg))


def _looks_at_updates(column: Any) -> bool:
    made = getattr(column, "onupdate", None)
    return isinstance(made, sa.ColumnDefault) and wants_context(made)

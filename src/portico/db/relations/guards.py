"""Reading what was not loaded raises our error, instead of MissingGreenlet or a wrong None.

    guard_columns(Post)             # once per class: columns
    close_deferred(posts)           # after a query that left columns out
    select(Post).options(*no_lazy(Post))      # plain classes with lazy="select" relations

Raises `NotLoadedError` that names model, attribute and the call which loads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import (
    InstanceState,
    Load,
    LoaderCallableStatus,
    Mapper,
    PassiveFlag,
    RelationshipProperty,
)
from sqlalchemy.orm.interfaces import LoaderStrategy
from sqlalchemy.util.concurrency import in_greenlet

from portico.errors import NotLoadedError

from .spec import spec_of_relation

_CLOSED = "portico_closed"
_SURPRISING = frozenset({"select", True, "raise", "raise_on_sql"})
_EAGER = frozenset({"joined", False, "selectin", "subquery", "immediate"})
_DEPTH = 2


def guard_columns(cls: type[Any]) -> None:
    """Reading a column that this object did not load raises `NotLoadedError`."""
    mapper: Mapper[Any] = sa.inspect(cls)
    manager = mapper.class_manager
    inner = manager.expired_attribute_loader

    def load(state: InstanceState[Any], toload: set[str], passive: PassiveFlag) -> None:
        if not in_greenlet() or state.session is None:
            raise column_not_loaded(cls, *sorted(toload))
        inner(state, toload, passive)  # a session at work, which may read what it needs

    manager.expired_attribute_loader = load


def column_not_loaded(cls: type[Any], *names: str) -> NotLoadedError:
    """The error for a column; for several where SQLAlchemy does not say which one was read."""
    named = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return NotLoadedError(
        f"{cls.__name__}.{named} was not loaded for this object.",
        model=cls.__name__,
        attribute=names[0],
        hint=f'Leave it in the query: .only(…, "{names[0]}"), or read it: await obj.refresh("{names[0]}").',
    )


def relation_not_loaded(owner: Any, relation: RelationshipProperty[Any]) -> NotLoadedError:
    """The error for a relation, naming the calls that load it."""
    cls: Any = owner.__class__
    model, key = cls.__name__, relation.key
    if hasattr(cls, "load"):
        hint = f'Ask for it in the query: .prefetch("{key}"), or load it now: await obj.load("{key}").'
    else:
        hint = f'Ask for it in the query: .prefetch("{key}").'
    return NotLoadedError(f"{model}.{key} was not loaded.", model=model, attribute=key, hint=hint)


def close_deferred(instances: Iterable[Any]) -> None:
    """Columns that a query left out must not be fetched one by one later."""
    keys: dict[type[Any], frozenset[str]] = {}
    for instance in instances:
        cls = instance.__class__
        if cls not in keys:
            mapper: Mapper[Any] = sa.inspect(cls)
            keys[cls] = frozenset(mapper.column_attrs.keys())
        state: InstanceState[Any] = sa.inspect(instance)
        missing = keys[cls].difference(state.dict)
        if missing:
            state.callables = dict(state.callables) | {name: _ClosedColumn(cls, name) for name in missing}
            state.expired_attributes.difference_update(missing)


def no_lazy(entity: Any) -> tuple[Any, ...]:
    """Loader options for a plain mapped class: relations that would load by surprise raise ours instead.

    Also on what its eager relations bring along, two levels deep. Nothing for classes of our own.
    """
    mapper: Mapper[Any] = sa.inspect(entity).mapper
    found: tuple[Any, ...] | None = mapper.__dict__.get("_portico_no_lazy")
    if found is None:
        found = mapper.__dict__["_portico_no_lazy"] = tuple(_closings(Load(mapper), mapper, ()))
    return found


def _closings(load: Any, mapper: Mapper[Any], walked: tuple[RelationshipProperty[Any], ...]) -> Iterator[Any]:
    for relation in mapper.relationships:
        attribute = mapper.class_manager[relation.key]
        if spec_of_relation(relation) is not None:
            continue
        if relation.lazy in _SURPRISING:
            yield load._set_relationship_strategy(attribute, {"lazy": _CLOSED})  # noqa: SLF001 -- no public name
        elif relation.lazy in _EAGER and relation not in walked and len(walked) < _DEPTH:
            yield from _closings(load.defaultload(attribute), relation.mapper, (*walked, relation))


@dataclass(frozen=True)
class _Closed:
    """What an unloaded relation of one object answers with; plain data, so that objects can be pickled."""

    cls: type[Any]
    key: str

    def __call__(self, state: InstanceState[Any], passive: PassiveFlag, *_: Any) -> Any:
        mapper: Mapper[Any] = sa.inspect(self.cls)
        relation = mapper.relationships[self.key]
        if in_greenlet() and state.session is not None:  # a flush, which may read what it needs
            lazy: Any = relation._lazy_strategy  # noqa: SLF001 -- what SQLAlchemy itself falls back on
            return lazy._load_for_state(state, passive)  # noqa: SLF001 -- the same
        if not passive & PassiveFlag.SQL_OK or passive & PassiveFlag.NO_RAISE:
            return LoaderCallableStatus.PASSIVE_NO_RESULT
        raise relation_not_loaded(state.obj(), relation)


@dataclass(frozen=True)
class _ClosedColumn:
    """What a column that was left out of one object answers with; plain data too."""

    cls: type[Any]
    key: str

    def __call__(self, state: InstanceState[Any], passive: PassiveFlag, *_: Any) -> Any:
        if not passive & PassiveFlag.SQL_OK:
            return LoaderCallableStatus.PASSIVE_NO_RESULT
        if not in_greenlet() or state.session is None:
            raise column_not_loaded(self.cls, self.key)
        del state.callables[self.key]
        state.expired_attributes.add(self.key)
        return state._load_expired(state, passive)  # noqa: SLF001 -- how SQLAlchemy reads an expired column


@RelationshipProperty.strategy_for(lazy=_CLOSED)
class _ClosedLoader(LoaderStrategy):
    """The loader strategy behind `no_lazy`: each object that is read gets a `_Closed`."""

    def create_row_processor(self, *args: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- all come by position
        mapper, populators = args[4], args[7]
        states: Any = InstanceState
        closed = _Closed(mapper.class_, self.key)
        install = states._instance_level_callable_processor(  # noqa: SLF001 -- as raiseload() does it
            mapper.class_manager, closed, self.key
        )
        populators["new"].append((self.key, install))

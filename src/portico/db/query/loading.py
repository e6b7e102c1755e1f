"""What is loaded with the objects of a query: relations asked for, relations that load unasked, columns.

    await load_all(state, database, posts)

One statement for each relation. A relation declared with ``loading="selectin"`` (or a model or database set
so) loads one level unasked. Raises `UnknownNameError` for a relation or column that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, load_only

from portico._kernel.suggest import unknown_name
from portico.db.relations import (
    LoadOptions,
    close_deferred,
    hooks,
    load_relation,
    path_of,
    spec_of_relation,
)
from portico.db.session import Database
from portico.errors import UsageError

from .compiled import OWN_ORDER, QueryOfTargets, compiled_targets
from .conditions import find_operand, relation_named_by, relation_path
from .prefetch import Prefetch
from .state import State
from .statements import effective_order, kept_columns, sorted_by

UNASKED = "selectin"


def prefetches_of(state: State, given: Iterable[Any]) -> tuple[Prefetch, ...]:
    """What `prefetch` was given, understood."""
    return tuple(_prefetch(state, each) for each in given)


def _prefetch(state: State, given: Any) -> Prefetch:
    given = relation_named_by(given) or given
    if isinstance(given, str):
        given = Prefetch(given)
    if not isinstance(given, Prefetch):
        raise UsageError(f"prefetch() takes names, relations and Prefetch, not {type(given).__name__}.")
    target = relation_path(state.model, given.steps).mapper
    if (
        given.query is not None
        and not target.isa(given.query.state.mapper)
        and not given.query.state.mapper.isa(target)
    ):
        raise UsageError(
            f"Prefetch({given.name!r}) loads {target.class_.__name__}, and its query is about "
            f"{given.query.state.model.__name__}."
        )
    if given.query is not None and (given.query.state.offset or given.query.state.columns):
        raise UsageError(
            "The query of a Prefetch has no offset and no values().", hint="Use its limit, per parent."
        )
    return given


def only_names(state: State, given: Iterable[Any]) -> tuple[str, ...]:
    """The column names that `only` was given."""
    return tuple(_only_name(state, each) for each in given)


def _only_name(state: State, given: Any) -> str:
    columns = state.mapper.column_attrs
    name = given if isinstance(given, str) else getattr(given, "key", None)
    if name is None or relation_named_by(given) is not None or path_of(given) is not None:
        raise UsageError("only() takes columns of the model itself.", hint="For relations use prefetch().")
    if name not in columns:
        if isinstance(given, str):
            find_operand(state.model, given)
        raise unknown_name(
            f"{state.model.__name__} has no column {name!r} to load.", str(name), list(columns.keys())
        )
    return str(name)


async def load_all(state: State, database: Database, instances: Sequence[Any]) -> None:
    """Load every relation that was asked for or loads unasked."""
    asked = {each.steps[0] for each in state.prefetches}
    # Who asks for some columns only does not mean whole relations.
    for name in _unasked(state.mapper, database) if state.only is None else ():
        if name not in asked:
            await _load_plainly(database, instances, name)
    for prefetch in state.prefetches:
        if not prefetch.closed:
            await _load(database, instances, prefetch)


async def _load(database: Database, instances: Sequence[Any], prefetch: Prefetch) -> None:
    *before, last = prefetch.steps
    for name in before:
        instances = await _load_plainly(database, instances, name)
        if not instances:
            return
    state: State | None = prefetch.query.state if prefetch.query is not None else None
    if state is None and prefetch.limit is None:
        await _load_plainly(database, instances, last)
        return
    with nullcontext() if state is None else state.reach():
        targets = await load_relation(database, instances, last, _options(state, prefetch.limit))
    if state is not None and targets:
        if state.only is not None:
            close_deferred(targets)
        await load_all(state, database, targets)


async def _load_plainly(database: Database, instances: Sequence[Any], name: str) -> Sequence[Any]:
    """All targets, in the order of the relation, or else in that of their model."""
    return await load_relation(database, instances, name, _own_order(instances, name))


def _own_order(instances: Sequence[Any], name: str) -> LoadOptions:
    mapper: Mapper[Any] = sa.inspect(instances[0]).mapper
    relation = mapper.relationships[name]
    found: LoadOptions | None = vars(relation).get(OWN_ORDER)
    if found is None:
        found = vars(relation)[OWN_ORDER] = _options_of_own_order(relation)
    return found


def _options_of_own_order(relation: RelationshipProperty[Any]) -> LoadOptions:
    target: type[Any] = relation.mapper.class_
    if not relation.uselist or relation.order_by or not getattr(target, "__portico_ordering__", ()):
        return LoadOptions()
    keys = effective_order(State(model=target))
    if any(key.paths for key in keys):
        return _options(State(model=target), None)
    return LoadOptions(order_by=tuple(sorted_by(keys)))


def _options(state: State | None, limit: int | None) -> LoadOptions:
    if state is None:
        return LoadOptions(limit=limit, refresh=True)
    return replace(
        options_of(state),
        limit=state.limit if limit is None else limit,
        options=(load_only(*kept_columns(state)),) if state.only is not None else (),
    )


def options_of(state: State) -> LoadOptions:
    """What a query of targets asks of a load: its conditions, joins and order."""
    return LoadOptions(query=QueryOfTargets(state), refresh=True)


def _unasked(mapper: Mapper[Any], database: Database) -> list[str]:
    """The relations that load with every object of the class."""
    everywhere = getattr(mapper.class_, "__portico_loading__", None) or getattr(database, "loading", None)
    found: list[str] = []
    for relation in mapper.relationships:
        spec = spec_of_relation(relation)
        how = spec.loading if spec is not None and spec.loading is not None else everywhere
        if spec is not None and how == UNASKED:
            found.append(relation.key)
    return found


hooks.targets = compiled_targets

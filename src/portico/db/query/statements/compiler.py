"""From a query's state to SQLAlchemy statements; the same ones for every database.

    compile_select(Post.filter(author__username="ann").limit(10))     # Select, not yet run

`compile_select` gives the objects or, after `values`, the rows; `compile_count` and `compile_exists` their
number and whether there are any; `compile_keys` the keys, for subqueries, updates and deletes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import join as orm_join
from sqlalchemy.orm import load_only

from portico.db.query.conditions import Leaf, Scope, paths_of, place
from portico.db.query.constructs import Sorted
from portico.db.query.state import Column, Join, Key, State, key_columns, names_of
from portico.db.relations import Path
from portico.errors import UsageError

from .fulljoin import halves, needs_two, together
from .joins import joined
from .ordering import effective_order, sorted_by
from .seeking import beyond, other_side, positions


class Question(Protocol):
    """Anything with the state of a query."""

    state: State


def compile_select(query: Question) -> Select[Any]:
    """The statement that a query runs when it is awaited."""
    state = query.state
    return select_rows(state) if state.columns else select_objects(state)


class _Draft:
    """One SELECT in the making: what is asked for decides what is joined."""

    def __init__(self, state: State) -> None:
        self.state = state
        along = tuple(join.path for join in state.joins if join.path is not None)
        free = tuple(join.entity for join in state.joins if join.path is None)
        self.scope = Scope(state.model, *free, available=along)
        self.where = [place(node, self.scope) for node in state.where]
        if state.seek is not None:
            for key in state.seek.keys:
                self.reach(f"The order {key.name!r}", key.paths)
            self.where.append(beyond(state.seek))

    def reach(self, what: str, paths: Iterable[Path]) -> None:
        """Join the to-one paths of an expression outside of the conditions."""
        for path in paths:
            if self.scope.first_many(path) is not None:
                raise UsageError(
                    f"{what} goes through {path.name}, which may be many.",
                    hint=f"Join it first: .join({path.name!r}); each pair is then a row.",
                )
            self.scope.reach(path)

    def ordered(self, keys: Iterable[Key]) -> list[Sorted]:
        """ORDER BY, with the joins it needs."""
        keys = list(keys)
        for key in keys:
            self.reach(f"The order {key.name!r}", key.paths)
        # Rows without a partner have NULL in columns that are never NULL in their table.
        lonely = any(join.kind not in {"inner", "cross"} for join in self.state.joins)
        return sorted_by(replace(key, may_be_null=True) for key in keys) if lonely else sorted_by(keys)

    def source(self, joins: Iterable[Join] | None = None) -> Any:
        """FROM: the model, the explicit joins, then the to-one paths."""
        source: Any = self.state.model
        for join in self.state.joins if joins is None else joins:
            source = joined(source, join)
        for path in self.scope.joins:
            source = orm_join(source, path.alias, path.join_target, isouter=True)
        return source

    def finish(self, statement: Select[Any], keys: Iterable[Key] = ()) -> Select[Any]:
        """The rest of the statement."""
        order = self.ordered(keys)
        return _sliced(statement.select_from(self.source()).where(*self.where).order_by(*order), self.state)


def _sliced(statement: Select[Any], state: State) -> Select[Any]:
    if state.limit is not None:
        statement = statement.limit(state.limit)
    return statement.offset(state.offset) if state.offset else statement


def select_objects(state: State) -> Select[Any]:
    """Objects of the model, each once."""
    refuse_outer_joins(state)
    if state.multiplies:
        state = narrowed(state)
    statement = _Draft(state).finish(sa.select(state.model), effective_order(state))
    if state.only is not None:
        statement = statement.options(load_only(*kept_columns(state)))
    return _locked(statement, state)


def _locked(statement: Select[Any], state: State) -> Select[Any]:
    return statement if state.lock is None else statement.with_for_update(of=state.model, **state.lock)


def select_unsliced(state: State) -> Select[Any]:
    """Objects as a relation loader wants them: it brings its own limit and columns."""
    return select_objects(state.but(limit=None, only=None))


def select_placed(state: State) -> Select[Any]:
    """Objects, the values of their sort keys, and whether a seek leaves any out."""
    statement = select_objects(state).add_columns(*positions(effective_order(state)))
    if state.seek is None:
        return statement
    return statement.add_columns(behind(state).label("portico_behind"))


def behind(state: State) -> ColumnElement[bool]:
    """Whether a seek leaves anything out."""
    assert state.seek is not None  # noqa: S101 -- for type checkers: only asked of queries that seek
    others = state.but(seek=other_side(state.seek), limit=None, offset=0)
    chosen: Select[Any] = _Draft(others).finish(sa.select(sa.literal_column("1")))
    return chosen.correlate(None).exists()


def refuse_outer_joins(state: State) -> None:
    """Right and full joins have rows without an object of the model."""
    for join in state.joins:
        if join.kind in {"right", "full"}:
            raise UsageError(
                f"A {join.kind} join gives rows without a {state.model.__name__}.",
                hint="Ask for values(...).",
            )


def narrowed(state: State) -> State:
    """The same objects without the joins: those whose key the joined query gives."""
    for key in effective_order(state):
        if any(path.to_many for path in key.paths):
            raise UsageError(
                f"The order {key.name!r} has several values for one {state.model.__name__}.",
                hint="Ask for values(...), where each pair is a row.",
            )
    chosen = compile_keys(state.but(order=(), limit=None, offset=0))
    return state.but(joins=(), where=(Leaf(key_in(state, chosen), (), total=True),))


def key_in(state: State, chosen: Select[Any]) -> ColumnElement[bool]:
    """The key is in a subselect, read through a derived table.

    MariaDB neither limits inside IN nor changes a table that a subquery reads; a derived table is neither.
    """
    parts = key_columns(state.model)
    derived = chosen.subquery()
    among = sa.select(*derived.c)
    return parts[0].in_(among) if len(parts) == 1 else sa.tuple_(*parts).in_(among)


def compile_keys(state: State) -> Select[Any]:
    """The keys of the objects."""
    if state.multiplies and state.is_sliced:
        state = narrowed(state)
    draft = _Draft(state)
    statement: Any = sa.select(*key_columns(state.model))
    if state.multiplies:
        statement = statement.distinct()
    return draft.finish(statement, effective_order(state) if state.is_sliced else ())


def compose(state: State, paths: Iterable[Path], what: str) -> tuple[Any, list[ColumnElement[bool]]]:
    """FROM and WHERE of a query that reads these to-one paths too, for a statement of another shape."""
    draft = _Draft(state)
    draft.reach(what, paths)
    return draft.source(), draft.where


def own_conditions(state: State) -> list[ColumnElement[bool]] | None:
    """The conditions where they are about the row alone; None where a relation comes in."""
    if state.seek is not None or any(paths_of(node) for node in state.where):
        return None
    return _Draft(state).where


def select_rows(state: State) -> Select[Any]:
    """The rows of `values` and `values_list`."""
    keys = effective_order(state)
    if state.distinct:
        _refuse_hidden_order(state, keys)
    if needs_two(state):
        return _sliced(together(state, keys, [select_rows(half) for half in halves(state, keys)]), state)
    draft = _Draft(state)
    statement: Any = sa.select(*_output(draft, state.columns))
    finished = draft.finish(statement.distinct() if state.distinct else statement, keys)
    # Distinct rows are no longer rows of a table, which could be locked.
    return finished if state.distinct else _locked(finished, state)


def _output(draft: _Draft, columns: Iterable[Column]) -> list[ColumnElement[Any]]:
    output: list[ColumnElement[Any]] = []
    for column in columns:
        draft.reach(f"The column {column.name!r}", column.paths)
        output.append(column.labelled)
    return output


def _refuse_hidden_order(state: State, keys: Iterable[Key]) -> None:
    shown = {hash(_plain(column.expression)) for column in state.columns}
    hidden = [key.name for key in keys if hash(_plain(key.expression)) not in shown]
    if hidden:
        raise UsageError(
            f"Distinct rows cannot be sorted by {names_of(hidden)}, which they do not show.",
            hint="Add it to values(...), or take distinct() away.",
        )


def _plain(expression: Any) -> Any:
    """The column behind an attribute; annotated columns keep the hash of the column they stand for."""
    return expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression


def compile_count(state: State) -> Select[Any]:
    """How many objects or rows the query gives."""
    counted: Select[Any] = sa.select(sa.func.count())
    if state.columns and (state.is_sliced or state.distinct or needs_two(state)):
        return counted.select_from(select_rows(state.but(lock=None)).subquery())
    if not state.columns and (state.is_sliced or state.multiplies):
        # In whatever order they are counted, as many there are.
        return counted.select_from(compile_keys(state.but(unsorted=True)).subquery())
    return _Draft(state).finish(counted)


def compile_exists(state: State) -> Select[Any]:
    """Whether the query gives anything."""
    if state.columns and needs_two(state):
        inner: Any = select_rows(state)
    else:
        inner = _Draft(state).finish(sa.select(sa.literal_column("1")))
    return sa.select(inner.exists())


def kept_columns(state: State) -> list[Any]:
    """What `only` loads: what was named, and what an object cannot be saved or followed without."""
    mapper = state.mapper
    version = mapper.version_id_col
    names = dict.fromkeys(state.only or ())
    names.update(dict.fromkeys(attribute.key for attribute in key_columns(state.model)))
    names.update(dict.fromkeys(getattr(state.model, "__portico_always__", ())))
    if version is not None:
        names[mapper.get_property_by_column(version).key] = None
    for prefetch in state.prefetches:
        # Related rows are found by these.
        for column in mapper.relationships[prefetch.steps[0]].local_columns:
            names[mapper.get_property_by_column(column).key] = None
    return [mapper.class_manager[name] for name in names]

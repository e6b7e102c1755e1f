"""Rows gathered into groups, each with its metrics; without groups, all rows are one.

    rows = await grouped(Post.filter(published=True), Grouping(
        groups=["author__username", "created_at__year"], metrics=[Metric("count")],
        having=[Having(Metric("count"), "gte", 5)], order=[SortedBy(Metric("count"), descending=True)]))
    rows[0]     # (("ann", 2026), (12,))

A group without a value is a group: its key is None. Groups come in the order asked for and then by their
keys, NULL first, so that the order is the same every time. One statement. Raises `UnknownNameError` for a
name that does not exist, `UsageError` for a key that is many or has no order, `InvalidError` for a value that
cannot be compared and for a sum beyond what the database can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from portico._kernel.doors import register_doors
from portico.db.query.conditions import Kind, Leaf, Operand, find_operand
from portico.db.query.conditions.lookups import LOOKUPS
from portico.db.query.constructs import Sorted
from portico.db.query.selection import Selection
from portico.db.query.state import State
from portico.db.query.statements import compile_keys, compose, key_in, refuse_outer_joins
from portico.db.session import run
from portico.errors import UsageError

from .metrics import Measured, Metric, measured
from .totals import ByValue

GroupRow = tuple[tuple[Any, ...], tuple[Any, ...]]
"""The keys of a group, and its metrics."""
_WITHOUT_ORDER = frozenset({Kind.JSON, Kind.ARRAY, Kind.PASSWORD, Kind.OTHER, Kind.BINARY})


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on a metric: only groups for which it holds."""

    metric: Metric
    lookup: str
    value: Any


@dataclass(frozen=True, slots=True)
class SortedBy:
    """A sort key: a metric, or one of the groups by its name."""

    key: Metric | str
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """What to group by, what to ask of each group, which groups, in which order and how many."""

    groups: Sequence[str] = ()
    metrics: Sequence[Metric] = ()
    having: Sequence[Having] = ()
    order: Sequence[SortedBy] = ()
    limit: int | None = None

    @property
    def fields(self) -> Iterator[str]:
        """Every field that is read."""
        yield from self.groups
        ordered = (one.key for one in self.order if isinstance(one.key, Metric))
        for metric in (*self.metrics, *(one.metric for one in self.having), *ordered):
            if metric.field is not None:
                yield metric.field


async def grouped(query: Selection[Any], grouping: Grouping) -> list[GroupRow]:
    """The groups of a query's rows with their metrics."""
    state = distinct_rows(query.state)
    keys = [group_key(state.model, name) for name in grouping.groups]
    asked = [measured(state.model, metric) for metric in grouping.metrics]
    statement = _statement(state, grouping, keys, asked)
    with state.reach():
        found = await run(state.chosen_database, statement)
    return [_read(tuple(row), len(keys), asked) for row in found.all()]


def _statement(
    state: State, grouping: Grouping, keys: Sequence[Operand], asked: Sequence[Measured]
) -> sa.Select[Any]:
    operands = [find_operand(state.model, name) for name in grouping.fields]
    source, where = compose(state, [one.path for one in operands if one.path is not None], "The summary")
    columns = [key.expression for key in keys] + [column for one in asked for column in one.columns]
    statement: Any = (
        sa.select(*(column.label(f"c{number}") for number, column in enumerate(columns)))
        .select_from(source)
        .where(*where)
        .having(*(_condition(state, one) for one in grouping.having))
        .order_by(*(_sort(state, keys, one) for one in grouping.order), *(_sorted(key) for key in keys))
    )
    if keys:
        statement = statement.group_by(*(key.expression for key in keys))
    found: sa.Select[Any] = statement if grouping.limit is None else statement.limit(grouping.limit)
    return found


def _condition(state: State, asked: Having) -> ColumnElement[bool]:
    return LOOKUPS[asked.lookup].build(measured(state.model, asked.metric).compared, asked.value)


def distinct_rows(state: State) -> State:
    """The query as one that gives each row of its model once."""
    refuse_outer_joins(state)
    if state.columns:
        raise UsageError("Rows of values() cannot be grouped.", hint="Group the query itself.")
    return by_keys(state) if state.multiplies or state.is_sliced else state


def by_keys(state: State) -> State:
    """The same rows, chosen by their keys alone."""
    chosen = compile_keys(state if state.is_sliced else state.but(order=()))
    among = Leaf(key_in(state, chosen), (), total=True)
    return State(model=state.model, database=state.database, where=(among,), deleted=state.deleted)


def group_key(model: type[Any], name: str) -> Operand:
    """A field, or a part of one, as what rows are grouped by."""
    operand = find_operand(model, name)
    if operand.kind in _WITHOUT_ORDER:
        raise UsageError(f"{operand.model}.{operand.name} ({operand.kind.value}) cannot be grouped by.")
    return operand


def _sort(state: State, keys: Sequence[Operand], asked: SortedBy) -> Sorted:
    if isinstance(asked.key, Metric):
        return _sorted(measured(state.model, asked.key).compared, descending=asked.descending)
    wanted = find_operand(state.model, asked.key)
    for key in keys:
        if (key.name, key.path) == (wanted.name, wanted.path):
            return _sorted(key, descending=asked.descending)
    raise UsageError(f"Groups cannot be sorted by {asked.key!r}.", hint="Sort by a metric or a group.")


def _sorted(operand: Operand, *, descending: bool = False) -> Sorted:
    return Sorted(comparable(operand), descending=descending)


def comparable(operand: Operand) -> ColumnElement[Any]:
    """The expression as one that is ordered by value everywhere."""
    decimal = operand.kind is Kind.DECIMAL and not isinstance(operand.expression, ByValue)
    return ByValue(operand.expression) if decimal else operand.expression


def _read(row: tuple[Any, ...], keys: int, asked: Sequence[Measured]) -> GroupRow:
    values: list[Any] = []
    at = keys
    for one in asked:
        values.append(one.read(row[at : at + len(one.columns)]))
        at += len(one.columns)
    return row[:keys], tuple(values)


register_doors("db/query", reads=["grouped"])

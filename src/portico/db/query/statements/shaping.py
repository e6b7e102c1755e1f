"""The shapes of queries: plain columns instead of objects, in statements that are compiled once.

    slots = Slots([7, 21])
    paged = page_shape(query.filter(author_id=slots[0]).state, ["id", "title"], slots, Paging(limit=slots[1]))
    # SELECT id, title FROM posts WHERE author_id = :slot ORDER BY id LIMIT :slot
    paged.places            # (0,): the value of the only sort key stands in the first column

What is selected are names of columns, or SQL expressions. The statements are those that the queries
themselves would run; where the text would depend on a value there is no shape: None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import SelectBase

from portico.db.compiled import Shape, Slot, Slots, shape_of
from portico.db.dialects.expressions import DateOf, Day, Fold, Hour, Month, Year
from portico.db.query.constructs import Comparable, Containing, Match
from portico.db.query.state import Key, State
from portico.db.session import Database

from .compiler import behind, compile_count, compile_exists, select_objects, select_rows
from .ordering import effective_order, sorted_by
from .seeking import positions

Selected: TypeAlias = "Sequence[str | sa.ColumnElement[Any]]"
Around: TypeAlias = "Callable[[sa.FromClause], Sequence[sa.ColumnElement[Any]]]"
"""What is made of rows that stand in a derived table, in place of what was selected."""

_ENCLOSED: Final = "portico_rows"
_SHORT: Final = 4096
_EQUAL: Final = frozenset({sa.Integer, sa.BigInteger, sa.Uuid})
_QUICK: Final = (Year, Month, Day, Hour, DateOf)
"""Functions of values that are small whatever they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Which rows of a query are meant: at most so many, after so many; a number stands in the text itself."""

    limit: Slot | int | None = None
    offset: Slot | None = None

    def of(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """The statement for these rows alone."""
        if self.limit is not None:
            statement = statement.limit(number(self.limit))
        return statement if self.offset is None else statement.offset(number(self.offset))


NO_LIMIT: Final = Room()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which rows of a query make a page, and what is counted along with them."""

    limit: Slot | int
    """A number stands in the text itself, by which PostgreSQL plans once and for all."""
    offset: Slot | None = None
    counted: State | None = None
    placed: bool = True
    """Whether the places of rows are wanted, from which a list is read on."""
    around: Around | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PageShape:
    """The shape of a page, and what stands where in its rows besides what was selected.

    ``places`` are the columns of the sort keys' values, ``behind`` that which says whether a seek leaves
    anything out, ``counted`` that of the number of rows. Rows of a query that reads backwards come the other
    way round.
    """

    shape: Shape
    places: tuple[int, ...] = ()
    behind: int | None = None
    counted: int | None = None
    backwards: bool = False


def page_shape(
    state: State, selected: Selected, slots: Slots, database: Database, paging: Paging
) -> PageShape | None:
    """A page of rows, where each row stands, and what else one statement can tell."""
    sliced = state.but(limit=1, only=None)
    statement = select_objects(sliced).limit(number(paging.limit))
    if paging.offset is not None:
        statement = statement.offset(number(paging.offset))
    columns = _columns(state, selected)
    keys = effective_order(sliced)
    places = _placed(keys, columns, database) if paging.placed else ()
    more: dict[str, int] = {}
    if state.seek is not None:
        more["behind"] = len(columns)
        columns.append(behind(state).label("portico_behind"))
    count = _count(state, paging)
    endless = paging.counted is not None and paging.counted.limit is None
    # A sort that is cut is made in steps that can be interrupted, with and without an index.
    heavy = endless or is_heavy(statement)
    chosen = _with_columns(statement, columns)
    if paging.around is not None:
        chosen, moved = _enclosed(chosen, keys, [*places, *more.values()], paging.around)
        places, more = tuple(moved[one] for one in places), {name: moved[one] for name, one in more.items()}
    elif count is not None:
        chosen, _ = _enclosed(chosen, keys, range(len(columns)), lambda _: ())
    if count is not None:
        more["counted"] = len(chosen.selected_columns)
        chosen = _with_one_more(chosen, count.label("portico_count"))
    shape = shape_of(chosen, slots, database.engine.dialect, heavy=heavy)
    return None if shape is None else PageShape(shape, places, backwards=state.backwards, **more)


def _count(state: State, paging: Paging) -> sa.ColumnElement[Any] | None:
    """The number of rows beside those of a page; NULL where the page itself shows it."""
    if paging.counted is None:
        return None
    number_of_all = compile_count(paging.counted).correlate(None).scalar_subquery()
    if state.seek is not None:
        return number_of_all
    # Databases count only where the page is full: all of a short list was read already.
    return sa.case((sa.func.count().over() >= number(paging.limit), number_of_all))


def row_shape(
    state: State, selected: Selected, slots: Slots, database: Database, *, around: Around | None = None
) -> Shape | None:
    """The one row that a query is about."""
    statement = select_objects(state.but(only=None))
    chosen = _with_columns(statement, _columns(state, selected))
    if around is not None:
        rows = chosen.subquery(_ENCLOSED)
        chosen = sa.select(*around(rows))
    return shape_of(chosen, slots, database.engine.dialect, heavy=is_heavy(statement))


def list_shape(
    state: State, selected: Selected, slots: Slots, database: Database, room: Room = NO_LIMIT
) -> Shape | None:
    """The objects of a query, or those of them for which there is room."""
    statement = room.of(select_objects(state.but(only=None)))
    chosen = _with_columns(statement, _columns(state, selected))
    return shape_of(chosen, slots, database.engine.dialect, heavy=is_heavy(statement))


def targets_shape(
    found: tuple[sa.Select[Any], Sequence[Any]], selected: Sequence[Any], slots: Slots, database: Database
) -> Shape | None:
    """The rows at the end of a relation: a select of them, with their order."""
    statement, order = found
    known: Any = statement.column_descriptions[0]["entity"]
    columns = [getattr(known, one) if isinstance(one, str) else one for one in selected]
    chosen = _with_columns(statement, columns).order_by(None).order_by(*order)
    return shape_of(chosen, slots, database.engine.dialect, heavy=is_heavy(statement))


def projection_shape(state: State, slots: Slots, database: Database, room: Room = NO_LIMIT) -> Shape | None:
    """The rows of a query with columns of its own, or those of them for which there is room."""
    statement = room.of(select_rows(state.suited(database)))
    return shape_of(statement, slots, database.engine.dialect, heavy=is_heavy(statement))


def shape_by_keys(
    state: State, key: str, selected: Sequence[str], database: Database, *, around: Around | None = None
) -> Shape | None:
    """The rows of a query whose key is in a list, the only value; behind what is selected each has its key.

    None where keys may be equal to the database and not to Python (texts have a collation), and where rules
    take time for each row, for which those that are asked about first would wait.
    """
    attribute: Any = state.mapper.class_manager[key]
    if type(attribute.type) not in _EQUAL:
        return None
    slots = Slots([[]])
    keys = slots.parameter(0, None, sa.ARRAY(attribute.type))
    chosen = select_objects(state.but(only=None, unsorted=True))
    if chosen.whereclause is not None and any(map(_is_work, visitors.iterate(chosen.whereclause))):
        return None
    statement = chosen.where(attribute == sa.any_(keys))
    attributes = list(dict.fromkeys((*selected, key)))
    rows = _with_columns(statement, _columns(state, attributes)).subquery(_ENCLOSED)
    columns = list(rows.c)
    shown = columns[: len(selected)] if around is None else around(rows)
    with_key = sa.select(*shown, columns[attributes.index(key)])
    return shape_of(with_key, slots, database.engine.dialect, heavy=is_heavy(statement))


def _enclosed(
    chosen: sa.Select[Any], keys: Sequence[Key], kept: Sequence[int], around: Around
) -> tuple[sa.Select[Any], dict[int, int]]:
    """What is made of the rows of a page once it is cut, in their order; behind it the columns to keep.

    It also says where each of these stands now.
    """
    sorting = [_element(key).label(f"portico_key_{number}") for number, key in enumerate(keys)]
    rows = chosen.add_columns(*sorting).subquery(_ENCLOSED)
    again = (replace(key, expression=rows.c[f"portico_key_{number}"]) for number, key in enumerate(keys))
    made, columns, distinct = list(around(rows)), list(rows.c), list(dict.fromkeys(kept))
    outer = sa.select(*made, *(columns[one] for one in distinct)).order_by(*sorted_by(again))
    return outer, {old: len(made) + new for new, old in enumerate(distinct)}


def count_shape(state: State, slots: Slots, database: Database) -> Shape | None:
    """The number of rows of a query."""
    statement = compile_count(state)
    heavy = state.limit is None or is_heavy(statement)
    return shape_of(statement, slots, database.engine.dialect, heavy=heavy)


def exists_shape(state: State, slots: Slots, database: Database) -> Shape | None:
    """Whether a query has any rows."""
    statement = compile_exists(state.suited(database))
    return shape_of(statement, slots, database.engine.dialect, heavy=is_heavy(statement))


def _columns(state: State, selected: Selected) -> list[Any]:
    known = state.mapper.class_manager
    return [known[one] if isinstance(one, str) else one for one in selected]


def _with_columns(statement: sa.Select[Any], columns: Sequence[Any]) -> sa.Select[Any]:
    chosen: Any = statement.with_only_columns(*columns, maintain_column_froms=True)
    return chosen  # type: ignore[no-any-return]  # variadic where columns are many


def _with_one_more(statement: sa.Select[Any], column: Any) -> sa.Select[Any]:
    chosen: Any = statement.add_columns(column)
    return chosen  # type: ignore[no-any-return]  # as above


def number(rows: Slot | int) -> sa.ColumnElement[int]:
    """A number of rows, or one that comes later."""
    if isinstance(rows, int):
        return sa.literal_column(str(rows), sa.Integer())
    return rows.parameter(None, lambda _: sa.Integer())


def _placed(keys: Sequence[Key], columns: list[Any], database: Database) -> tuple[int, ...]:
    """Where the values of sort keys stand; those that are no column yet are put behind the others."""
    there = {_text(column, database): place for place, column in reversed(list(enumerate(columns)))}
    places: list[int] = []
    for key, position in zip(keys, positions(keys), strict=True):
        place = there.get(_text(Comparable(_element(key)), database))
        if place is None:
            place = len(columns)
            columns.append(position)
        places.append(place)
    return tuple(places)


def _text(expression: Any, database: Database) -> str:
    """An expression as the database reads it: equal texts give equal values."""
    if isinstance(expression, Comparable):
        return str(expression.compile(dialect=database.engine.dialect))
    # What a type reads its columns through is what is selected.
    return str(sa.select(expression).compile(dialect=database.engine.dialect)).partition("\n")[0][7:].strip()


def _element(key: Key) -> Any:
    held: Any = key.expression
    return held.__clause_element__() if hasattr(held, "__clause_element__") else held


def is_heavy(statement: Any) -> bool:
    """Whether one step of it may take long: a function or a pattern over a value of any size."""
    return any(_takes_long(one) for one in visitors.iterate(statement))


def _is_work(element: Any) -> bool:
    return isinstance(element, SelectBase | FunctionElement)


def _takes_long(element: Any) -> bool:
    if isinstance(element, Match | Containing | Fold):
        return any(_may_be_long(one) for one in visitors.iterate(element))
    return isinstance(element, FunctionElement) and not isinstance(element, _QUICK)


def _may_be_long(element: Any) -> bool:
    """Whether it is text that does not say how long it is at most; what a client sends is short."""
    bare: Any = None if isinstance(element, sa.BindParameter) else getattr(element, "type", None)
    asked: object = bare
    while isinstance(asked, sa.TypeDecorator):
        asked = bare = bare.impl_instance
    if not isinstance(asked, sa.String) or isinstance(element, Fold | Containing):
        return False
    length: int | None = bare.length
    return length is None or length > _SHORT

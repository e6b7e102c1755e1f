"""The statements of one class on one database, each compiled when it is first asked for, and kept.

    kept = kept_for(database, Post)
    ready = kept.objects(state)           # its shape and arguments; NoStructureError where there is none
    ready = kept.by_key(7)

The least used ones go when there are too many. A class that is mapped further begins anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.compiled import (
    InstanceMaker,
    Shape,
    Slots,
    instance_maker,
    is_watched,
    loaded_names,
    made_otherwise,
)
from portico.db.query.conditions import Q, as_tuple, node_of
from portico.db.query.conditions.structure import LISTS, NoStructureError, value_key
from portico.db.query.state import State, key_operands
from portico.db.query.statements import (
    Room,
    count_shape,
    exists_shape,
    list_shape,
    projection_shape,
    targets_shape,
)
from portico.db.session import Database

from .asking import Asking

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement and what it is sent with."""

    shape: Shape
    arguments: Sequence[Any]


class Kept:
    """The statements of one class."""

    def __init__(self, database: Database, model: type[Any]) -> None:
        self._database = database
        self._model = model
        self._mapper: Mapper[Any] = sa.inspect(model)
        self._mapped = self._mapper.column_attrs, self._mapper.relationships
        self.names = loaded_names(self._mapper)
        """The attributes in front of the rows of a statement for objects."""
        self._shapes: OrderedDict[Hashable, Shape | None] = OrderedDict()
        self._maker: InstanceMaker | None = None
        self.because = made_otherwise(model)
        """Why objects of the class are not made without a session; None where they are."""

    @property
    def is_current(self) -> bool:
        """Whether the class is mapped as it was."""
        columns, relations = self._mapped
        return self._mapper.column_attrs is columns and self._mapper.relationships is relations

    def _refuse_others(self) -> None:
        """Objects that are not made of their rows alone, now or for good."""
        if self.because is not None or is_watched(self._mapper):
            raise NoStructureError

    def maker(self, shape: Shape) -> InstanceMaker:
        """What makes objects of the rows of a statement for objects."""
        if self._maker is None:
            self._maker = instance_maker(self._mapper, self.names, shape.readers[: len(self.names)])
        return self._maker

    def objects(self, state: State) -> Ready:
        """The statement for the objects of a query."""
        self._refuse_others()
        asking = Asking(state)

        def make(slots: Slots) -> Shape | None:
            room = asking.room(slots)
            return list_shape(asking.slotted(slots), self.names, slots, self._database, room)

        return self._ready(("objects", asking.key), asking.values, make)

    def targets(
        self,
        key: Hashable,
        values: list[Any],
        column: Any,
        parents: list[Any],
        found: Callable[[sa.ColumnElement[bool], Slots], tuple[sa.Select[Any], Sequence[Any]]],
    ) -> Ready:
        """The statement for objects whose ``column`` has one of some values; it stands behind each of them.

        ``found`` makes the select and its order from that condition; ``values`` are those of its own slots.
        """
        self._refuse_others()
        kinds = {value_key(value, []) for value in parents}
        if len(kinds) > 1:
            raise NoStructureError
        width = 1 << (len(parents) - 1).bit_length()
        start = len(values)

        def make(slots: Slots) -> Shape | None:
            places = range(start, start + width)
            one_of = [slots[place].parameter(None, lambda _: column.type) for place in places]
            chosen = found(column.in_(one_of), slots)
            return targets_shape(chosen, [*self.names, column], slots, self._database)

        padded = [*values, *parents, *parents[-1:] * (width - len(parents))]
        return self._ready(("targets", key, *kinds, width), padded, make)

    def rows(self, state: State) -> Ready:
        """The statement for the rows of a query with columns, each under a name of its own."""
        names = {column.name for column in state.columns}
        if None in names or len(names) < len(state.columns):
            raise NoStructureError
        asking = Asking(state)

        def make(slots: Slots) -> Shape | None:
            return projection_shape(asking.slotted(slots), slots, self._database, asking.room(slots))

        return self._ready(("rows", asking.key), asking.values, make)

    def count(self, state: State) -> Ready:
        """The statement for the number of rows of a query."""
        asking = _whole(state)
        return self._ready(
            ("count", asking.key),
            asking.values,
            lambda slots: count_shape(asking.slotted(slots), slots, self._database),
        )

    def exists(self, state: State) -> Ready:
        """The statement that says whether a query has any rows."""
        asking = _whole(state)
        return self._ready(
            ("exists", asking.key),
            asking.values,
            lambda slots: exists_shape(asking.slotted(slots), slots, self._database),
        )

    def by_key(self, key: Any) -> Ready:
        """The statement for the object with a key."""
        self._refuse_others()
        values: list[Any] = []
        parts = as_tuple(key)
        if any(type(part) in LISTS for part in parts):
            raise NoStructureError
        kinds = tuple([value_key(part, values) for part in parts])

        def make(slots: Slots) -> Shape | None:
            operands = key_operands(self._model)
            if len(values) != len(operands) or len(values) != len(parts):
                return None
            asked = Q(**{operand.name: slots[number] for number, operand in enumerate(operands)})
            node = node_of(self._model, asked)
            state = State(model=self._model, where=() if node is None else (node,), unsorted=True)
            return list_shape(state, self.names, slots, self._database, Room(limit=1))

        return self._ready(("key", kinds), values, make)

    def _ready(self, key: Hashable, values: list[Any], make: Callable[[Slots], Shape | None]) -> Ready:
        shapes = self._shapes
        if key in shapes:
            shapes.move_to_end(key)
            shape = shapes[key]
        else:
            if not _is_known(self._database.engine.dialect):
                raise NoStructureError
            shape = _made(make, values)
            if len(shapes) >= MOST:
                shapes.popitem(last=False)
            shapes[key] = shape
        if shape is None:
            raise NoStructureError
        return Ready(shape, shape.arguments(values))


def _made(make: Callable[[Slots], Shape | None], values: list[Any]) -> Shape | None:
    """The shape, or None for good; what is wrong with these values alone is raised."""
    try:
        return make(Slots(values))
    except NoStructureError:
        return None


def _is_known(dialect: sa.Dialect) -> bool:
    """Whether the first connection was made, by which SQLAlchemy tells MariaDB from MySQL."""
    return dialect.name not in {"mysql", "mariadb"} or dialect.server_version_info is not None


def _whole(state: State) -> Asking:
    """A query without limit and offset, which would have to stand inside of the statement."""
    if state.is_sliced:
        raise NoStructureError
    return Asking(state)


def kept_for(database: Database, model: type[Any]) -> Kept:
    """The statements of a class, of which there are none at first."""
    known = database.engines.statements
    found: Kept | None = known.get(model)
    if found is None or not found.is_current:
        found = known[model] = Kept(database, model)
    return found

"""Objects of a mapped class made out of rows without a session, as those that a session has let go of.

    because = made_otherwise(Post)                        # None, or "Post has a listener for load"
    maker = instance_maker(sa.inspect(Post), ("id", "title"), shape.readers)
    post = maker.one(rows[0])
    posts = maker.many(rows)                              # acquainted: what one loads it loads for all

The row is behind them: they have a key and no change, and each may be saved, deleted, merged or added to a
session. Columns that the rows do not have read as `NotLoadedError`. Raises `NoInstanceError` for a row
without a key, and for two rows with the same one, of which a session would make one object.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from threading import current_thread, main_thread
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import ClassManager, Mapper

from portico.db.relations import close_deferred
from portico.db.relations.loading.peers import acquaint

from .shapes import Convert
from .writers import altered_by

MANY: Final = 100
"""So many objects at once are more than what Python's collector would wait for."""
_LOADED_APART: Final = frozenset({"select", True, "raise", "raise_on_sql", "write_only", "dynamic"})
"""How relations may be declared that a query of their owner does not touch."""


class NoInstanceError(Exception):
    """These rows are not one object each."""


def made_otherwise(cls: type[Any]) -> str | None:
    """Why objects of a class cannot be made of their rows alone; None where they can."""
    return next((f"{cls.__name__} {reason}" for reason in _reasons(sa.inspect(cls))), None)


def is_watched(mapper: Mapper[Any]) -> bool:
    """Whether somebody has begun to listen for objects that are loaded."""
    events: Any = mapper.class_manager.dispatch
    return bool(events.load) or bool(events.refresh)


def loaded_names(mapper: Mapper[Any]) -> tuple[str, ...]:
    """The attributes that a query of a class loads: its columns, without the deferred ones."""
    return tuple(one.key for one in mapper.column_attrs if not one.deferred)


def _reasons(mapper: Mapper[Any]) -> Iterator[str]:
    cls: type[Any] = mapper.class_
    altered = altered_by(cls, loaded_names(mapper))
    if altered is not None:
        yield f"has {altered}"
    if type(mapper.class_manager) is not ClassManager:
        yield "is instrumented in another way"
    if not isinstance(mapper.local_table, sa.Table) or getattr(cls, "__portico_keyless__", False):
        yield "has no table, or no key of its own"
    if len(mapper.composites) > 0:
        yield "has composite attributes"
    if any(len(one.columns) > 1 or not isinstance(one.columns[0], sa.Column) for one in mapper.column_attrs):
        yield "has columns that are expressions"
    if any(relation.lazy not in _LOADED_APART for relation in mapper.relationships):
        yield "has relations that SQLAlchemy loads along"


class InstanceMaker:
    """Makes objects of rows that have these attributes in front, in this order."""

    def __init__(
        self, mapper: Mapper[Any], names: Sequence[str], readers: Sequence[Convert | None] = ()
    ) -> None:
        self._class = mapper.class_
        self._manager: Any = mapper.class_manager
        # What a session notes on each object that it loads.
        self._path: Any = mapper._path_registry  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- no public name
        self._names = tuple(names)
        self._reads = [(place, read) for place, read in enumerate(readers) if read is not None]
        key = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        self.key_places = tuple([self._names.index(name) for name in key])
        """Where the parts of the key stand in a row."""
        self._misses = {*mapper.column_attrs.keys()} != {*names}

    def one(self, row: Sequence[Any]) -> Any:
        """The object of one row."""
        if self._reads:
            row = list(row)
            for place, read in self._reads:
                row[place] = read(row[place])
        key = tuple([row[place] for place in self.key_places])
        return self._made([row], [key])[0]

    def many(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The objects of several rows, in their order."""
        if len(rows) < MANY or not gc.isenabled() or current_thread() is not main_thread():
            return self._several(rows)
        # None of what is made here is garbage yet; to look for some over and over costs more than making it.
        gc.disable()
        try:
            return self._several(rows)
        finally:
            gc.enable()

    def _several(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if not rows:
            return []
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, read in self._reads:
            columns[place] = list(map(read, columns[place]))
        keys = list(zip(*(columns[place] for place in self.key_places), strict=True))
        if len({*keys}) < len(keys):
            raise NoInstanceError
        return self._made(zip(*columns, strict=True), keys)

    def _made(self, rows: Iterable[Sequence[Any]], keys: Sequence[tuple[Any, ...]]) -> list[Any]:
        if any(None in key for key in keys):
            raise NoInstanceError
        names, cls, path, new = self._names, self._class, self._path, self._manager.new_instance
        made: list[Any] = []
        states: list[Any] = []
        for row, key in zip(rows, keys, strict=True):
            instance = new()
            held = instance.__dict__
            state = held["_sa_instance_state"]
            held.update(zip(names, row, strict=False))
            state.key = (cls, key, None)
            state.load_options = ()
            state.load_path = path
            made.append(instance)
            states.append(state)
        if self._misses:
            close_deferred(made)
        acquaint(states)
        return made


def instance_maker(
    mapper: Mapper[Any], names: Sequence[str], readers: Sequence[Convert | None] = ()
) -> InstanceMaker:
    """What makes objects of rows with these attributes, each read by the reader in its place."""
    return InstanceMaker(mapper, names, readers)

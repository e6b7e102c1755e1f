"""A class that is refused while it is made leaves nothing behind, so that it can be corrected and made again.

    with undone_if_refused(cls, orm):
        ...                              # map it, and let the mixins look at it

In a notebook, or a test, the process goes on after a refusal. SQLAlchemy has no public way to take one class
back: it would keep its name, its table and its mapper, and every later configuration of mappers would fail.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import attributes, registry
from sqlalchemy.util import WeakSequence

from .parts import mapped_base


@contextmanager
def undone_if_refused(cls: type[Any], orm: registry) -> Generator[None]:
    """Take a class out again, with what it brought to its metadata and its parent, where the block raises."""
    before = set(orm.metadata.tables)
    parent: Any = mapped_base(cls.__bases__)
    table: Any = None if parent is None else parent.__table__
    shared = _Shared(table) if isinstance(table, sa.Table) else None
    try:
        yield
    except BaseException:
        _unmap(cls, orm)
        if shared is not None:
            shared.put_back()
        for name in orm.metadata.tables.keys() - before:
            orm.metadata.remove(orm.metadata.tables[name])
        raise


class _Shared:
    """What the table of a parent has before a class that lies in it adds columns of its own."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._columns = set(table.columns.keys())
        self._parts: list[tuple[set[Any], set[Any]]] = [
            (mine, set(mine)) for mine in (table.constraints, table.indexes, table.foreign_keys)
        ]

    def put_back(self) -> None:
        """Take out what has come since."""
        for column in list(self._table.columns):
            if column.key not in self._columns:
                self._table._columns.remove(column)  # noqa: SLF001 -- the public collection is for reading
        for now, before in self._parts:
            now.intersection_update(before)


def _unmap(cls: type[Any], orm: Any) -> None:
    """As `registry.dispose()` does it for all of its classes."""
    manager: Any = attributes.opt_manager_of_class(cls)
    if manager is None or manager.class_ is not cls:
        return
    if manager.is_mapped and manager.mapper.inherits is not None:
        _forget_child(manager.mapper.inherits, manager.mapper)
    orm._dispose_manager_and_mapper(manager)  # noqa: SLF001 -- there is no public way for a single class
    orm._managers.pop(manager, None)  # noqa: SLF001 -- as above


def _forget_child(parent: Any, child: Any) -> None:
    for identity in [key for key, mapper in parent.polymorphic_map.items() if mapper is child]:
        del parent.polymorphic_map[identity]
    others = [one for one in parent._inheriting_mappers if one is not child]  # noqa: SLF001 -- as above
    parent._inheriting_mappers = WeakSequence(others)  # noqa: SLF001 -- as above
    parent._expire_memoizations()  # noqa: SLF001 -- as above

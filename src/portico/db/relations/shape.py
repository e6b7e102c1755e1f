"""What a relation looks like to those who write along it, and the rows at its end.

    shape = shape_of(Post, "tags")
    shape.kind, shape.junction                  # Kind.MANY_TO_MANY, Table("post_tags")
    belonging(User, "posts", (1,))              # posts.author_id = 1

Works for any mapped class: relations of ours, plain ``relationship()`` and reflected ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, aliased

from .loading import joins_by_keys
from .managing import Links
from .sides import Pairs, holds_key, key_pairs
from .spec import BY_ROWS, Kind

_shapes: WeakKeyDictionary[RelationshipProperty[Any], Shape] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A relation by the attributes that make it.

    ``pairs`` are (foreign key, key it refers to) where there is no junction. Where there is one, ``near`` and
    ``far`` name its columns with the key that each refers to at either end, and ``through`` is the class that
    is mapped to it. ``writable`` says whether links can be written at all, ``needs_rows`` whether only as
    rows of ``through``, ``optional`` whether the foreign key may be empty.
    """

    kind: Kind
    holds_key: bool
    pairs: Pairs = ()
    junction: Any = None
    through: type[Any] | None = None
    near: Pairs = ()
    far: Pairs = ()
    writable: bool = False
    needs_rows: bool = False
    optional: bool = False


def shape_of(model: type[Any], name: str) -> Shape:
    """The shape of a relation of a mapped class."""
    relation = _relation(model, name)
    found = _shapes.get(relation)
    if found is None:
        found = _shapes[relation] = _shape(relation)
    return found


def links_of(owner: Any, name: str, database: Any) -> Links:
    """The links of a stored object over a relation, to be added and removed by objects or keys."""
    return Links(owner, _relation(owner.__class__, name), database)


def belonging(model: type[Any], name: str, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """The condition, on the target's class, of being at the end of a relation of the row with this key."""
    relation = _relation(model, name)
    names = _names(relation.parent, relation.parent.primary_key)
    values = dict(zip(names, key, strict=True))
    if joins_by_keys(relation) and set(_local_names(relation)) <= set(names):
        if relation.secondary is None:
            return _refers(relation, values)
        return _linked(relation, values)
    if joins_by_keys(relation) and relation.secondary is None:
        return _pointed_at(relation, key)
    return _joined(relation, key)


def _refers(relation: RelationshipProperty[Any], values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    target = relation.mapper
    _, remote = zip(*relation.local_remote_pairs, strict=True)
    ends = zip(_attributes(target, remote), _local_names(relation), strict=True)
    return sa.and_(*(attribute == values[name] for attribute, name in ends))


def _linked(relation: RelationshipProperty[Any], values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    junction: Any = relation.secondary
    alias = junction.alias()
    held = zip(_local_names(relation), relation.synchronize_pairs, strict=True)
    same = [alias.c[column.key] == values[name] for name, (_, column) in held]
    far = relation.secondary_synchronize_pairs or []
    chosen = sa.select(*(alias.c[column.key] for _, column in far)).where(*same)
    return _among(_attributes(relation.mapper, [column for column, _ in far]), chosen)


def _pointed_at(relation: RelationshipProperty[Any], key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """By the columns that the row holds: a foreign key, as a rule."""
    near: Any = aliased(relation.parent.class_)
    chosen = sa.select(*(getattr(near, name) for name in _local_names(relation)))
    chosen = chosen.where(*_same(near, relation.parent, key))
    return _among(_attributes(relation.mapper, [remote for _, remote in relation.local_remote_pairs]), chosen)


def _joined(relation: RelationshipProperty[Any], key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """By the join itself, whatever it is made of."""
    here, there = relation.parent, relation.mapper
    near: Any = aliased(here.class_)
    far: Any = aliased(there.class_)
    chosen = sa.select(*(getattr(far, name) for name in _names(there, there.primary_key)))
    chosen = chosen.select_from(near).join(getattr(near, relation.key).of_type(far))
    chosen = chosen.where(*_same(near, here, key))
    return _among(_attributes(there, there.primary_key), chosen)


def _same(entity: Any, mapper: Mapper[Any], key: tuple[Any, ...]) -> list[Any]:
    names = _names(mapper, mapper.primary_key)
    return [getattr(entity, name) == part for name, part in zip(names, key, strict=True)]


def _among(columns: Sequence[Any], chosen: Any) -> sa.ColumnElement[bool]:
    left: Any = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    found: sa.ColumnElement[bool] = left.in_(chosen)
    return found


def _local_names(relation: RelationshipProperty[Any]) -> tuple[str, ...]:
    """The attributes of the declaring class that the join starts from."""
    if relation.secondary is None:
        return _names(relation.parent, [local for local, _ in relation.local_remote_pairs])
    return _names(relation.parent, [column for column, _ in relation.synchronize_pairs])


def _shape(relation: RelationshipProperty[Any]) -> Shape:
    by_keys = joins_by_keys(relation)
    writable = by_keys and (not relation.viewonly or BY_ROWS in relation.info)
    if relation.secondary is not None:
        return _through(relation, by_keys=by_keys, writable=writable)
    holds = holds_key(relation)
    pairs = key_pairs(relation) if by_keys else ()
    holder = relation.parent if holds else relation.mapper
    empty = [foreign for foreign, _ in pairs if holder.columns[foreign].nullable]
    single = Kind.MANY_TO_ONE if holds else Kind.ONE_TO_ONE
    kind = Kind.ONE_TO_MANY if relation.uselist else single
    return Shape(kind=kind, holds_key=holds, pairs=pairs, writable=writable, optional=bool(empty))


def _through(relation: RelationshipProperty[Any], *, by_keys: bool, writable: bool) -> Shape:
    table: Any = relation.secondary
    if not by_keys:
        return Shape(kind=Kind.MANY_TO_MANY, holds_key=False)
    mappers = relation.parent.registry.mappers
    mapper = next((one for one in mappers if one.local_table is table), None)
    return Shape(
        kind=Kind.MANY_TO_MANY,
        holds_key=False,
        junction=table,
        through=mapper.class_ if mapper else None,
        near=_ends(mapper, relation.parent, relation.synchronize_pairs),
        far=_ends(mapper, relation.mapper, relation.secondary_synchronize_pairs or ()),
        writable=writable,
        needs_rows=relation.viewonly,
        optional=True,
    )


def _ends(mapper: Mapper[Any] | None, end: Mapper[Any], pairs: Iterable[Any]) -> Pairs:
    return tuple(
        (_names(mapper, [column])[0] if mapper is not None else str(column.key), _names(end, [key])[0])
        for key, column in pairs
    )


def _relation(model: type[Any], name: str) -> RelationshipProperty[Any]:
    mapper: Mapper[Any] = sa.inspect(model)
    return mapper.relationships[name]


def _names(mapper: Mapper[Any], columns: Iterable[Any]) -> tuple[str, ...]:
    return tuple(mapper.get_property_by_column(column).key for column in columns)


def _attributes(mapper: Mapper[Any], columns: Iterable[Any]) -> list[Any]:
    return [mapper.class_manager[name] for name in _names(mapper, columns)]

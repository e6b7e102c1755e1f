"""The table between two models of a many-to-many relation.

Where none is named, one is made: ``posts_tags(post_id, tag_id)`` with both columns as its key and foreign
keys that cascade. Its name is the first end in alphabetical order, table and relation, so that it does not
depend on which class is defined first. With ``through=`` it is a model or table of your own, which may hold
more columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty

from portico.db.engine.walls import is_placed
from portico.db.relations.hooks import hooks
from portico.db.relations.spec import declaration_of
from portico.errors import ConfigurationError

from .columns import constraints_to, other_end

_MADE = "portico_junction"


@dataclass(frozen=True, kw_only=True)
class Junction:
    """A junction table and the joins from it to the two ends, seen from one of them."""

    table: sa.Table[Any]
    primaryjoin: sa.ColumnElement[bool]
    secondaryjoin: sa.ColumnElement[bool]


@dataclass(frozen=True, kw_only=True)
class _Made:
    """How a junction table of ours is laid out: the end that gave the name, and the columns of both."""

    owner: tuple[str, str]
    near: sa.ForeignKeyConstraint
    far: sa.ForeignKeyConstraint


class JunctionNotMappedError(ConfigurationError):
    """A junction model is named that is not defined, or not yet."""


def connect_through_junction(relation: RelationshipProperty[Any]) -> Junction:
    """The junction of a relation, made or found, with its two joins."""
    table = ensure_junction(relation)
    near, far = _ends(relation, table)
    return Junction(
        table=table,
        primaryjoin=sa.and_(*(element.column == element.parent for element in near.elements)),
        secondaryjoin=sa.and_(*(element.column == element.parent for element in far.elements)),
    )


def ensure_junction(relation: RelationshipProperty[Any]) -> sa.Table[Any]:
    """The junction table; made on the first call for either end."""
    given = declaration_of(relation).through
    reverse = other_end(relation)
    if given is None and reverse is not None:
        given = reverse.through
    if given is None or isinstance(given, str):
        return _named(relation, given)
    if callable(given) and not isinstance(given, type):
        given = given()
    table: Any = getattr(given, "__table__", given)
    found: sa.Table[Any] = table
    if isinstance(table, sa.Table):
        return found
    raise ConfigurationError(
        f"{_where(relation)}: through={given!r} is not a junction.", hint="Give a model, a table, or a name."
    )


def _named(relation: RelationshipProperty[Any], name: str | None) -> sa.Table[Any]:
    """A junction by the name of its class or table, else a new one of that name."""
    metadata, schema = _home(relation)
    if name is not None and name[:1].isupper():
        return _of_class(relation, name)
    ends = _ends_by_name(relation)
    final = name or "_".join(ends[0])
    found = metadata.tables.get(f"{schema}.{final}" if schema else final)
    if found is None:
        return _make(relation, final, metadata, schema)
    made: _Made | None = found.info.get(_MADE)
    if name is None and (made is None or made.owner != ends[0]):
        raise ConfigurationError(
            f"{_where(relation)} would make the junction table {final!r}, which exists for something else.",
            hint='Name another: through="…"; or give the model that is mapped to it.',
        )
    return found


def _of_class(relation: RelationshipProperty[Any], name: str) -> sa.Table[Any]:
    """The table of a junction model that is given by its class name."""
    for mapper in relation.parent.registry.mappers:
        table: Any = mapper.local_table
        found: sa.Table[Any] = table
        if mapper.class_.__name__ == name and isinstance(table, sa.Table):
            return found
    raise JunctionNotMappedError(
        f"{_where(relation)}: there is no model {name!r} to go through.",
        hint="Define it on the same metadata; for the name of a table to be made, write it in lower case.",
    )


def _make(
    relation: RelationshipProperty[Any], name: str, metadata: sa.MetaData, schema: str | None
) -> sa.Table[Any]:
    owner = _ends_by_name(relation)[0]
    own, other = relation.parent, relation.entity.mapper
    first, second = (own, other) if owner == _end(own, relation.key) else (other, own)
    same = _word(first) == _word(second)
    near, near_key = _reference(first, "from_" if same else "")
    far, far_key = _reference(second, "to_" if same else "", index=True)
    more = hooks.junction_column(first, second)
    columns = [*([] if more is None else [more]), *near, *far]
    made = sa.Table(
        name,
        metadata,
        *columns,
        sa.PrimaryKeyConstraint(*(column.name for column in columns)),
        near_key,
        far_key,
        schema=schema,
        info={_MADE: _Made(owner=owner, near=near_key, far=far_key)},
    )
    hooks.junction_made(made, first, second)
    return made


def _reference(
    mapper: Mapper[Any], prefix: str, *, index: bool = False
) -> tuple[list[sa.Column[Any]], sa.ForeignKeyConstraint]:
    """Columns for the key of a class, and the foreign key over them."""
    keys: Sequence[Any] = mapper.primary_key
    names = [f"{prefix}{_word(mapper)}_{key.name}" for key in keys]
    columns = [
        sa.Column(name, key.type, nullable=False, index=(index and len(keys) == 1) or None)
        for name, key in zip(names, keys, strict=True)
    ]
    return columns, sa.ForeignKeyConstraint(names, keys, ondelete="CASCADE", onupdate="CASCADE")


def _ends(
    relation: RelationshipProperty[Any], table: sa.Table[Any]
) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    """The foreign key to the declaring class and the one to the target."""
    made: _Made | None = table.info.get(_MADE)
    if made is not None:
        is_owner = made.owner == _end(relation.parent, relation.key)
        return (made.near, made.far) if is_owner else (made.far, made.near)
    near, far = constraints_to(table, relation.parent), constraints_to(table, relation.entity.mapper)
    pair = _given_pair(relation)
    if pair is not None:
        near = [c for c in near if _covers(c, pair[0])]
        far = [c for c in far if _covers(c, pair[1])]
    if len(near) == 1 and len(far) == 1 and near[0] is not far[0]:
        return near[0], far[0]
    choices = ", ".join("+".join(_columns_of(c)) for c in sorted({*near, *far}, key=_columns_of))
    raise ConfigurationError(
        f"{_where(relation)}: {table.name} does not say which foreign key leads to which end.",
        hint=f'Say it: foreign_key=("to this class", "to the target"). It has: {choices or "none"}.',
    )


def _given_pair(relation: RelationshipProperty[Any]) -> tuple[Any, Any] | None:
    given = declaration_of(relation).foreign_key
    if given is not None:
        return given[0], given[1]
    reverse = other_end(relation)
    if reverse is not None and reverse.foreign_key is not None:
        return reverse.foreign_key[1], reverse.foreign_key[0]
    return None


def _covers(constraint: sa.ForeignKeyConstraint, names: Any) -> bool:
    several = cast("Iterable[Any]", names if isinstance(names, (tuple, list)) else (names,))
    return {getattr(name, "key", name) for name in several} == set(constraint.column_keys)


def _columns_of(constraint: sa.ForeignKeyConstraint) -> tuple[str, ...]:
    return tuple(constraint.column_keys)


def _ends_by_name(relation: RelationshipProperty[Any]) -> list[tuple[str, str]]:
    ends = [_end(relation.parent, relation.key)]
    back = declaration_of(relation).back_populates
    if back is not None:
        ends.append(_end(relation.entity.mapper, back))
    return sorted(ends)


def _end(mapper: Mapper[Any], key: str) -> tuple[str, str]:
    table: Any = mapper.local_table
    return table.name, key


def _home(relation: RelationshipProperty[Any]) -> tuple[sa.MetaData, str | None]:
    own: Any = relation.parent.local_table
    other: Any = relation.entity.mapper.local_table
    if own.metadata is not other.metadata:
        raise ConfigurationError(
            f"{_where(relation)} leads to a table of another MetaData.",
            hint="A junction needs both tables in one database: let the two models share their metadata.",
        )
    # A junction with a table that lies in a schema for each tenant lies there too.
    return own.metadata, other.schema if is_placed(other) else own.schema


def _word(mapper: Mapper[Any]) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", mapper.class_.__name__).lower()


def _where(relation: RelationshipProperty[Any]) -> str:
    return f"{relation.parent.class_.__name__}.{relation.key}"

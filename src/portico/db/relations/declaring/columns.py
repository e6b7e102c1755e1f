"""Find the columns that a relation runs over.

With one foreign key between two tables there is nothing to say. With several, ``foreign_key="author_id"``
on either end decides, else the one named like the relation (``author`` → ``author_id``). Raises
`ConfigurationError` that lists the choices when none of this helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.orm import Mapper, RelationshipProperty

from portico._kernel.suggest import did_you_mean
from portico.db.relations.spec import Kind, RelationSpec, declaration_of, relation_named, spec_of_relation
from portico.errors import ConfigurationError, UnknownFieldError


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How the rows at the two ends find each other."""

    condition: sa.ColumnElement[bool]
    foreign_columns: tuple[sa.Column[Any], ...]
    remote_columns: tuple[sa.Column[Any], ...]


def connect(relation: RelationshipProperty[Any]) -> Connection:
    """The foreign key of a to-one or one-to-many relation, and which end of it is the far one."""
    here, there = relation.parent, relation.entity.mapper
    holds = _holds_key(relation)
    holder, target = (here, there) if holds else (there, here)
    constraint = _choose(relation, holder, foreign_keys(holder, target), holds=holds)
    foreign: list[sa.Column[Any]] = [element.parent for element in constraint.elements]
    referred: list[sa.Column[Any]] = [element.column for element in constraint.elements]
    return Connection(
        condition=sa.and_(*(column == key for column, key in zip(foreign, referred, strict=True))),
        foreign_columns=tuple(foreign),
        remote_columns=tuple(referred if holds else foreign),
    )


def foreign_keys(holder: Mapper[Any], target: Mapper[Any]) -> list[sa.ForeignKeyConstraint]:
    """The foreign keys from one mapped class to another, without the one that joined inheritance uses."""
    tables: list[Any] = [table for table in holder.tables if isinstance(table, sa.Table)]
    found = (constraint for table in tables for constraint in constraints_to(table, target))
    return [constraint for constraint in found if not _is_inheritance(holder, constraint)]


def constraints_to(table: sa.Table[Any], target: Mapper[Any]) -> list[sa.ForeignKeyConstraint]:
    """The foreign keys of one table that lead to a mapped class, in a stable order."""
    found: list[sa.ForeignKeyConstraint] = []
    for constraint in table.foreign_key_constraints:
        if constraint.info.get("portico_tenant"):  # it says again, with the tenant, what another says
            continue
        try:
            referred: Any = constraint.referred_table
        except NoReferencedTableError:  # its target is not mapped yet, so it is not ours
            continue
        if any(referred is known for known in target.tables):
            found.append(constraint)
    return sorted(found, key=lambda constraint: tuple(constraint.column_keys))


def columns_named(mapper: Mapper[Any], names: Any) -> tuple[sa.Column[Any], ...]:
    """Columns given as attribute names, column names, columns or attributes; one of these or several."""
    several = cast("Iterable[Any]", names if isinstance(names, (tuple, list)) else (names,))
    return tuple(_column_named(mapper, name) for name in several)


def ordering(relation: RelationshipProperty[Any]) -> list[Any]:
    """``order_by`` of the declaration as expressions on the target."""
    given = declaration_of(relation).order_by
    if callable(given) and not hasattr(given, "__clause_element__"):
        given = given()
    several = cast("Iterable[Any]", given if isinstance(given, (tuple, list)) else (given,))
    return [_order_key(relation.entity.mapper, key) if isinstance(key, str) else key for key in several]


def other_end(relation: RelationshipProperty[Any]) -> RelationSpec | None:
    """The declaration that ``back_populates`` points to, if there is one."""
    reverse = relation_named(relation.entity.mapper, declaration_of(relation).back_populates)
    return None if reverse is None else spec_of_relation(reverse)


def _holds_key(relation: RelationshipProperty[Any]) -> bool:
    """Whether the foreign key is in the row of the declaring class."""
    kind = declaration_of(relation).kind
    if kind is not Kind.ONE_TO_ONE:
        return kind is Kind.MANY_TO_ONE
    here, there = relation.parent, relation.entity.mapper
    forward, backward = foreign_keys(here, there), foreign_keys(there, here)
    if not forward or not backward:
        return bool(forward)
    if declaration_of(relation).foreign_key is not None:
        return _has_all(here, declaration_of(relation).foreign_key)
    reverse = other_end(relation)
    if reverse is not None and reverse.foreign_key is not None:
        return not _has_all(there, reverse.foreign_key)
    return any(_is_named_after(relation.key, here, constraint) for constraint in forward)


def _choose(
    relation: RelationshipProperty[Any],
    holder: Mapper[Any],
    found: Sequence[sa.ForeignKeyConstraint],
    *,
    holds: bool,
) -> sa.ForeignKeyConstraint:
    where = f"{relation.parent.class_.__name__}.{relation.key}"
    reverse = other_end(relation)
    given = declaration_of(relation).foreign_key
    if given is None and reverse is not None:
        given = reverse.foreign_key
    if given is not None:
        columns = set(columns_named(holder, given))
        found = [c for c in found if columns <= set(c.columns)]
        found = [c for c in found if len(c.columns) == len(columns)] or found
    elif len(found) > 1:
        name = relation.key if holds else declaration_of(relation).back_populates
        found = [c for c in found if _is_named_after(name, holder, c)] or found
    if len(found) == 1:
        return found[0]
    target = relation.entity.mapper if holds else relation.parent
    choices = ", ".join(repr("+".join(c.column_keys)) for c in found or foreign_keys(holder, target))
    if not choices:
        raise ConfigurationError(
            f"{where}: {holder.class_.__name__} has no foreign key to {target.class_.__name__}.",
            hint=f"Add one: {relation.key}_id = ForeignKeyField({target.class_.__name__}).",
        )
    raise ConfigurationError(
        f"{where}: {'no' if not found else 'more than one'} foreign key of {holder.class_.__name__} fits.",
        hint=f"Say which with foreign_key=…; choices: {choices}.",
    )


def _column_named(mapper: Mapper[Any], name: Any) -> sa.Column[Any]:
    given: sa.Column[Any] = name
    if isinstance(name, sa.Column):
        return given
    key: str = name if isinstance(name, str) else name.key
    key = key.rpartition(".")[2]
    for table in mapper.tables:
        if key in table.c and key not in mapper.columns:
            return cast("sa.Column[Any]", table.c[key])
    if key not in mapper.columns:
        raise UnknownFieldError(
            f"{mapper.class_.__name__} has no column {key!r}.", hint=did_you_mean(key, mapper.columns.keys())
        )
    return mapper.columns[key]


def _order_key(mapper: Mapper[Any], key: str) -> Any:
    column = _column_named(mapper, key.removeprefix("-"))
    return column.desc() if key.startswith("-") else column.asc()


def _has_all(mapper: Mapper[Any], names: Any) -> bool:
    try:
        return all(
            any(column is known for table in mapper.tables for known in table.c)
            for column in columns_named(mapper, names)
        )
    except UnknownFieldError:
        return False


def _is_named_after(name: str | None, holder: Mapper[Any], constraint: sa.ForeignKeyConstraint) -> bool:
    if not name:
        return False
    keys = {column.name for column in constraint.columns}
    keys |= {holder.get_property_by_column(c).key for c in constraint.columns if holder.c.contains_column(c)}
    return any(key.lower().removesuffix("_id").removesuffix("id") == name.lower() for key in keys)


def _is_inheritance(holder: Mapper[Any], constraint: sa.ForeignKeyConstraint) -> bool:
    table: Any = constraint.table
    referred: Any = constraint.referred_table
    inherited = holder.inherits is not None and referred is not table
    return (
        inherited
        and any(referred is known for known in holder.tables)
        and set(constraint.columns) <= set(table.primary_key)
    )

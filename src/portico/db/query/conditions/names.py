"""Keywords such as ``author__created_at__year__gte``: found on the mapped class, or refused by name.

    reference = find(Post, "author__username__icontains")
    reference.operand.path, reference.lookup.name      # <Path Post.author>, "icontains"

A keyword is relations, then a field, then parts of it (``date``, ``year`` …), then a lookup (``exact`` when
there is none). A field wins over a part or lookup of the same name. Raises `UnknownNameError` with the
nearest match and the choices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty

from portico._kernel.suggest import did_you_mean, nearest
from portico.db.relations import Path, resolve_path
from portico.errors import UnknownNameError

from .lookups import ALIASES, LOOKUPS, PARTS, RELATION_LOOKUPS, Lookup, lookups_of, parts_of
from .operand import Operand, operand_of

SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class Reference:
    """A keyword, understood. Without an operand it stands at a relation."""

    keyword: str
    path: Path | None
    relation: RelationshipProperty[Any] | None
    operand: Operand | None
    lookup: Lookup


def unknown(what: str, name: str, choices: Iterable[str]) -> UnknownNameError:
    """The error for a name that does not exist."""
    names = sorted(choices)
    return UnknownNameError(
        what, name=name, choices=names, nearest=nearest(name, names), hint=did_you_mean(name, names)
    )


def field_names(mapper: Mapper[Any]) -> list[str]:
    """The names that may stand in a keyword for this class."""
    return [key for key in mapper.all_orm_descriptors.keys() if not key.startswith("_")]  # noqa: SIM118 -- no mapping


def find(entity: Any, keyword: str) -> Reference:
    """Understand a keyword, or raise UnknownNameError."""
    path, relation, operand, rest = walk(entity, keyword)
    if operand is None:
        name = rest[0] if rest else "exact"
        lookup = RELATION_LOOKUPS.get(name)
        if lookup is None or len(rest) > 1:
            assert relation is not None
            choices = [*RELATION_LOOKUPS, *field_names(relation.mapper)]
            bad = rest[0] if lookup is None else rest[1]
            raise unknown(f"{relation.mapper.class_.__name__} has no field or lookup {bad!r} in {keyword!r}.", bad, choices)
        return Reference(keyword, path, relation, None, lookup)
    operand, rest = _parts(operand, rest)
    return Reference(keyword, operand.path, None, operand, _lookup(operand, rest, keyword))


def find_operand(entity: Any, name: str) -> Operand:
    """Understand a name without a lookup: ``author__username`` or ``created_at__year``."""
    _, relation, operand, rest = walk(entity, name)
    if operand is None:
        assert relation is not None
        if rest:
            raise unknown(
                f"{relation.mapper.class_.__name__} has no field {rest[0]!r} in {name!r}.",
                rest[0],
                field_names(relation.mapper),
            )
        raise unknown(
            f"{name!r} is a relation, and a field is needed here.",
            name,
            [f"{name}{SEPARATOR}{key}" for key in relation.mapper.column_attrs.keys()],  # noqa: SIM118 -- no mapping
        )
    operand, rest = _parts(operand, rest)
    if rest:
        raise unknown(f"{name!r} ends in {rest[0]!r}, which is no part of it.", rest[0], parts_of(operand.kind))
    return operand


def walk(
    entity: Any, keyword: str
) -> tuple[Path | None, RelationshipProperty[Any] | None, Operand | None, list[str]]:
    """Follow relations and one field; what is left over are parts and lookups."""
    inspected = sa.inspect(entity)
    mapper: Mapper[Any] = inspected.mapper
    owner, taken = mapper, []
    rest = keyword.split(SEPARATOR)
    relation: RelationshipProperty[Any] | None = None
    while rest:
        name, rest = _longest(owner, rest)
        if name is None:
            break
        taken.append(name)
        if name not in owner.relationships:
            path, attribute = resolve_path(entity, taken)
            return path, None, operand_of(path, attribute, SEPARATOR.join(taken), mapper), rest
        relation = owner.relationships[name]
        owner = relation.mapper
    if not taken:
        raise unknown(f"{mapper.class_.__name__} has no field {rest[0]!r}.", rest[0], field_names(mapper))
    if rest and rest[0] not in RELATION_LOOKUPS:
        raise unknown(f"{owner.class_.__name__} has no field {rest[0]!r} (in {keyword!r}).", rest[0], field_names(owner))
    return resolve_path(entity, taken)[0], relation, None, rest


def _longest(mapper: Mapper[Any], rest: list[str]) -> tuple[str | None, list[str]]:
    """The field at the beginning, also when its own name has two underscores in it."""
    for size in range(len(rest), 0, -1):
        name = SEPARATOR.join(rest[:size])
        if name in mapper.all_orm_descriptors:
            return name, rest[size:]
    return None, rest


def _parts(operand: Operand, rest: list[str]) -> tuple[Operand, list[str]]:
    while rest and (part := PARTS.get(rest[0])) is not None and operand.kind in part.kinds:
        operand = replace(
            operand,
            expression=part.build(operand.expression),
            kind=part.gives,
            name=f"{operand.name}{SEPARATOR}{part.name}",
        )
        rest = rest[1:]
    return operand, rest


def _lookup(operand: Operand, rest: list[str], keyword: str) -> Lookup:
    name = ALIASES.get(rest[0], rest[0]) if rest else "exact"
    known = lookups_of(operand.kind)
    if len(rest) > 1 or name not in known:
        bad = rest[1] if name in known else rest[0] if rest else name
        what = f"{operand.model}.{operand.name} ({operand.kind.value}) has no lookup {bad!r} (in {keyword!r})."
        if not rest:
            what = f"{operand.model}.{operand.name} ({operand.kind.value}) cannot be compared by value."
        raise unknown(what, bad, [*known, *parts_of(operand.kind)])
    return LOOKUPS[name]

"""Keywords such as ``author__created_at__year__gte``: found on the mapped class, or refused by name.

    reference = find(Post, "author__username__icontains")
    reference.target.path, reference.lookup.name      # <Path Post.author>, "icontains"

A keyword is relations, then a field, then parts of it (``date``, ``year`` …), then a lookup (``exact`` when
there is none). A field wins over a part or lookup of the same name, and the longest name over a path of
several; `exactly` spells a keyword whose steps are names already, so that nothing in it has two readings.
Raises `UnknownNameError` with the nearest match and the choices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico._kernel.suggest import unknown_name
from portico.db.fields import spec_of
from portico.db.relations import Path, resolve_path

from .lookups import ALIASES, LOOKUPS, PARTS, RELATION_LOOKUPS, Lookup, lookups_of, parts_of
from .operand import Operand, operand_of

SEPARATOR = "__"
_APART = "\x1f"
REMEMBERED = 1000
REMEMBERED_DEPTH = 4
_UNDERSTOOD = "_portico_keywords"


@dataclass(frozen=True, slots=True)
class Reference:
    """A keyword, understood: what it leads to (a field, or a relation) and how that is compared."""

    target: Operand | Path
    lookup: Lookup
    checks: dict[type[Any], tuple[Callable[[Any], Any], ...]] = field(
        default_factory=dict[type[Any], tuple[Callable[[Any], Any], ...]], compare=False
    )
    """What a plain value has to pass, by its type; found out when the first of that type comes."""


def exactly(*steps: str) -> str:
    """A keyword out of relations, a field, a part and a lookup, whatever underscores stand in their names."""
    return _APART.join(steps)


def field_names(mapper: Mapper[Any]) -> list[str]:
    """The names that may stand in a keyword for this class."""
    # Relations are missing from the descriptors: ours stand in their place on the class.
    names = dict.fromkeys((*mapper.attrs.keys(), *mapper.all_orm_descriptors.keys()))
    return [name for name in names if not name.startswith("_")]


def find(entity: Any, keyword: str) -> Reference:
    """Understand a keyword, or raise UnknownNameError."""
    # Kept on the mapper, so that it goes when the class goes; names may come from outside, so not all are.
    known: dict[str, Reference] = sa.inspect(entity).__dict__.setdefault(_UNDERSTOOD, {})
    found = known.get(keyword)
    if found is None:
        found = _find(entity, keyword)
        if isinstance(found.target, Operand) and not found.target.lasting:
            return found
        if len(known) < REMEMBERED and keyword.count(SEPARATOR) + keyword.count(_APART) <= REMEMBERED_DEPTH:
            known[keyword] = found
    return found


def _find(entity: Any, keyword: str) -> Reference:
    target, rest = walk(entity, keyword)
    if isinstance(target, Operand):
        target, rest = _parts(target, rest)
        return Reference(target, _lookup(target, rest, keyword))
    if len(rest) > 1:
        raise unknown_name(
            f"A relation has no lookup {rest[1]!r} (in {keyword!r}).", rest[1], RELATION_LOOKUPS
        )
    return Reference(target, RELATION_LOOKUPS[rest[0] if rest else "exact"])


def is_lasting(entity: Any, keyword: str) -> bool:
    """Whether a keyword means the same expression each time: code of the application has no part in it."""
    target = find(entity, keyword).target
    return isinstance(target, Path) or target.lasting


def find_operand(entity: Any, name: str) -> Operand:
    """Understand a name without a lookup: ``author__username`` or ``created_at__year``."""
    target, rest = walk(entity, name)
    if isinstance(target, Path):
        fields = [f"{name}{SEPARATOR}{key}" for key in target.mapper.columns.keys()]  # noqa: SIM118 -- no mapping
        raise unknown_name(f"{name!r} is a relation, and a field is needed here.", name, fields)
    target, rest = _parts(target, rest)
    if rest:
        raise unknown_name(
            f"{name!r} ends in {rest[0]!r}, which is no part of it.", rest[0], parts_of(target.kind)
        )
    return target


def walk(entity: Any, keyword: str) -> tuple[Operand | Path, list[str]]:
    """Follow relations and one field; what is left over are parts and lookups."""
    mapper: Mapper[Any] = sa.inspect(entity).mapper
    owner, taken = mapper, list[str]()
    apart = _APART in keyword
    rest = keyword.split(_APART if apart else SEPARATOR)
    while rest:
        name, rest = _longest(owner, rest, 1 if apart else len(rest))
        if name is None:
            break
        taken.append(name)
        if name not in owner.relationships:
            path, attribute = resolve_path(entity, taken)
            operand = operand_of(path, attribute, SEPARATOR.join(taken), mapper)
            if name in owner.attrs:
                return operand, rest
            # What a hybrid gave this time: SQLAlchemy takes the attribute itself for the same each time.
            return replace(operand, lasting=False, expression=attribute.__clause_element__()), rest
        owner = owner.relationships[name].mapper
    if not taken or (rest and rest[0] not in RELATION_LOOKUPS):
        where = f" (in {keyword!r})" if taken else ""
        raise unknown_name(
            f"{owner.class_.__name__} has no field {rest[0]!r}{where}.", rest[0], field_names(owner)
        )
    return relation_path(entity, taken), rest


def relation_path(entity: Any, names: Sequence[str]) -> Path:
    """The path of relation names, or UnknownNameError with the nearest match."""
    owner: Mapper[Any] = sa.inspect(entity).mapper
    for name in names:
        if name not in owner.relationships:
            choices = list(owner.relationships.keys())
            raise unknown_name(f"{owner.class_.__name__} has no relation {name!r}.", name, choices)
        owner = owner.relationships[name].mapper
    # A field is asked for at its end, since a path is what leads to a field.
    key = owner.get_property_by_column(owner.primary_key[0]).key
    return cast("Path", resolve_path(entity, [*names, key])[0])


def _longest(mapper: Mapper[Any], rest: list[str], most: int) -> tuple[str | None, list[str]]:
    """The field at the beginning, also when its own name has two underscores in it."""
    for size in range(most, 0, -1):
        name = SEPARATOR.join(rest[:size])
        if name in mapper.attrs or name in mapper.all_orm_descriptors:
            return name, rest[size:]
    return None, rest


def _parts(operand: Operand, rest: list[str]) -> tuple[Operand, list[str]]:
    while rest and (part := PARTS.get(rest[0])) is not None and operand.kind in part.kinds:
        expression = part.build(operand.expression)
        name = f"{operand.name}{SEPARATOR}{part.name}"
        operand = replace(
            operand, expression=expression, kind=part.gives, spec=spec_of(expression), name=name
        )
        rest = rest[1:]
    return operand, rest


def _lookup(operand: Operand, rest: list[str], keyword: str) -> Lookup:
    name = ALIASES.get(rest[0], rest[0]) if rest else "exact"
    known = lookups_of(operand.kind)
    if len(rest) > 1 or name not in known:
        bad = rest[1] if name in known else rest[0] if rest else name
        what = (
            f"{operand.model}.{operand.name} ({operand.kind.value}) has no lookup {bad!r} (in {keyword!r})."
        )
        if not rest:
            what = f"{operand.model}.{operand.name} ({operand.kind.value}) cannot be compared by value."
        raise unknown_name(what, bad, [*known, *parts_of(operand.kind)])
    return LOOKUPS[name]

"""Lookups that end at a relation: ``author=ann``, ``author__in=[1, 2]``, ``tags=tag``, ``tags__isnull=True``.

A related row is given as an object, as its key (a tuple for a composite one), or, for ``in``, as a query.
Where this row holds the foreign key nothing is joined. ``tags=tag`` means that the tag is among them;
``tags__isnull=True`` (or ``tags=None``) that there are none. ``ne`` and ``not_in`` are the opposites.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty
from sqlalchemy.sql.selectable import SelectBase

from portico.db.compiled.slots import Slot
from portico.db.relations import Path
from portico.errors import InvalidError, UsageError

from .lookups import among
from .operand import Operand, operand_of
from .tree import Group, Leaf, Negation, Node
from .values import as_tuple, check, is_listed

Row = tuple[Any, ...]


def related(path: Path, name: str, value: Any) -> Node:
    """The condition of a relation lookup."""
    relation = path.steps[-1]
    if name in {"ne", "not_in"}:
        return Negation(_positive(path, relation, "exact" if name == "ne" else "in", value))
    return _positive(path, relation, name, value)


def _positive(path: Path, relation: RelationshipProperty[Any], lookup: str, value: Any) -> Node:
    if lookup == "isnull":
        if not isinstance(value, bool):
            raise _refused(path, "isnull is asked with True or False.")
        return _absent(path, relation) if value else Negation(_absent(path, relation))
    if lookup == "exact":
        return _absent(path, relation) if value is None else _among(path, relation, [value])
    if isinstance(value, SelectBase):
        return _among_selected(path, relation, value)
    if not is_listed(value):
        raise _refused(path, "a list of objects or keys is needed.")
    given = list(value)
    found = _among(path, relation, [each for each in given if each is not None])
    return Group("or", (found, _absent(path, relation))) if None in given else found


def _holds_key(relation: RelationshipProperty[Any]) -> bool:
    return relation.direction is RelationshipDirection.MANYTOONE


def _absent(path: Path, relation: RelationshipProperty[Any]) -> Node:
    if relation.uselist:
        return Negation(Leaf(sa.true(), (path,), total=True))
    operands = _operands(path, relation)
    element = sa.or_(*(operand.expression.is_(None) for operand in operands))
    return Leaf(element, _paths(operands), total=True)


def _among(path: Path, relation: RelationshipProperty[Any], values: list[Any]) -> Node:
    operands = _operands(path, relation)
    rows = [_row(path, relation, value) for value in values]
    if any(len(row) != len(operands) for row in rows):
        raise _refused(path, f"a key has {len(operands)} parts.")
    if not rows:
        return Leaf(sa.false(), (), total=True)
    checked = [tuple(_checked(o, part) for o, part in zip(operands, row, strict=True)) for row in rows]
    return Leaf(among(operands, checked), _paths(operands), total=False)


def _checked(operand: Operand, part: Any) -> Any:
    # What comes later is checked then.
    return part if isinstance(part, Slot) else check(operand, part)


def _among_selected(path: Path, relation: RelationshipProperty[Any], chosen: SelectBase) -> Node:
    operands = _operands(path, relation)
    if len(chosen.selected_columns) != len(operands):
        raise _refused(path, f"the query must give the {len(operands)} part(s) of the key.")
    expressions = [operand.expression for operand in operands]
    left: Any = expressions[0] if len(expressions) == 1 else sa.tuple_(*expressions)
    return Leaf(left.in_(chosen), _paths(operands), total=False)


def _operands(path: Path, relation: RelationshipProperty[Any]) -> list[Operand]:
    """The foreign key where this row holds it, else the key at the end of the path."""
    if _holds_key(relation):
        columns = [local for local, _ in relation.local_remote_pairs or ()]
        return [
            _operand(path.parent, relation.parent, path.parent_entity, column, path.name)
            for column in columns
        ]
    columns = list(relation.mapper.primary_key)
    return [_operand(path, relation.mapper, path.alias, column, path.name) for column in columns]


def _operand(path: Path | None, mapper: Mapper[Any], entity: Any, column: Any, name: str) -> Operand:
    attribute = getattr(entity, mapper.get_property_by_column(column).key)
    return operand_of(path, attribute, name.replace(".", "__"), mapper)


def _paths(operands: list[Operand]) -> tuple[Path, ...]:
    return (operands[0].path,) if operands[0].path else ()


def _row(path: Path, relation: RelationshipProperty[Any], value: Any) -> Row:
    """The key of a related row, given as an object or as a key."""
    mapper = relation.mapper
    if isinstance(value, mapper.class_):
        columns = (
            [remote for _, remote in relation.local_remote_pairs or ()]
            if _holds_key(relation)
            else mapper.primary_key
        )
        row = tuple(_stored(value, mapper, column) for column in columns)
        if None in row:
            raise UsageError(
                f"The {mapper.class_.__name__} given for {path.name} has no key yet.", hint="Save it first."
            )
        return row
    if sa.inspect(value, raiseerr=False) is not None and hasattr(value, "_sa_instance_state"):
        raise UsageError(f"{path.name} is a {mapper.class_.__name__}, not a {type(value).__name__}.")
    return as_tuple(value)


def _stored(value: Any, mapper: Mapper[Any], column: Any) -> Any:
    return getattr(value, mapper.get_property_by_column(column).key)


def _refused(path: Path, why: str) -> InvalidError:
    name = path.name.replace(".", "__")
    return InvalidError(f"{path.root.mapper.class_.__name__}.{name}: {why}", fields={name: [why]})

"""Keep what Python objects say about each other true.

The foreign key columns are the truth: putting a saved object into a to-one relation writes its key into them
at once, so that ``save()``, a flush and ``post.author_id`` agree. The other end, if it is loaded, follows
quietly: nothing is recorded there as a change, for it needs no statement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Mapper, RelationshipDirection, RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from .spec import relation_named

Pairs = tuple[tuple[str, str], ...]
_ABSENT = "_portico_absent"
_plain: Any = list  # its methods, called past the instrumentation that records changes
_pairs: WeakKeyDictionary[RelationshipProperty[Any], Pairs] = WeakKeyDictionary()


def state_of(instance: Any) -> InstanceState[Any]:
    """SQLAlchemy's record of an instance."""
    state: InstanceState[Any] = sa.inspect(instance)
    return state


def is_stored(instance: Any) -> bool:
    """Whether the instance stands for a row."""
    return state_of(instance).key is not None


def holds_key(relation: RelationshipProperty[Any]) -> bool:
    """Whether the foreign key is in the row of the declaring class."""
    return relation.direction is RelationshipDirection.MANYTOONE


def key_pairs(relation: RelationshipProperty[Any]) -> Pairs:
    """Attribute names (foreign key, key it refers to) of a relation without a junction."""
    found = _pairs.get(relation)
    if found is None:
        found = _pairs[relation] = tuple(_find_pairs(relation))
    return found


def _find_pairs(relation: RelationshipProperty[Any]) -> Iterable[tuple[str, str]]:
    here, there = relation.parent, relation.mapper
    for local, remote in relation.local_remote_pairs:
        near, far = _attribute(here, local), _attribute(there, remote)
        yield (near, far) if holds_key(relation) else (far, near)


def _attribute(mapper: Mapper[Any], column: Any) -> str:
    return mapper.get_property_by_column(column).key


def reverse_of(relation: RelationshipProperty[Any]) -> RelationshipProperty[Any] | None:
    """The other end, if ``back_populates`` names one."""
    return relation_named(relation.mapper, relation.back_populates)


def take_key(holder: Any, pairs: Pairs, target: Any) -> None:
    """Write the key of a saved target into the foreign key of ``holder``."""
    for foreign, key in pairs:
        value = target.__dict__.get(key)
        if value is not None and holder.__dict__.get(foreign, ...) != value:
            setattr(holder, foreign, value)


def drop_key(holder: Any, pairs: Pairs) -> None:
    """Empty the foreign key of ``holder``; of a composite one, the columns that may be empty."""
    mapper = state_of(holder).mapper
    nullable = [foreign for foreign, _ in pairs if mapper.columns[foreign].nullable]
    for foreign in nullable or [foreign for foreign, _ in pairs]:
        if holder.__dict__.get(foreign, ...) is not None:
            setattr(holder, foreign, None)


def among(columns: Sequence[Any], keys: Sequence[tuple[Any, ...]]) -> sa.ColumnElement[bool]:
    """The condition that columns have one of these keys."""
    if len(columns) == 1:
        only: sa.ColumnElement[bool] = columns[0].in_([key[0] for key in keys])
        return only
    return sa.tuple_(*columns).in_(keys)


def agrees(holder: Any, pairs: Pairs, target: Any) -> bool:
    """Whether the foreign key of ``holder`` still points to this target (or to none, if that is None)."""
    held = holder.__dict__
    if target is None:
        return any(held.get(foreign) is None for foreign, _ in pairs)
    known = target.__dict__
    return all(
        foreign not in held or key not in known or known[key] is None or held[foreign] == known[key]
        for foreign, key in pairs
    )


def note_absent(holder: Any, relation: RelationshipProperty[Any]) -> None:
    """The row that this key points to was looked for, and is out of sight: deleted, or somebody else's."""
    if holds_key(relation):
        held = holder.__dict__
        key = tuple(held.get(foreign) for foreign, _ in key_pairs(relation))
        held[_ABSENT] = {**held.get(_ABSENT, {}), relation.key: key}


def is_absent(holder: Any, relation: RelationshipProperty[Any]) -> bool:
    """Whether that is known of the key which is held now."""
    held = holder.__dict__
    known = held.get(_ABSENT, {}).get(relation.key)
    return known is not None and known == tuple(held.get(foreign) for foreign, _ in key_pairs(relation))


def set_quietly(owner: Any, relation: RelationshipProperty[Any], target: Any) -> None:
    """Make ``target`` the loaded value of a to-one relation, with nothing to save."""
    set_committed_value(owner, relation.key, target)


def put_quietly(owner: Any, relation: RelationshipProperty[Any], target: Any) -> None:
    """Tell one end that the other points to it, if it has the relation loaded."""
    held: list[Any] | None = owner.__dict__.get(relation.key)
    if not relation.uselist:
        set_quietly(owner, relation, target)
    elif held is None:
        if not is_stored(owner):
            set_committed_value(owner, relation.key, [target])
    elif not any(known is target for known in held):
        _plain.append(held, target)
        _amend(owner, relation.key, added=target)


def take_out_quietly(owner: Any, relation: RelationshipProperty[Any], target: Any) -> None:
    """Tell one end that the other no longer points to it, if it has the relation loaded."""
    held: list[Any] | None = owner.__dict__.get(relation.key)
    if not relation.uselist:
        if held is target:
            set_quietly(owner, relation, None)
    elif held is not None:
        for index, known in enumerate(held):
            if known is target:
                _plain.pop(held, index)
                _amend(owner, relation.key, removed=target)
                return


def _amend(owner: Any, key: str, *, added: Any = None, removed: Any = None) -> None:
    """What a session remembers as the stored content of a changed collection follows too."""
    before: list[Any] | None = state_of(owner).committed_state.get(key)
    if isinstance(before, list):
        if added is not None:
            before.append(added)
        if removed is not None:
            before[:] = [known for known in before if known is not removed]

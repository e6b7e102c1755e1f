"""Links that wait for their object to be written: ``Post.create(title="x", author=ann, tags=[news])``.

    values = foreign_key_values(post)         # {"author_id": 1}; before the INSERT or UPDATE
    if pending_links(post): ...               # is there more to write than the row?
    await link_pending(database, post)        # after it: junction rows, foreign keys of children
    relations_written(post)                   # at the end: relations now say what the database says

Raises `UsageError` naming what to save first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import InstanceState, RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.relations.sides import holds_key, is_stored, key_pairs, reverse_of, state_of
from portico.db.session import Database
from portico.errors import UsageError

from .links import Links

_PENDING = "_portico_pending"
Difference = tuple[list[Any], list[Any]]


def foreign_key_values(instance: Any) -> dict[str, Any]:
    """Foreign key attributes that follow from to-one relations set on the instance and not yet written."""
    state = state_of(instance)
    values: dict[str, Any] = {}
    for relation in state.mapper.relationships:
        target = state.dict.get(relation.key)
        if not holds_key(relation) or target is None:
            continue
        pairs = key_pairs(relation)
        lacking = any(state.dict.get(foreign) is None for foreign, _ in pairs)
        if relation.key in state.committed_state or (state.key is None and lacking):
            for foreign, key in pairs:
                values[foreign] = target.__dict__.get(key)
                if values[foreign] is None:
                    raise _unsaved(relation, target)
    return values


def pending_links(instance: Any) -> dict[str, Difference]:
    """By relation, the targets added and removed on the instance whose links are not in this row.

    Empty for an object in a session, whose flush writes them.
    """
    state = state_of(instance)
    found: dict[str, Difference] = {}
    if state.session is not None or not (state.committed_state or state.key is None):
        return found
    for relation in state.mapper.relationships:
        if holds_key(relation) or relation.viewonly or relation.key not in state.dict:
            continue
        new, gone = _difference(state, relation)
        for target in new:
            if not is_stored(target):
                raise _unsaved(relation, target)
        if new or gone:
            found[relation.key] = (new, gone)
    if found:
        # Writing the row makes SQLAlchemy forget what was new, so this is kept for `link_pending`.
        state.__dict__[_PENDING] = found
    return found


def _difference(state: InstanceState[Any], relation: RelationshipProperty[Any]) -> Difference:
    """What was added and removed by hand; to a row that is not there yet everything is added."""
    if state.key is not None or relation.key in state.committed_state:
        added, _, removed = state.attrs[relation.key].history
        gone = [one for one in removed or () if one is not None]
        return [one for one in added or () if one is not None], gone
    # Put there by the other end, which will write the link itself; or left from before a rollback, after
    # which SQLAlchemy no longer knows what was new.
    held = state.dict[relation.key]
    targets = held if relation.uselist else [held] if held is not None else []
    return [one for one in targets if is_stored(one) and not _writes_itself(one, relation)], []


def _writes_itself(target: Any, relation: RelationshipProperty[Any]) -> bool:
    reverse = reverse_of(relation)
    return (
        relation.secondary is None and reverse is not None and reverse.key in state_of(target).committed_state
    )


async def link_pending(database: Database, instance: Any) -> None:
    """Write the links that `pending_links` found; the row of the instance must be there by now."""
    state = state_of(instance)
    relationships = state.mapper.relationships
    found = state.__dict__.pop(_PENDING, None) or pending_links(instance)
    state.__dict__.pop(_PENDING, None)
    for key, (added, removed) in found.items():
        relation = relationships[key]
        held = instance.__dict__.get(key)
        set_committed_value(instance, key, list(held or ()) if relation.uselist else held)
        links = Links(instance, relation, database)
        if removed:
            await links.remove(removed)
        await links.add(added)


def relations_written(instance: Any, *, new: bool = False) -> None:
    """What relations say is now what the database says; a new row has empty collections.

    What an object in a session holds stays pending there, for the flush.
    """
    state = state_of(instance)
    if state.session is not None and not new:
        return
    for relation in state.mapper.relationships:
        key = relation.key
        if key in state.committed_state:
            held = state.dict.get(key)
            set_committed_value(instance, key, list(held or ()) if relation.uselist else held)
        elif new and key not in state.dict and not relation.viewonly and not holds_key(relation):
            set_committed_value(instance, key, [] if relation.uselist else None)


def _unsaved(relation: RelationshipProperty[Any], target: Any) -> UsageError:
    where = f"{relation.parent.class_.__name__}.{relation.key}"
    return UsageError(
        f"{where} holds a {type(target).__name__} that is not in the database yet.",
        hint=f"Save it first: await {type(target).__name__.lower()}.save().",
    )

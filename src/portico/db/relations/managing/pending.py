"""Links that wait for their object to be written: ``Post.create(title="x", author=ann, tags=[news])``.

    values = foreign_key_values(post)         # {"author_id": 1}; before the INSERT or UPDATE
    if pending_links(post): ...               # is there more to write than the row?
    await link_pending(database, post)        # after it: junction rows, foreign keys of children
    relations_written(post)                   # at the end: relations now say what the database says

Raises `UsageError` naming what to save first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.relations.sides import holds_key, is_stored, key_pairs, set_quietly, state_of, take_key
from portico.db.session import Database
from portico.errors import UsageError

from .links import Links


def foreign_key_values(instance: Any) -> dict[str, Any]:
    """Foreign key attributes that follow from to-one relations set on the instance and not yet written."""
    state = state_of(instance)
    values: dict[str, Any] = {}
    for relation in state.mapper.relationships:
        target = state.dict.get(relation.key)
        if not holds_key(relation) or target is None or relation.key not in state.committed_state:
            continue
        for foreign, key in key_pairs(relation):
            value = target.__dict__.get(key)
            if value is None:
                raise _unsaved(relation, target)
            values[foreign] = value
    return values


def pending_links(instance: Any) -> dict[str, tuple[list[Any], list[Any]]]:
    """By relation, the targets added and removed on the instance whose links are not in this row.

    Empty for an object in a session, whose flush writes them.
    """
    state = state_of(instance)
    found: dict[str, tuple[list[Any], list[Any]]] = {}
    if state.session is not None or not state.committed_state:
        return found
    for relation in state.mapper.relationships:
        if holds_key(relation) or relation.viewonly or relation.key not in state.committed_state:
            continue
        added, _, removed = state.attrs[relation.key].history
        new, gone = [x for x in added or () if x is not None], [x for x in removed or () if x is not None]
        for target in new:
            if not is_stored(target):
                raise _unsaved(relation, target)
        if new or gone:
            found[relation.key] = (new, gone)
    return found


async def link_pending(database: Database, instance: Any) -> None:
    """Write the links that `pending_links` found; the row of the instance must be there by now."""
    relationships = state_of(instance).mapper.relationships
    for key, (added, removed) in pending_links(instance).items():
        relation = relationships[key]
        held = instance.__dict__.get(key)
        set_committed_value(instance, key, list(held or ()) if relation.uselist else held)
        links = Links(instance, relation, database)
        if removed:
            await links.remove(removed)
        await links.add(added)


def relations_written(instance: Any, *, new: bool = False) -> None:
    """What relations say is now what the database says; a new row has empty collections."""
    state = state_of(instance)
    for relation in state.mapper.relationships:
        key = relation.key
        if key in state.committed_state:
            held = state.dict.get(key)
            set_committed_value(instance, key, list(held or ()) if relation.uselist else held)
            if not holds_key(relation) and relation.secondary is None:
                for child in held or () if relation.uselist else filter(None, [held]):
                    take_key(child, key_pairs(relation), instance)
        elif new and relation.uselist and key not in state.dict and not relation.viewonly:
            set_committed_value(instance, key, [])
        elif new and not relation.uselist and not holds_key(relation) and key not in state.dict:
            set_quietly(instance, relation, None)


def _unsaved(relation: RelationshipProperty[Any], target: Any) -> UsageError:
    where = f"{relation.parent.class_.__name__}.{relation.key}"
    return UsageError(
        f"{where} holds a {type(target).__name__} that is not in the database yet.",
        hint=f"Save it first: await {type(target).__name__.lower()}.save().",
    )

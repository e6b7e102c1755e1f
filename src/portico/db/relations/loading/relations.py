"""Load a relation for any number of objects with one statement per 500 keys.

    await load_relation(db, posts, "author")
    await load_relation(db, users, "posts", LoadOptions(order_by=(Post.id.desc(),), limit=3))
    await load_relations(db, posts, ["author.company", "tags"])

Objects that have the relation loaded are passed over. Inside a unit the targets come from its session, so
that a row is one object there; outside, targets are one object per row within the load.
Raises `UnknownNameError` for a relation that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from portico._kernel.doors import register_doors
from portico._kernel.suggest import unknown_name
from portico.db.relations.guards import column_not_loaded
from portico.db.relations.hooks import hooks
from portico.db.relations.sides import (
    agrees,
    holds_key,
    is_stored,
    key_pairs,
    note_absent,
    reverse_of,
    state_of,
)
from portico.db.session import Database
from portico.errors import UsageError

from .options import EVERYTHING, LoadOptions
from .peers import peers_of, remember_peers
from .rows import fetch_rows
from .statements import Key, Plan, plan_for

CHUNK = 500


async def load_relations(
    database: Database,
    instances: Iterable[Any],
    paths: Iterable[str],
    options: Mapping[str, LoadOptions] | None = None,
) -> None:
    """Load several relations, also nested ones: ``"author.company"``; options by path."""
    several = list(instances)
    for path in paths:
        level, walked = several, ""
        for key in path.replace("__", ".").split("."):
            walked = f"{walked}.{key}" if walked else key
            level = await load_relation(database, level, key, (options or {}).get(walked, EVERYTHING))


async def load_relation(
    database: Database, instances: Iterable[Any], key: str, options: LoadOptions = EVERYTHING
) -> list[Any]:
    """Load one relation; gives the targets of all the instances, loaded now or before."""
    distinct: list[Any] = list({id(instance): instance for instance in instances}.values())
    by_relation: dict[RelationshipProperty[Any], list[Any]] = {}
    for instance in distinct:
        by_relation.setdefault(_relation(instance.__class__, key), []).append(instance)
    for relation, several in by_relation.items():
        wanted = [one for one in several if _wants(one, relation, options)]
        if wanted:
            await _load(database, wanted, relation, options)
    return _targets(distinct, key)


async def load_for_peers(database: Database, instance: Any, path: str) -> None:
    """Load a relation, or several in a row, for an object and all that came in the same result."""
    first, *rest = path.replace("__", ".").split(".")
    relation = _relation(instance.__class__, first)
    if not is_stored(instance) and not holds_key(relation):
        raise UsageError(
            f"This {instance.__class__.__name__} is not in the database yet.",
            hint="Save it first: await obj.save().",
        )
    level: Sequence[Any] = [peer for peer in peers_of(instance) if isinstance(peer, relation.parent.class_)]
    for key in (first, *rest):
        level = await load_relation(database, level, key)


def _relation(cls: type[Any], key: str) -> RelationshipProperty[Any]:
    mapper: Mapper[Any] = sa.inspect(cls)
    if key not in mapper.relationships:
        choices = mapper.relationships.keys()
        raise unknown_name(f"{cls.__name__} has no relation {key!r}.", key, choices)
    return mapper.relationships[key]


def _wants(instance: Any, relation: RelationshipProperty[Any], options: LoadOptions) -> bool:
    if not is_stored(instance):
        if relation.key in instance.__dict__ or relation.uselist:
            return False
        return holds_key(relation)
    if options.refresh or options.narrows or relation.key not in instance.__dict__:
        return True
    if not holds_key(relation) or relation.secondary is not None:
        return False
    return not agrees(instance, key_pairs(relation), instance.__dict__[relation.key])


async def _load(
    database: Database, instances: Sequence[Any], relation: RelationshipProperty[Any], options: LoadOptions
) -> None:
    plan = plan_for(relation)
    parents: dict[Key, list[Any]] = {}
    for instance in instances:
        key = tuple(_read(instance, name) for name in plan.parent_names)
        if None in key:
            _give(instance, relation, [])
        else:
            parents.setdefault(key, []).append(instance)
    targets: dict[int, Any] = {}
    keys = list(parents)
    for start in range(0, len(keys), CHUNK):
        found = await _fetch(database, plan, keys[start : start + CHUNK], options)
        for key in keys[start : start + CHUNK]:
            several = found.get(key, [])
            targets.update((id(target), target) for target in several)
            for instance in parents[key]:
                _give(instance, relation, several, whole=not options.narrows)
    remember_peers(list(targets.values()))


async def _fetch(
    database: Database, plan: Plan, keys: Sequence[Key], options: LoadOptions
) -> dict[Key, list[Any]]:
    """The targets of these keys, each once per key, in order."""
    quickly = await hooks.targets(database, plan, keys, options)
    if quickly is not None:
        return quickly
    found: dict[Key, dict[int, Any]] = {}
    for row in await fetch_rows(database, plan.statement(keys, options)):
        values: Key = tuple(row)
        target, key = values[0], values[1:]
        found.setdefault(key, {})[id(target)] = target
    return {key: list(targets.values()) for key, targets in found.items()}


def _give(
    instance: Any, relation: RelationshipProperty[Any], targets: Sequence[Any], *, whole: bool = True
) -> None:
    """Set the loaded value, and the other end where that follows; ``whole`` where nothing was left out."""
    if relation.uselist:
        set_committed_value(instance, relation.key, list(targets))
    else:
        set_committed_value(instance, relation.key, targets[0] if targets else None)
        if not targets and whole:
            note_absent(instance, relation)
    reverse = reverse_of(relation)
    if reverse is None or relation.secondary is not None or reverse.uselist:
        return
    for target in targets[: None if relation.uselist else 1]:
        if reverse.key not in state_of(target).committed_state:
            set_committed_value(target, reverse.key, instance)


def _read(instance: Any, name: str) -> Any:
    try:
        return instance.__dict__[name]
    except KeyError:
        if not is_stored(instance):
            return None
        raise column_not_loaded(instance.__class__, name) from None


def _targets(instances: Iterable[Any], key: str) -> list[Any]:
    found: dict[int, Any] = {}
    for instance in instances:
        held = instance.__dict__.get(key)
        several = cast("Iterable[Any]", held if isinstance(held, (list, set, tuple)) else (held,))
        found.update((id(target), target) for target in several if target is not None)
    return list(found.values())


register_doors("db/relations", reads=["load_relation", "load_relations", "load_for_peers"])

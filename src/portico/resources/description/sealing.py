"""Field rules of a class, with what follows from them for its relations.

    rules = with_relations(mapper_of(Post), FieldRules(hidden=["author_id"]), sealed_columns(exposures))
    rules.hidden        # {"author_id", "author"}

A relation tells and changes what its foreign key holds, so it shares the rules of that column, seen from both
ends: ``Post.author`` and ``User.posts``. A relation that a developer includes by name stays shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from portico.access import FieldRules
from portico.db.models.keys import mapper_of
from portico.db.models.schemas import schemas_for
from portico.errors import ConfigurationError

from .resource import Exposure, Resource


@dataclass(frozen=True, slots=True)
class SealedColumns:
    """Foreign keys of all exposed classes that are hidden or not to be written."""

    hidden: frozenset[Any] = frozenset()
    read_only: frozenset[Any] = frozenset()


NOTHING_SEALED: Final = SealedColumns()


def rules_of(exposure: Exposure) -> FieldRules:
    """What was said of the fields of a class: with its policy, and where it is exposed."""
    return exposure.policy.fields | exposure.rules | FieldRules(hidden=exposure.hidden)


def sealed_columns(exposures: Iterable[Exposure]) -> SealedColumns:
    """The foreign keys that are closed, wherever a relation uses them."""
    hidden: set[Any] = set()
    read_only: set[Any] = set()
    for exposure in exposures:
        mapper, rules = mapper_of(exposure.model), rules_of(exposure)
        hidden |= {*_foreign_keys(mapper, rules.hidden)} - {*_opened(exposure)}
        read_only |= {*_foreign_keys(mapper, {*rules.hidden, *rules.read_only})}
    return SealedColumns(frozenset(hidden), frozenset(read_only))


def with_relations(mapper: Any, rules: FieldRules, sealed: SealedColumns) -> FieldRules:
    """The rules of a class, with the relations that share those of their foreign keys."""
    used = {name: frozenset(_columns(relation)) for name, relation in mapper.relationships.items()}
    return rules | FieldRules(
        hidden=[name for name, columns in used.items() if columns & sealed.hidden],
        read_only=[name for name, columns in used.items() if columns & sealed.read_only],
    )


def check_creatable(resource: Resource) -> None:
    """Refuse a resource that offers to create rows which can never be complete."""
    if "create" not in resource.operations or resource.hooks.overrides("before_create"):
        return
    mapper: Any = mapper_of(resource.model)
    filled = [one for one in (mapper.polymorphic_on, mapper.version_id_col) if one is not None]
    for name in sorted(resource.rules.sealed("create") & resource.columns.keys()):
        by_itself = any(mapper.columns[name] is one for one in filled)
        if resource.columns[name].required and not by_itself:
            raise ConfigurationError(
                f"expose({resource.title}): no row can be created: {name!r} is required, has no default, "
                "and is hidden or read-only.",
                hint="Give it a default, fill it in a hook before_create, or leave create out of the policy.",
            )


def _foreign_keys(mapper: Any, names: Iterable[str]) -> Iterator[Any]:
    found = (mapper.columns[name] for name in names if name in mapper.columns)
    return (column for column in found if column.foreign_keys)


def _opened(exposure: Exposure) -> Iterator[Any]:
    relationships = mapper_of(exposure.model).relationships
    shown = schemas_for(exposure.model).read.model_fields
    named = {path.partition(".")[0] for path in exposure.include} | {*shown}
    for name in named & {*relationships.keys()}:
        yield from _columns(relationships[name])


def _columns(relation: Any) -> Iterator[Any]:
    return (column for pair in relation.local_remote_pairs for column in pair)

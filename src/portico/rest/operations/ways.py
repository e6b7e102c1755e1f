"""The relations of a resource that have routes of their own, with the words for them.

for way in ways_of(door, users):
    way.path, way.member_path       # "/{id}/posts", "/{id}/posts/{post}"
    way.name, way.one, way.owner    # "posts", "Post", "User"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import Request

from portico._kernel.naming import snake_case
from portico.access import Operation as Right
from portico.db.relations import Shape, shape_of
from portico.resources import RESERVED, Belongs, Relation, Resource, path_name, read_key
from portico.rest.caching import caching_headers
from portico.rest.documentation import key_parameter, pascal, singular
from portico.rest.door import Door

from .operation import key_asked, key_name, key_path

_OUTSIDE: Final = re.compile(r"\W", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One relation of a resource, from its rows to those of an exposed target."""

    door: Door
    resource: Resource
    relation: Relation
    target: Resource
    shape: Shape
    one: str
    """What one row at the end is called in names of operations."""

    @property
    def name(self) -> str:
        """The relation."""
        return self.relation.name

    @property
    def title(self) -> str:
        """What one row of the resource is called."""
        return singular(self.door.resources, self.resource)

    @property
    def owner(self) -> str:
        """The same in names of operations."""
        return pascal(self.title)

    @property
    def path(self) -> str:
        """The path below the resource."""
        return f"{key_path(self.resource)}/{path_name(self.name)}"

    @property
    def member_name(self) -> str:
        """What the key of one row at the end is called in paths."""
        name = _OUTSIDE.sub("_", snake_case(self.target.title))
        name = name if name.isidentifier() else f"row_{name}"
        return f"{name}_key" if name == key_name(self.resource) else name

    @property
    def member_path(self) -> str:
        """The path of one row at the end."""
        return f"{self.path}/{{{self.member_name}}}"

    @property
    def tags(self) -> tuple[str, ...]:
        """The group of its routes in documents."""
        return (f"{self.resource.name}.{self.name}",)

    def allows(self, right: Right, kind: str) -> bool:
        """Whether the target offers this at its own path, so that it is no surprise at another."""
        return self.target.allows(right, kind)

    def dependencies(self, kind: str) -> tuple[Any, ...]:
        """What the target asks for at its own path."""
        return (*self.target.dependencies, *self.target.more_dependencies.get(kind, ()))

    @property
    def key(self) -> dict[str, Any]:
        """The key of the owner, as OpenAPI describes it."""
        return key_parameter(self.resource, key_name(self.resource))

    @property
    def member_key(self) -> dict[str, Any]:
        """The key of one row at the end, as OpenAPI describes it."""
        return key_parameter(self.target, self.member_name)

    def caching_headers(self) -> Mapping[str, str]:
        """What caches may do with readings along it: the owner's rules decide as well as the target's."""
        # Everything that the target reaches the owner reaches through it.
        ruled = caching_headers(self.door, replace(self.resource, cache_control=None))
        return ruled or caching_headers(self.door, self.target)

    def list_parameters(self) -> list[dict[str, Any]]:
        """The parameters of the target's list that are about no single field."""
        dialect = self.door.dialect_of(self.target)
        every = dialect.list_parameters(self.door.reach(self.target))
        return [one for one in every if not _is_about_a_field(self.target, one["name"])]

    def asked(self, request: Request) -> Belongs:
        """Whose rows a request is about."""
        return Belongs(self.resource.name, self.name, key_asked(self.resource, request))

    def member_asked(self, request: Request) -> tuple[Any, ...]:
        """Which of them."""
        return read_key(self.target, request.path_params[self.member_name])


def ways_of(door: Door, resource: Resource) -> Iterator[Way]:
    """The relations that lead from rows that can be addressed to rows that somebody may read."""
    if not resource.key or "read" not in resource.operations:
        return
    ways = door.resources.ways(resource)
    many = [target for name, target in ways.items() if resource.relations[name].many]
    for name, target in ways.items():
        if target.database != resource.database:
            continue
        alone = many.count(target) == 1
        word = singular(door.resources, target) if alone else _one_of(name)
        yield Way(
            door=door,
            resource=resource,
            relation=resource.relations[name],
            target=target,
            shape=shape_of(resource.model, name),
            one=pascal(word),
        )


def _is_about_a_field(target: Resource, parameter: str) -> bool:
    if parameter in RESERVED:
        return False
    name = parameter.partition(".")[0]
    return name in target.fields or name.rpartition("__")[0] in target.fields


def _one_of(name: str) -> str:
    """``sent_messages`` as ``sent_message``, by the regular rules."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else f"{name}_row"

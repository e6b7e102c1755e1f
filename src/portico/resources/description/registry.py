"""The resources of one application, by name and by class.

    resources = Resources([posts, users])
    resources["posts"].model       # Post
    resources.of(User)             # the resource of a class, or None when it is not exposed

A relation is a way through only where its target is exposed: `target` answers None for the others.
Raises `DuplicateNameError` when a name or a class comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portico.db.models.keys import mapper_of
from portico.errors import DuplicateNameError

from .resource import Resource


class Resources:
    """A closed set of resources."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_name: dict[str, Resource] = {}
        self._by_model: dict[type[Any], Resource] = {}
        self._by_table: dict[Any, tuple[Resource, ...]] = {}
        for resource in resources:
            self._add(resource)

    def _add(self, resource: Resource) -> None:
        if resource.name in self._by_name:
            other = self._by_name[resource.name].model
            both = f"{_full_name(other)} and {_full_name(resource.model)}"
            raise DuplicateNameError(
                f"Two classes are called {resource.name!r}: {both}.",
                hint=f"Give one of them another name: expose({resource.model.__name__}, name=...).",
            )
        if resource.model in self._by_model:
            other_name = self._by_model[resource.model].name
            raise DuplicateNameError(
                f"{resource.model.__name__} is exposed already, as {other_name!r}.",
                hint="One class has one policy; expose it once.",
            )
        self._by_name[resource.name] = resource
        self._by_model[resource.model] = resource
        for table in mapper_of(resource.model).tables:
            self._by_table[table] = (*self._by_table.get(table, ()), resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Resource:
        return self._by_name[name]

    def of(self, model: type[Any]) -> Resource | None:
        """The resource of a class; None when it is not exposed."""
        return self._by_model.get(model)

    def over(self, table: Any) -> tuple[Resource, ...]:
        """The resources that show rows of a table."""
        return self._by_table.get(table, ())

    def target(self, resource: Resource, relation: str) -> Resource | None:
        """Where a relation of a resource leads; None when there is no such way."""
        found = resource.relations.get(relation)
        return self.of(found.target) if found else None

    def ways(self, resource: Resource) -> dict[str, Resource]:
        """The relations of a resource whose target is exposed and may be read by somebody."""
        targets = {name: self.target(resource, name) for name in resource.relations}
        return {
            name: target
            for name, target in targets.items()
            if target is not None and target.policy.offers("read")
        }


def _full_name(model: type[Any]) -> str:
    return f"{model.__module__}.{model.__qualname__}"

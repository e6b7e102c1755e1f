"""What can be reached from a resource by names with dots: fields over relations, and relations to include.

    reach = Reach(resources, resources["posts"])
    reach.field("author.username", parameter="sort")     # Found(path=("author",), ...)
    reach.includes(["author", "author.posts"])

A relation leads on only to an exposed resource; any other is as unknown as a name that does not exist.
Raises `InvalidParameterError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from portico.errors import InvalidParameterError
from portico.resources.description import Relation, Resource, Resources

from .limits import Limits
from .refusals import unknown

T = TypeVar("T")
REMEMBERED: Final = 1000
"""Names come from outside, so not all of them are remembered."""


@dataclass(frozen=True, slots=True)
class Found:
    """A field at the end of a path, with an operator when the name had one."""

    path: tuple[str, ...]
    owner: Resource
    field: str
    lookup: str | None = None


class Reach:
    """One resource with its surroundings and the limits of a request."""

    def __init__(self, resources: Resources, resource: Resource, limits: Limits | None = None) -> None:
        self.resources = resources
        self.resource = resource
        self.limits = limits or Limits()
        self.lists: Any = None
        """What is remembered of the plans of its lists."""
        self._understood: dict[str, Any] = {}

    def understood(self, name: str, ask: Callable[[Reach, str], T]) -> T:
        """What a name means, remembered: names of requests are few, and looking them up takes long."""
        found: T | None = self._understood.get(name)
        if found is None:
            found = ask(self, name)
            if len(self._understood) < REMEMBERED:
                self._understood[name] = found
        return found

    def field(self, dotted: str, *, parameter: str) -> Found:
        """The field that a dotted name leads to."""
        if found := _split((), self.resource, dotted):
            return found
        *steps, name = dotted.split(".")
        path = self.path(tuple(steps), parameter=parameter)
        owner = self.end(path)
        found = _split(path, owner, name)
        if found is None:
            prefix = "".join(f"{step}." for step in path)
            ways = () if path else tuple(self.resources.ways(owner))
            choices = [prefix + one for one in (*owner.fields, *ways)]
            raise unknown(f"{owner.name!r} has no field {name!r}.", dotted, choices, parameter=parameter)
        return found

    def path(self, steps: tuple[str, ...], *, parameter: str) -> tuple[str, ...]:
        """The path, when every step of it leads to an exposed resource."""
        if len(steps) > self.limits.depth:
            raise InvalidParameterError(f"At most {self.limits.depth} relations deep.", parameter=parameter)
        here = self.resource
        for number, step in enumerate(steps):
            ways = self.resources.ways(here)
            if step not in ways:
                prefix = "".join(f"{one}." for one in steps[:number])
                choices = [prefix + way for way in ways]
                raise unknown(
                    f"{here.name!r} has no relation {step!r}.", prefix + step, choices, parameter=parameter
                )
            here = ways[step]
        return steps

    def walk(self, path: tuple[str, ...]) -> Iterator[tuple[Relation, Resource]]:
        """Each relation of a path that was found, with the resource it leads to."""
        here = self.resource
        for step in path:
            relation = here.relations[step]
            here = self.resources.ways(here)[step]
            yield relation, here

    def end(self, path: tuple[str, ...]) -> Resource:
        """The resource at the end of a path that was found."""
        targets = [target for _, target in self.walk(path)]
        return targets[-1] if targets else self.resource

    def includes(self, names: Iterable[str], *, parameter: str = "include") -> tuple[tuple[str, ...], ...]:
        """The relations to bring along, each parent before its children and none twice.

        Those that the schemas of included rows show by themselves come along unasked.
        """
        found: dict[tuple[str, ...], None] = {}
        asked = tuple(dict.fromkeys(names))
        if len(asked) > self.limits.includes:
            raise InvalidParameterError(f"At most {self.limits.includes} relations.", parameter=parameter)
        for name in asked:
            path = self.path(tuple(name.split(".")), parameter=parameter)
            for length in range(1, len(path) + 1):
                found[path[:length]] = None
        if len(found) > self.limits.includes:
            raise InvalidParameterError(f"At most {self.limits.includes} relations.", parameter=parameter)
        for path in tuple(found):
            self._embed(found, path)
        return tuple(sorted(found))

    def _embed(self, found: dict[tuple[str, ...], None], path: tuple[str, ...]) -> None:
        passed = {self.resource.name, *(target.name for _, target in self.walk(path))}
        for (name,) in self.end(path).embedded:
            below = (*path, name)
            if below not in found and self.end(self.path(below, parameter="include")).name not in passed:
                found[below] = None
                self._embed(found, below)


def _split(path: tuple[str, ...], owner: Resource, name: str) -> Found | None:
    """Field and operator; the longest field wins, since a column's name may hold two underscores itself."""
    if name in owner.fields:
        return Found(path, owner, name)
    head, mark, lookup = name.rpartition("__")
    return Found(path, owner, head, lookup) if mark and head in owner.fields else None

"""What rows bring along, apart from its values: the includes of a plan, and the fields that it names.

    along = Along(scope, reach, plan)
    along.key, along.values               # the same key for every author_id in an include's filter
    along.level(scope, state, take)       # what the rows of a query show, with slots for values

The query of each include is built by the general code, with its policies. An include that is closed to
whoever asks shows nothing, as there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final, TypeAlias

from portico.db.compiled import Slot
from portico.db.models import mapper_of
from portico.db.query import Query
from portico.db.query.conditions.structure import NoStructureError, Take
from portico.db.query.nesting import Branch, Level
from portico.db.query.state import State
from portico.errors import ForbiddenError
from portico.resources.compiled.rendering import writer_of
from portico.resources.compiled.slotting import keyed, slotted
from portico.resources.description import Resource
from portico.resources.documents import Tree, fields_of
from portico.resources.grammar import Filter, Include, ListPlan, Path, Reach, RowPlan
from portico.resources.reading import filtered, mentioned, ordered
from portico.resources.scope import Scope

_Asked: TypeAlias = "dict[Path, tuple[Include, Filter, Slot | int]]"
_USUAL: Final = frozenset({1, 2, 3, 5, 10, 20, 25, 30, 40, 50, 100, 200})


def usual(limit: int) -> int | None:
    """A number of rows that is asked for often, which stands in a statement as it is; None for any other."""
    return limit if limit in _USUAL else None


class Along:
    """The includes and the fields of a plan."""

    def __init__(self, scope: Scope, reach: Reach, plan: RowPlan) -> None:
        self._reach, self._plan = reach, plan
        self.values: list[Any] = []
        self.key: Hashable = (tuple([self._key(one) for one in plan.include]), plan.fields)
        self.resources: tuple[Resource, ...] = tuple(dict.fromkeys(self._resources(scope)))

    def __bool__(self) -> bool:
        return bool(self._plan.include) or self._plan.fields is not None

    def level(self, scope: Scope, state: State, take: Take) -> Level:
        """What the rows of a query show; NoStructureError where the general path has to tell."""
        asked: _Asked = {}
        for one in self._plan.include:
            chosen, limit = slotted(one.filter, take), take()
            asked[one.path] = one, chosen, usual(limit.sample) or limit
        fields = None if self._plan.fields is None else fields_of(self._plan.fields)
        return self._level(scope, state, (), asked, fields)

    def _key(self, include: Include) -> Hashable:
        limit = include.limit or self._reach.limits.include_rows
        key = include.path, keyed(include.filter, self.values), include.order, usual(limit)
        self.values.append(limit)
        return key

    def _resources(self, scope: Scope) -> Iterator[Resource]:
        """Every resource whose rules decide about what is brought along."""
        for one in self._plan.include:
            target = self._target(one.path)
            yield from mentioned(scope, target, ListPlan(filter=one.filter, order=one.order))

    def _target(self, path: Path) -> Reach:
        return Reach(self._reach.resources, self._reach.end(path), self._reach.limits)

    def _level(self, scope: Scope, state: State, path: Path, asked: _Asked, fields: Tree | None) -> Level:
        resource = self._reach.end(path)
        writer = writer_of(resource, scope.home(resource))
        if writer is None or (fields is not None and not writer.told_alike):
            raise NoStructureError
        columns = tuple(one for one in writer.fields if fields is None or one.name in fields)
        below = [one for one in asked if one[:-1] == path and (fields is None or one[-1] in fields)]
        if any(one[-1] in resource.fields for one in below):
            raise NoStructureError
        branches = tuple(
            self._branch(scope, one, asked, (fields or {}).get(one[-1]) or None) for one in below
        )
        return Level(state=state, columns=columns, branches=branches, in_order=writer.in_order)

    def _branch(self, scope: Scope, path: Path, asked: _Asked, fields: Tree | None) -> Branch:
        owner, (include, chosen, limit) = self._reach.end(path[:-1]), asked[path]
        relation = mapper_of(owner.model).relationships[path[-1]]
        target = self._target(path)
        if scope.home(target.resource) is not scope.home(owner):
            raise NoStructureError
        level: Level | None = None
        try:
            query: Query[Any] = ordered(scope, target, filtered(scope, target, chosen), include.order)
        except ForbiddenError:
            pass  # closed to whoever asks
        else:
            level = self._level(scope, query.state, path, asked, fields)
        return Branch(
            name=path[-1], relation=relation, level=level, limit=limit if relation.uselist else None
        )

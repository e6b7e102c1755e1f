"""Write what is between rows: link, unlink and replace over a many-to-many relation.

    await link_row(scope, Belongs("posts", "tags", (1,)), (7,))
    await replace_links(scope, Belongs("posts", "tags", (1,)), [(7,), (8,)])
    tag = await create_related(scope, Belongs("posts", "tags", (1,)), values)

The owner has to be within reach for an update, and is locked so that two writers follow each other; the
target has to be readable. Links to rows out of reach look as if they were not there, and stay. Where the
junction is exposed itself, a link is a row of it: its own policy and hooks are asked.
Raises `NotFoundError` for owner and target in a path, `ForeignKeyError` for keys in a body.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from portico.access import Operation
from portico.db.models import key_of
from portico.db.query import Query
from portico.db.query.keys import narrowed_to
from portico.db.relations import Shape, belonging, links_of, shape_of
from portico.errors import DuplicateError, ForbiddenError, ForeignKeyError, InvalidError, NotFoundError
from portico.resources.description import Resource
from portico.resources.grammar import Belongs
from portico.resources.reading import check_owner, one_of
from portico.resources.scope import Scope

from .checks import still_within_reach
from .discretion import guarded
from .rows import change_one, complete, in_unit, make_one, remove_one

Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Ties:
    """One relation of one stored row, for those who write along it inside an open unit."""

    scope: Scope
    resource: Resource
    name: str
    target: Resource
    shape: Shape
    owner: Any

    @property
    def junction(self) -> Resource | None:
        """The resource of the junction's rows, where it is exposed."""
        through = self.shape.through
        return self.scope.resources.of(through) if through else None

    def linked(self) -> Query[Any]:
        """The rows at the end that may be read."""
        condition = belonging(self.resource.model, self.name, key_of(self.owner))
        return self.scope.rows(self.target).filter(condition)

    async def add(self, targets: Sequence[Any], values: Mapping[str, Any]) -> None:
        """Link these; of those that are linked the values are set."""
        if self.junction is not None:
            for target in targets:
                await self._put_row(self.junction, target, values)
            return
        await links_of(self.owner, self.name, self.scope.home(self.target)).add(targets, values or None)
        for target in targets if values else ():
            await self._rows(self.shape.through, target).update(**values)

    async def remove(self, targets: Sequence[Any]) -> None:
        """Unlink these."""
        if self.junction is None:
            await links_of(self.owner, self.name, self.scope.home(self.target)).remove(targets)
            return
        for target in targets:
            for row in await self._rows(self.junction.model, target):
                with _allowed(self.junction, "delete"):
                    await remove_one(self.scope, self.junction, key_of(row))

    async def exactly(self, wanted: Sequence[Any]) -> None:
        """Link these and no others, as far as the others may be read."""
        keys = {key_of(one) for one in wanted}
        held = await self.linked()
        here = {key_of(one) for one in held}
        await self.remove([one for one in held if key_of(one) not in keys])
        await self.add([one for one in wanted if key_of(one) not in here], {})

    async def _put_row(self, junction: Resource, target: Any, values: Mapping[str, Any]) -> None:
        held = await self._rows(junction.model, target)
        with guarded(junction):
            for row in held if values else ():
                with _allowed(junction, "update"):
                    await change_one(self.scope, junction, key_of(row), values)
            if not held:
                await make_one(self.scope, junction, {**self._pair(target), **values})

    def _rows(self, through: type[Any] | None, target: Any) -> Query[Any]:
        assert through is not None  # noqa: S101 -- values are taken for mapped junctions only
        return Query(through, self.scope.home(self.target)).filter(**self._pair(target))

    def _pair(self, target: Any) -> dict[str, Any]:
        near = {name: getattr(self.owner, key) for name, key in self.shape.near}
        return near | {name: getattr(target, key) for name, key in self.shape.far}


def ties_of(scope: Scope, resource: Resource, name: str, owner: Any) -> Ties:
    """What can be written along a relation of a row."""
    target = scope.resources.ways(resource)[name]
    shape = shape_of(resource.model, name)
    return Ties(scope=scope, resource=resource, name=name, target=target, shape=shape, owner=owner)


async def link_row(scope: Scope, owned: Belongs, key: Key, values: Mapping[str, Any]) -> None:
    """Link one row; it is no matter whether it is linked already."""

    async def work() -> None:
        ties = await _opened(scope, owned)
        target = await one_of(scope.rows(ties.target), ties.target, key)
        await ties.add([target], values)
        await _settled(ties)

    await _written(scope, owned, work)


async def unlink_row(scope: Scope, owned: Belongs, key: Key) -> None:
    """Unlink one row; NotFoundError when it is not linked."""

    async def work() -> None:
        ties = await _opened(scope, owned)
        await ties.remove([await one_of(ties.linked(), ties.target, key)])
        await _settled(ties)

    await _written(scope, owned, work)


async def replace_links(scope: Scope, owned: Belongs, keys: Sequence[Key]) -> None:
    """Link these rows and no others."""

    async def work() -> None:
        ties = await _opened(scope, owned)
        await ties.exactly(await found_all(scope, ties.target, keys, ""))
        await _settled(ties)

    await _written(scope, owned, work)


async def create_related(scope: Scope, owned: Belongs, values: dict[str, Any]) -> Any:
    """Make a row that belongs to another from the start."""
    resource = scope.resources[owned.resource]
    shape = shape_of(resource.model, owned.relation)
    target = scope.resources.ways(resource)[owned.relation]

    async def owned_one() -> Any:
        if any(name not in resource.key for _, name in shape.pairs):
            owner = await one_of(scope.rows(resource), resource, owned.key)
            foreign = {name: getattr(owner, key) for name, key in shape.pairs}
        else:
            await check_owner(scope, owned)
            held = dict(zip(resource.key, owned.key, strict=True))
            foreign = {name: held[key] for name, key in shape.pairs}
        check_agreement(values, foreign)
        with guarded(target):
            return await make_one(scope, target, {**values, **foreign})

    async def linked_one() -> Any:
        ties = await _opened(scope, owned)
        with guarded(target):
            row = await make_one(scope, target, values)
        await ties.add([row], {})
        await _settled(ties)
        return row

    row = await _written(scope, owned, owned_one if shape.junction is None else linked_one)
    return await complete(scope, target, row)


def check_agreement(values: Mapping[str, Any], foreign: Mapping[str, Any]) -> None:
    """Refuse a body that says of its owner what the path does not."""
    wrong = [name for name, value in foreign.items() if values.get(name, value) != value]
    if wrong:
        raise InvalidError(
            f"The body was refused: {', '.join(sorted(wrong))}.",
            fields={name: ["Differs from the path."] for name in wrong},
        )


async def found_all(scope: Scope, target: Resource, keys: Sequence[Key], where: str) -> list[Any]:
    """The rows with these keys, in their order; one that is out of reach is as absent as the others."""
    wanted = list(dict.fromkeys(filter(None, keys)))
    try:
        rows = {key_of(one): one for one in await _among(scope, target, wanted)}
    except ForbiddenError:
        rows = {}
    for number, key in enumerate(keys):
        if key not in rows:
            raise nowhere(target, f"{where}/{number}" if where else str(number))
    return [rows[key] for key in wanted]


async def _among(scope: Scope, target: Resource, keys: Sequence[Key]) -> list[Any]:
    return await narrowed_to(scope.rows(target), keys).listed() if keys else []


def nowhere(target: Resource, pointer: str) -> ForeignKeyError:
    """The one answer for a key in a body whose row is not there, or out of reach."""
    return ForeignKeyError(f"There is no such {target.title}.", fields=(pointer,))


@contextmanager
def _allowed(junction: Resource, operation: Operation) -> Generator[None]:
    """Both ends may be seen, so that a link cannot be passed off as absent."""
    try:
        yield
    except NotFoundError:
        raise ForbiddenError(f"You may not {operation} such a row in {junction.name}.") from None


async def _opened(scope: Scope, owned: Belongs) -> Ties:
    resource = scope.resources[owned.resource]
    owner = await one_of(scope.rows(resource, "update").lock(), resource, owned.key)
    return ties_of(scope, resource, owned.relation, owner)


async def _settled(ties: Ties) -> None:
    await still_within_reach(ties.scope, ties.resource, key_of(ties.owner), "update")


async def _written(scope: Scope, owned: Belongs, work: Any) -> Any:
    resource = scope.resources[owned.resource]
    try:
        return await in_unit(scope, resource, work)
    except DuplicateError:
        # The same link may have come from the other end in between; then it is there by now.
        if shape_of(resource.model, owned.relation).junction is None:
            raise
        return await in_unit(scope, resource, work)

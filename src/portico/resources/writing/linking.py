"""Write what is between rows: link, unlink and replace over a many-to-many relation.

    await link_row(scope, Belongs("posts", "tags", (1,)), (7,))
    await replace_links(scope, Belongs("posts", "tags", (1,)), [(7,), (8,)])
    tag = await create_related(scope, Belongs("posts", "tags", (1,)), values)

The owner has to be within reach for an update, and is locked so that two writers follow each other; the
target has to be readable. Links to rows out of reach look as if they were not there, and stay. Where the
junction is exposed itself, a link is a row of it: its own policy and hooks are asked. Many links cost few
statements, unless hooks want to see each of them.
Raises `NotFoundError` for owner and target in a path, `ForeignKeyError` for keys in a body, and
`ConflictError` for a replacement that would unlink more than it may.
"""

from __future__ import annotations

from collections.abc import Container, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from portico.access import Operation
from portico.db.models import bulk_delete, key_of
from portico.db.query import Query
from portico.db.query.keys import narrowed_to
from portico.db.relations import Shape, belonging, links_of, shape_of
from portico.errors import (
    ConflictError,
    DuplicateError,
    ForbiddenError,
    ForeignKeyError,
    InvalidError,
    NotFoundError,
)
from portico.resources.description import Resource
from portico.resources.grammar import Belongs
from portico.resources.reading import check_owner, one_of
from portico.resources.scope import Scope
from portico.resources.writing.many.bulk import can_insert_together, insert_all

from .checks import still_within_reach
from .discretion import guarded
from .passwords import hashed_one
from .references import among, chunks
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

    @property
    def _names(self) -> tuple[str, ...]:
        """The fields of the junction that name a target."""
        return tuple(name for name, _ in self.shape.far)

    def linked(self) -> Query[Any]:
        """The rows at the end that may be read."""
        condition = belonging(self.resource.model, self.name, key_of(self.owner))
        return self.scope.rows(self.target).filter(condition)

    async def add(self, targets: Sequence[Any], values: Mapping[str, Any]) -> None:
        """Link these; of those that are linked the values are set."""
        if self.junction is not None:
            await self._put_rows(self.junction, [self._end(one) for one in targets], values)
            return
        await links_of(self.owner, self.name, self.scope.home(self.target)).add(targets, values or None)
        for target in targets if values else ():
            await self._rows(self.shape.through, [self._end(target)]).update(**values)

    async def remove(self, targets: Sequence[Any]) -> None:
        """Unlink these."""
        await self._remove([self._end(one) for one in targets])

    async def exactly(self, wanted: Sequence[Key], most: int) -> None:
        """Link the targets at these ends and no others, as far as the others may be read.

        No more than ``most`` links are taken away.
        """
        held = await _ends(self.linked().limit(len(wanted) + most + 1), self.shape)
        there, stay = set(held), set(wanted)
        surplus = [end for end in held if end not in stay]
        if len(surplus) > most:
            raise ConflictError(
                f"This would unlink more than {most} rows of {self.target.name}.",
                hint="Unlink some of them first.",
            )
        await self._remove(surplus)
        fresh = [end for end in dict.fromkeys(wanted) if end not in there]
        if self.junction is not None:
            await self._put_rows(self.junction, fresh, {})
        elif fresh:
            links = links_of(self.owner, self.name, self.scope.home(self.target))
            await links.rows.add(fresh)
            links.forget()

    async def _remove(self, ends: Sequence[Key]) -> None:
        if not ends:
            return
        if self.junction is None:
            links = links_of(self.owner, self.name, self.scope.home(self.target))
            await links.rows.remove(ends)
            links.forget()
            return
        for chunk in chunks(self._names, ends):
            await self._remove_rows(self.junction, chunk)

    async def _remove_rows(self, junction: Resource, ends: Sequence[Key]) -> None:
        there = self._rows(junction.model, ends)
        if junction.has_hooks("delete"):
            for row in await there:
                with _allowed(junction, "delete"):
                    await remove_one(self.scope, junction, key_of(row))
            return
        within: Any = self._among(self.scope.rows(junction, "delete"), ends).lock()
        keys = [tuple(row) for row in await within.values_list(*junction.identity)]
        await bulk_delete(self.scope.home(junction), junction.model, keys)
        if await there.exists():
            raise _forbidden(junction, "delete")

    async def _put_rows(self, junction: Resource, ends: Sequence[Key], values: Mapping[str, Any]) -> None:
        with guarded(junction):
            if values or not can_insert_together(self.scope, junction, [self._pair(end) for end in ends]):
                for end in ends:
                    await self._put_row(junction, end, values)
                return
            for chunk in chunks(self._names, ends):
                there = self._rows(junction.model, chunk).values_list(*self._names)
                held = {tuple(row) for row in await there}
                fresh = [self._pair(end) for end in dict.fromkeys(chunk) if end not in held]
                if fresh:
                    await insert_all(self.scope, junction, fresh)

    async def _put_row(self, junction: Resource, end: Key, values: Mapping[str, Any]) -> None:
        held = await self._rows(junction.model, [end])
        for row in held if values else ():
            with _allowed(junction, "update"):
                await change_one(self.scope, junction, key_of(row), values)
        if not held:
            await make_one(self.scope, junction, {**self._pair(end), **values})

    def _rows(self, through: type[Any] | None, ends: Sequence[Key]) -> Query[Any]:
        """The rows of the junction that link these ends, whoever may see them."""
        assert through is not None  # noqa: S101 -- values are taken for mapped junctions only
        return self._among(Query(through, self.scope.home(self.target)), ends)

    def _among(self, rows: Query[Any], ends: Sequence[Key]) -> Query[Any]:
        return rows.filter(among(self._names, ends), **self._near())

    def _near(self) -> dict[str, Any]:
        return {name: getattr(self.owner, key) for name, key in self.shape.near}

    def _pair(self, end: Key) -> dict[str, Any]:
        return self._near() | dict(zip(self._names, end, strict=True))

    def _end(self, target: Any) -> Key:
        """What the junction holds of a target."""
        return tuple(getattr(target, key) for _, key in self.shape.far)


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


async def replace_links(scope: Scope, owned: Belongs, keys: Sequence[Key], most: int) -> None:
    """Link these rows and no others; more than ``most`` are not unlinked by it."""

    async def work() -> None:
        ties = await _opened(scope, owned)
        await ties.exactly(await ends_of(ties, keys, ""), most)
        await _settled(ties)

    await _written(scope, owned, work)


async def create_related(scope: Scope, owned: Belongs, values: dict[str, Any]) -> Any:
    """Make a row that belongs to another from the start."""
    resource = scope.resources[owned.resource]
    shape = shape_of(resource.model, owned.relation)
    target = scope.resources.ways(resource)[owned.relation]
    values = await hashed_one(scope, target, values, "create")

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
    wanted = _wanted(keys)
    try:
        rows = {key_of(one): one for one in await narrowed_to(scope.rows(target), wanted)} if wanted else {}
    except ForbiddenError:
        rows = {}
    _check_all_there(target, keys, rows, where)
    return [rows[key] for key in wanted]


async def ends_of(ties: Ties, keys: Sequence[Key], where: str) -> list[Key]:
    """What the junction holds of the rows with these keys, as `found_all` finds them."""
    wanted, own = _wanted(keys), ties.target.identity
    ends: dict[Key, Key] = {}
    try:
        for chunk in chunks(own, wanted):
            chosen: Any = narrowed_to(ties.scope.rows(ties.target), chunk)
            for row in await chosen.values_list(*own, *(key for _, key in ties.shape.far)):
                ends[tuple(row[: len(own)])] = tuple(row[len(own) :])
    except ForbiddenError:
        ends = {}
    _check_all_there(ties.target, keys, ends, where)
    return [ends[key] for key in wanted]


async def _ends(rows: Any, shape: Shape) -> list[Key]:
    return [tuple(row) for row in await rows.values_list(*(key for _, key in shape.far))]


def _wanted(keys: Sequence[Key]) -> list[Key]:
    return list(dict.fromkeys(filter(None, keys)))


def _check_all_there(target: Resource, keys: Sequence[Key], found: Container[Key], where: str) -> None:
    for number, key in enumerate(keys):
        if key not in found:
            raise nowhere(target, f"{where}/{number}" if where else str(number))


def nowhere(target: Resource, pointer: str) -> ForeignKeyError:
    """The one answer for a key in a body whose row is not there, or out of reach."""
    return ForeignKeyError(f"There is no such {target.title}.", fields=(pointer,))


@contextmanager
def _allowed(junction: Resource, operation: Operation) -> Generator[None]:
    """Both ends may be seen, so that a link cannot be passed off as absent."""
    try:
        yield
    except NotFoundError:
        raise _forbidden(junction, operation) from None


def _forbidden(junction: Resource, operation: Operation) -> ForbiddenError:
    return ForbiddenError(f"You may not {operation} such a row in {junction.name}.")


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

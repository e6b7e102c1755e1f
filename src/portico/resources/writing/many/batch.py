"""Many writes as one: all or nothing, or each for itself.

    outcomes = await Batch(scope, resource, works, together).run(lenient=False)

All or nothing costs few statements where the rows can be written ``together``. Where those are refused, the
rows are written one after the other, to learn which of them it was: the error says so in ``item``. Each for
itself, every item has a savepoint of its own, and what is told of it is what was stored.

A batch is as many single calls: whatever policies, references and hooks say of one row holds here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from portico.db.models import key_of
from portico.db.session import atomic
from portico.errors import ForbiddenError, InvalidError, RequestError, UnauthenticatedError
from portico.resources.description import Resource
from portico.resources.grammar import Reach
from portico.resources.reading.including import prefetches
from portico.resources.scope import Scope
from portico.resources.writing.discretion import guarded
from portico.resources.writing.rows import in_unit, own_includes

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one item of a batch ended: its row, and whether that is new, or why there is none."""

    row: Any = None
    made: bool = False
    error: Exception | None = None
    """An error of Portico, or one that the application has registered."""


Work: TypeAlias = Callable[[], Awaitable[Outcome]]
"""What one item does, inside an open unit."""
Together: TypeAlias = Callable[[], Awaitable[list[Outcome]]]
"""The same for all items at once."""


@dataclass(frozen=True)
class Batch:
    """Works on rows of one resource; an error stands for an item that was refused before it began."""

    scope: Scope
    resource: Resource
    works: Sequence[Work | RequestError]
    together: Together | None = None

    async def run(self, *, lenient: bool) -> list[Outcome]:
        """Do all of it or nothing; ``lenient`` does each item for itself."""
        outcomes = await (self._each() if lenient else self._all())
        return await self._completed(outcomes)

    async def _all(self) -> list[Outcome]:
        works: list[Work] = []
        for item, work in enumerate(self.works):
            if isinstance(work, RequestError):
                work.item = item
                raise work
            works.append(work)
        with guarded(self.resource):
            if self.together is not None and len(works) > 1:
                try:
                    return await in_unit(self.scope, self.resource, self.together)
                except RequestError:
                    pass  # Nothing is written; which item it was is learnt by going through them.
            return await in_unit(self.scope, self.resource, lambda: self._in_turn(works))

    async def _in_turn(self, works: Sequence[Work]) -> list[Outcome]:
        done: list[Outcome] = []
        for item, work in enumerate(works):
            with _named(item), guarded(self.resource):
                done.append(await work())
        return done

    async def _each(self) -> list[Outcome]:
        async def work_off() -> list[Outcome]:
            return [await self._alone(work) for work in self.works]

        with guarded(self.resource):
            return await in_unit(self.scope, self.resource, work_off)

    async def _alone(self, work: Work | RequestError) -> Outcome:
        if isinstance(work, RequestError):
            return Outcome(error=work)
        try:
            with guarded(self.resource):
                async with atomic(self.scope.home(self.resource)):
                    return await work()
        except UnauthenticatedError:
            raise  # Of the whole request: nobody is logged in.
        except self._answers as error:
            return Outcome(error=error)

    @property
    def _answers(self) -> tuple[type[Exception], ...]:
        """The errors that are an answer to one item."""
        return (RequestError, *self.resource.hooks.own_errors)

    async def _completed(self, outcomes: list[Outcome]) -> list[Outcome]:
        """The rows with the relations that their Read schema shows, as far as they may be read."""
        resource, scope = self.resource, self.scope
        rows = [one.row for one in outcomes if one.row is not None]
        if not (rows and resource.embedded and resource.key):
            return outcomes
        try:
            query = scope.rows(resource)
        except (ForbiddenError, UnauthenticatedError):
            return outcomes
        shown = prefetches(scope, Reach(scope.resources, resource), own_includes(resource))
        found = await query.prefetch(*shown).in_bulk([key_of(row) for row in rows])
        by_key = {key_of(row): row for row in found.values()}
        return [
            one if one.row is None else replace(one, row=by_key.get(key_of(one.row), one.row))
            for one in outcomes
        ]


def without_twins(
    keys: Sequence[Key | RequestError], refuse: Callable[[str], RequestError]
) -> list[Key | RequestError]:
    """The keys of a batch, with a refusal for each that came before: one row can be written once."""
    seen: dict[Key, int] = {}
    found: list[Key | RequestError] = []
    for item, key in enumerate(keys):
        first = item if isinstance(key, RequestError) else seen.setdefault(key, item)
        found.append(key if first == item else refuse(f"Item {first} has this key already."))
    return found


def refuse_fields(names: Sequence[str]) -> Callable[[str], RequestError]:
    """A refusal of some fields, with one sentence for all of them."""
    return lambda said: InvalidError(said, fields={name: [said] for name in names})


@contextmanager
def _named(item: int) -> Generator[None]:
    try:
        yield
    except RequestError as error:
        error.item = item
        raise

"""Where a sequence is played: the database, the reference beside it, the objects in hand, the blocks around.

    stage = Stage(database)
    async with ChangeFeed(*MODELS, size=…): await stage.play(steps)

A step is the name of an operation with numbers, from which the operation chooses what it is about. Blocks are
steps as well: `unit` and `session` open one, `leave` and `give_up` end the innermost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.scoping import acting, tenant_context, unscoped
from portico.db.session import Database, atomic, current_unit
from portico.errors import DuplicateError, ForeignKeyError

from .models import MODELS, Base
from .reference import Errors, Key, Reference, Row

T = TypeVar("T")
NAMES = ("ann", "bea", "cid", "dan", "eve", "fay", "gus", "hal")
MOST = 6
DEEPEST = 3
COLUMNS = (
    "id",
    "tenant_id",
    "name",
    "points",
    "team_id",
    "version",
    "deleted_at",
    "created_at",
    "updated_at",
)
ASSIGNED = {"name", "points", "team_id"}


class Dice:
    """The numbers of a step."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = list(numbers)

    def under(self, number: int) -> int:
        """The next one, below a limit; 0 when there is none left."""
        return self._numbers.pop(0) % number if self._numbers else 0

    def pick(self, several: Sequence[T]) -> T:
        """One of these."""
        return several[self.under(len(several))]


@dataclass(eq=False)
class Held:
    """An object in hand; ``gone`` once its row was removed."""

    instance: Base
    gone: bool = False

    @property
    def model(self) -> str:
        """The name of its class."""
        return type(self.instance).__name__

    @property
    def key(self) -> Key:
        """Class and key."""
        return self.model, self.instance.__dict__["id"]

    @property
    def version(self) -> int:
        """What it has seen."""
        return self.instance.version

    def values(self) -> dict[str, Any]:
        """Its columns."""
        return {name: self.instance.__dict__[name] for name in COLUMNS if name in self.instance.__dict__}


Snapshot = list[tuple[Held, bool, dict[str, Any]]]


class DivergedError(Exception):
    """Something is not as the reference says."""


class GivenUp(Exception):
    """Ends a block that is to be undone."""


@dataclass
class Block:
    """What was there when a block began, or last committed."""

    reference: Reference
    held: Snapshot
    session: AsyncSession | None = None


@dataclass
class Stage:
    """One sequence on one database."""

    database: Database
    operations: dict[str, Callable[[Stage, Dice], Awaitable[None]]]
    reference: Reference = field(default_factory=Reference)
    held: list[Held] = field(default_factory=list[Held])
    blocks: list[Block] = field(default_factory=list[Block])
    told: list[str] = field(default_factory=list[str])
    number: int = 0

    # ── playing ──────────────────────────────────────────────────────────────────────────────────────

    async def play(self, steps: Sequence[tuple[str, Sequence[int]]]) -> None:
        """All steps; blocks that nobody ends are committed."""
        waiting = iter(steps)
        await self._play(waiting)

    async def _play(self, waiting: Iterator[tuple[str, Sequence[int]]]) -> None:
        for name, numbers in waiting:
            self.number += 1
            self.reference.step = f"{self.number} {name}"
            self.told.append(f"{'  ' * len(self.blocks)}{self.number} {name} [{self.reference.tenant}]")
            if name in {"unit", "session"}:
                if len(self.blocks) < DEEPEST:
                    await self._block(name, waiting)
            elif name in {"leave", "give_up"}:
                if self.blocks and name == "give_up":
                    raise GivenUp
                if self.blocks:
                    return
            else:
                with acting(self.reference.step):
                    await self.operations[name](self, Dice(numbers))
            self.check_objects()

    async def _block(self, kind: str, waiting: Iterator[tuple[str, Sequence[int]]]) -> None:
        block = Block(self.reference.copy(), self.snapshot())
        self.blocks.append(block)
        try:
            with self.scope():
                if kind == "unit":
                    async with atomic(self.database):
                        await self._play(waiting)
                else:
                    async with self.database.session() as session:
                        block.session = session
                        await self._play(waiting)
        except GivenUp:
            self.put_back(block)
        finally:
            self.blocks.pop()

    def scope(self) -> AbstractContextManager[None]:
        """Mean the tenant of the reference; without one, the rows of all."""
        return unscoped() if self.reference.tenant is None else tenant_context(self.reference.tenant)

    def say(self, text: str) -> None:
        """What the step is about, for whoever reads a failure."""
        self.told[-1] += f": {text}"

    # ── objects in hand ──────────────────────────────────────────────────────────────────────────────

    def hold(self, instance: Any) -> Held:
        """Keep an object for later steps."""
        for one in self.held:
            if one.instance is instance:
                return one
        self.held = [*self.held, Held(instance)][-MOST:]
        return self.held[-1]

    def drop(self, *several: Held) -> None:
        """Have these no longer."""
        self.held = [one for one in self.held if one not in several]

    def snapshot(self) -> Snapshot:
        """The objects as they are."""
        return [(one, one.gone, one.values()) for one in self.held]

    def put_back(self, block: Block) -> None:
        """What a block did is undone: in the rows, and in the objects that were there before it."""
        step, tenant = self.reference.step, self.reference.tenant
        self.reference = block.reference.copy()
        self.reference.step, self.reference.tenant = step, tenant
        self.held = []
        for one, gone, values in block.held:
            one.gone = gone
            assert one.values() == values, f"after a rollback {one.key} holds {one.values()}, not {values}"
            self.held.append(one)

    def check_objects(self) -> None:
        """An object that has the version of its row has its values, and none is ahead of its row."""
        for one in list(self.held):
            row = self.reference.rows.get(one.key)
            if sa.inspect(one.instance).key is None:
                assert row is None or one.gone, f"{one.key} is a new object, and its row is there"
                self.drop(one)
            elif row is None:
                one.gone = True
            elif one.gone:
                self.drop(one)  # Its key was given to another row.
            else:
                assert one.version <= row.version, f"{one.key} is at {one.version}, its row at {row.version}"
                if one.version == row.version:
                    self.same(one.instance, row)

    def same(self, instance: Any, row: Row) -> None:
        """Whether an object holds a row."""
        held = instance.__dict__
        found = (held["id"], held["tenant_id"], held["name"], held["points"], held.get("team_id"))
        assert found == (row.id, row.tenant, row.name, row.points, row.team), (found, row)
        assert (instance.version, instance.is_deleted) == (row.version, row.deleted is not None), row

    # ── attempts ─────────────────────────────────────────────────────────────────────────────────────

    async def attempt(
        self, errors: Errors, work: Callable[[], Awaitable[T]], *objects: Held
    ) -> tuple[T] | None:
        """Do it; or see that it is refused with one of these errors, and that nothing is changed then.

        Inside a block what may fail has a savepoint of its own. Objects that no session holds keep what was
        assigned, so that is taken back by hand.
        """
        if not errors:
            with self.scope():
                return (await work(),)
        self.say(" or ".join(sorted(error.__name__ for error in errors)))
        before = [(one, one.values()) for one in objects]
        of_a_flush: Errors = {IntegrityError} if errors & {DuplicateError, ForeignKeyError} else set()
        expected = (*errors, *of_a_flush)
        inside = current_unit(self.database) is not None
        try:
            with self.scope():
                if inside:
                    async with atomic(self.database):
                        await work()
                else:
                    await work()
        except Exception as error:
            if not isinstance(error, expected):
                raise
            for one, values in before:
                for name in ASSIGNED & values.keys():
                    if one.values()[name] != values[name]:
                        setattr(one.instance, name, values[name])
                assert one.values() == values, f"refused, but {one.key} holds {one.values()}, not {values}"
            return None
        raise DivergedError(f"expected {errors}, and nothing was refused")

    def session(self) -> AsyncSession | None:
        """The session of the innermost unit."""
        unit = current_unit(self.database)
        return None if unit is None else unit.session

    def some_row(self, dice: Dice) -> Row | None:
        """A row of a class that is chosen, mostly one that is seen."""
        model = dice.pick(MODELS).__name__
        every = [row for row in self.reference.rows.values() if row.model == model]
        seen = self.reference.seen(model)
        found = [*seen, *seen, *seen, *seen, *sorted(every, key=lambda row: row.id)]
        return dice.pick(found) if found else None


def class_named(name: str) -> type[Any]:
    """The class of a row."""
    return next(model for model in MODELS if model.__name__ == name)

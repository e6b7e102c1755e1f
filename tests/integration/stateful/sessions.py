"""Operations of somebody who has SQLAlchemy's session in hand, inside of a block."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from portico.errors import UsageError, VersionConflictError

from .models import MODELS
from .one_row import new_values
from .reference import Errors
from .stage import Dice, Stage, class_named


async def add(stage: Stage, dice: Dice) -> None:
    """A new object and a flush."""
    session = stage.session()
    if session is None:
        return
    model = dice.pick(MODELS)
    values = new_values(stage, dice, model)
    stage.say(f"{model.__name__} {values}")
    errors = stage.reference.refuses_new(model.__name__, [(values["name"], values.get("team_id"))])

    async def work() -> Any:
        made = model(**values)
        session.add(made)
        await session.flush()
        return made

    done = await stage.attempt(errors, work)
    if done:
        one = stage.hold(done[0])
        row = stage.reference.create(*one.key, values["name"], values["points"], values.get("team_id"))
        stage.same(done[0], row)


async def alter(stage: Stage, dice: Dice) -> None:
    """Assign to an object of the session and flush."""
    session = stage.session()
    row, more = stage.some_row(dice), dice.under(3)
    if session is None or row is None:
        return
    stage.say(f"{row} by {more}")
    with stage.scope():
        found: Any = await session.get(class_named(row.model), row.id)
        assert (found is not None) == stage.reference.sees(row)
        if found is None:
            return
        one = stage.hold(found)
        wanted = found.points + more
        errors: Errors = set()
        if more and found.version != row.version:
            errors = {VersionConflictError, StaleDataError}

    async def work() -> None:
        found.points = wanted
        await session.flush()

    if await stage.attempt(errors, work, one) and more:
        stage.same(found, stage.reference.change(row.key, points=wanted))


async def discard(stage: Stage, dice: Dice) -> None:
    """Delete an object of the session and flush; refused where others depend on it."""
    session = stage.session()
    row = stage.some_row(dice)
    if session is None or row is None:
        return
    stage.say(str(row))
    with stage.scope():
        found: Any = await session.get(class_named(row.model), row.id)
    if found is None:
        return
    one = stage.hold(found)
    errors: Errors = set()
    if found.version != row.version:
        errors = {VersionConflictError, StaleDataError}
    if row.model == "Team":
        errors |= {UsageError}

    async def work() -> None:
        await session.delete(found)
        await session.flush()

    if await stage.attempt(errors, work, one):
        stage.reference.delete([row])
        stage.same(found, stage.reference.rows[row.key])


async def execute(stage: Stage, dice: Dice) -> None:
    """Statements of SQLAlchemy: an update, and an insert."""
    session = stage.session()
    if session is None:
        return
    model: Any = dice.pick(MODELS)
    number, table = dice.under(4), dice.under(2)
    rows = stage.reference.seen(model.__name__, lambda row: row.points == number)
    stage.say(f"{model.__name__} points == {number}, {'table' if table else 'class'}")
    target = model.__table__ if table else model
    points = model.__table__.c.points if table else model.points
    statement = sa.update(target).where(points == number).values(points=points + 1)
    with stage.scope():
        result: Any = await session.execute(statement)
        assert result.rowcount == len(rows)
    for row in rows:
        stage.reference.change(row.key, points=row.points + 1)


async def commit(stage: Stage, dice: Dice) -> None:
    """What was done in the session so far is to stay."""
    del dice
    block = stage.blocks[-1] if stage.blocks else None
    if block is not None and block.session is not None:
        with stage.scope():
            await block.session.commit()
        block.reference, block.held = stage.reference.copy(), stage.snapshot()


async def roll_back(stage: Stage, dice: Dice) -> None:
    """What was done in the session since its last commit is undone."""
    del dice
    block = stage.blocks[-1] if stage.blocks else None
    if block is not None and block.session is not None:
        with stage.scope():
            await block.session.rollback()
        stage.put_back(block)


OPERATIONS = {each.__name__: each for each in (add, alter, discard, execute, commit, roll_back)}

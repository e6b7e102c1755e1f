"""Operations on one object, or with one row."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from portico.errors import ConflictError, NotFoundError, VersionConflictError

from .models import MODELS
from .reference import Errors
from .stage import NAMES, Dice, Stage, class_named


def new_values(stage: Stage, dice: Dice, model: type[Any]) -> dict[str, Any]:
    """Values for a row; a member needs a team, which may be anybody's or deleted."""
    values: dict[str, Any] = {"name": dice.pick(NAMES), "points": dice.under(4)}
    if model.__name__ == "Member":
        values["team_id"] = team_of(stage, dice)
    return values


def team_of(stage: Stage, dice: Dice) -> int:
    """The key of a team, mostly one that is seen."""
    reference = stage.reference
    others = [row.id for row in reference.rows.values() if row.model == "Team"]
    seen = [row.id for row in reference.seen("Team")]
    return dice.pick([*seen, *seen, *seen, *sorted(others), 10**6])


async def create(stage: Stage, dice: Dice) -> None:
    """A new row."""
    model = dice.pick(MODELS)
    values = new_values(stage, dice, model)
    stage.say(f"{model.__name__} {values}")
    name, team = values["name"], values.get("team_id")
    errors = stage.reference.refuses_new(model.__name__, [(name, team)])
    done = await stage.attempt(errors, lambda: model.create(**values))
    if done:
        made = stage.hold(done[0])
        row = stage.reference.create(*made.key, name, values["points"], team)
        stage.same(made.instance, row)


async def fetch(stage: Stage, dice: Dice) -> None:
    """Get a row by its key."""
    row = stage.some_row(dice)
    if row is None:
        return
    stage.say(str(row))
    errors: Errors = set() if stage.reference.sees(row) else {NotFoundError}
    done = await stage.attempt(errors, lambda: class_named(row.model).get(row.id))
    if done:
        stage.hold(done[0])
        if not stage.blocks:
            stage.same(done[0], row)


async def fetch_deleted(stage: Stage, dice: Dice) -> None:
    """Get a row that may be deleted."""
    model = dice.pick(MODELS).__name__
    rows = stage.reference.every(model)
    if rows:
        row = dice.pick(rows)
        stage.say(str(row))
        with stage.scope():
            found = await class_named(row.model).with_deleted().get(row.id)
        stage.hold(found)


async def save(stage: Stage, dice: Dice) -> None:
    """Assign to an object and save it; a stale one is refused."""
    if not stage.held:
        return
    one = dice.pick(stage.held)
    instance: Any = one.instance
    values: dict[str, Any] = {"points": one.instance.points + dice.under(3)}
    if dice.under(3) == 0:
        values["name"] = dice.pick(NAMES)
    if one.model == "Member" and dice.under(4) == 0:
        values["team_id"] = team_of(stage, dice)
    stage.say(f"{one.key} at {one.version} {values}")
    held, wanted = one.values(), columns(values)
    changes = {name for name, value in values.items() if held[name] != value}
    errors = stage.reference.refuses_write(one.key, one.version) if changes else set[type[Exception]]()
    if changes and not errors:
        errors = stage.reference.refuses_values([replace(stage.reference.rows[one.key], **wanted)])

    async def work() -> None:
        for name, value in values.items():
            setattr(instance, name, value)
        await instance.save()

    if await stage.attempt(errors, work, one) and changes:
        stage.same(instance, stage.reference.change(one.key, **wanted))


async def delete(stage: Stage, dice: Dice) -> None:
    """Mark the row of an object."""
    if not stage.held:
        return
    one = dice.pick(stage.held)
    stage.say(f"{one.key} at {one.version}")
    errors = stage.reference.refuses_write(one.key, one.version)
    if await stage.attempt(errors, one.instance.delete, one):
        stage.reference.delete([stage.reference.rows[one.key]])
        stage.same(one.instance, stage.reference.rows[one.key])


async def restore(stage: Stage, dice: Dice) -> None:
    """Take the mark away again."""
    if not stage.held:
        return
    one = dice.pick(stage.held)
    reference = stage.reference
    row = reference.rows.get(one.key)
    stage.say(f"{one.key} {row}")
    errors: Errors = {NotFoundError}
    if row is not None and reference.within(row):
        errors = reference.refuses_restoring([row]) if row.deleted is not None else set()
    if await stage.attempt(errors, one.instance.restore, one) and row is not None:
        reference.restore([row] if row.deleted is not None else [])
        assert not one.instance.is_deleted


async def hard_delete(stage: Stage, dice: Dice) -> None:
    """Remove the row of an object, deleted or not."""
    if not stage.held:
        return
    one = dice.pick(stage.held)
    reference = stage.reference
    row = reference.rows.get(one.key)
    stage.say(f"{one.key} at {one.version} {row}")
    errors: Errors = {NotFoundError}
    if row is not None and reference.within(row):
        errors = set() if row.version == one.version else {VersionConflictError}
    key = one.key
    if await stage.attempt(errors, one.instance.hard_delete, one):
        reference.remove([reference.rows[key]])
        stage.drop(one)


async def refresh(stage: Stage, dice: Dice) -> None:
    """Read the row of an object again."""
    if not stage.held:
        return
    one = dice.pick(stage.held)
    row = stage.reference.rows.get(one.key)
    stage.say(f"{one.key} at {one.version} {row}")
    errors: Errors = set() if stage.reference.sees(row) else {NotFoundError}
    if await stage.attempt(errors, one.instance.refresh, one) and row is not None:
        stage.same(one.instance, row)


async def increment(stage: Stage, dice: Dice) -> None:
    """Add to a number where it stands, or take from it down to a limit."""
    if not stage.held:
        return
    one, by = dice.pick(stage.held), dice.under(5) - 2
    row = stage.reference.rows.get(one.key)
    stage.say(f"{one.key} at {one.version} by {by}: {row}")
    errors: Errors = set()
    if row is None or not stage.reference.sees(row):
        errors = {NotFoundError}
    elif row.points + by < 0:
        errors = {ConflictError}
    done = await stage.attempt(errors, lambda: one.instance.increment("points", by, at_least=0), one)
    if done and row is not None:
        assert done[0] == row.points + by
        stage.reference.change(row.key, points=row.points + by)


async def update_if(stage: Stage, dice: Dice) -> None:
    """Set a number if a condition holds in the row."""
    if not stage.held:
        return
    one, limit, points = dice.pick(stage.held), dice.under(4), dice.under(4)
    row = stage.reference.rows.get(one.key)
    stage.say(f"{one.key} at {one.version} if < {limit} to {points}: {row}")
    model: Any = type(one.instance)
    with stage.scope():
        done = await one.instance.update_if(model.points < limit, points=points)
    holds = row is not None and stage.reference.sees(row) and row.points < limit
    assert done is holds
    if done:
        stage.reference.change(one.key, points=points)


async def lock(stage: Stage, dice: Dice) -> None:
    """Hold the row of an object, and read it again; in a unit alone."""
    if not stage.held or not stage.blocks:
        return
    one = dice.pick(stage.held)
    row = stage.reference.rows.get(one.key)
    stage.say(f"{one.key} at {one.version} {row}")
    errors: Errors = set() if stage.reference.sees(row) else {NotFoundError}
    if await stage.attempt(errors, one.instance.lock, one) and row is not None:
        stage.same(one.instance, row)


async def get_or_create(stage: Stage, dice: Dice) -> None:
    """The row of a name, or a new one."""
    await _there_or_new(stage, dice, None)


async def update_or_create(stage: Stage, dice: Dice) -> None:
    """The row of a name with other values, or a new one."""
    await _there_or_new(stage, dice, "update_or_create")


async def upsert(stage: Stage, dice: Dice) -> None:
    """The same by another call."""
    await _there_or_new(stage, dice, "upsert")


async def _there_or_new(stage: Stage, dice: Dice, changing: str | None) -> None:
    model: Any = dice.pick(MODELS)
    reference, values = stage.reference, new_values(stage, dice, model)
    stage.say(f"{model.__name__} {values}")
    if reference.tenant is None:
        return
    name, rest = values["name"], {key: value for key, value in values.items() if key != "name"}
    row = next(iter(reference.named(model.__name__, name)), None)
    wanted = columns(rest) if changing else {}
    if row is None:
        errors = reference.refuses_new(model.__name__, [(name, values.get("team_id"))])
    else:
        errors = reference.refuses_values([replace(row, **wanted)])

    async def work() -> tuple[Any, bool]:
        if changing == "upsert":
            return await _pair(model.upsert(values, on=["name"]))
        call = model.update_or_create if changing else model.get_or_create
        return await _pair(call(defaults=rest, name=name))

    done = await stage.attempt(errors, work)
    if not done:
        return
    instance, created = done[0]
    assert created is (row is None), f"created is {created}"
    one = stage.hold(instance)
    if row is None:
        stage.same(instance, reference.create(*one.key, name, values["points"], values.get("team_id")))
    elif any(getattr(row, key) != value for key, value in wanted.items()):
        stage.same(instance, reference.change(row.key, **wanted))


async def _pair(found: Awaitable[tuple[Any, bool]]) -> tuple[Any, bool]:
    return await found


def columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the reference names them."""
    return {"team" if name == "team_id" else name: value for name, value in values.items()}


OPERATIONS = {
    each.__name__: each
    for each in (
        create, fetch, fetch_deleted, save, delete, restore, hard_delete, refresh, increment, update_if,
        get_or_create, update_or_create, upsert, lock,
    )
}  # fmt: skip

"""Operations on many rows at once: those of a query, those in a list, those of unique keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portico.db.query import F, Query
from portico.errors import VersionConflictError

from .models import MODELS
from .one_row import new_values, team_of
from .reference import Errors, Row
from .stage import NAMES, Dice, Held, Stage, class_named

Where = Callable[[Row], bool]


def chosen(dice: Dice, query: Any) -> tuple[Any, Where, str]:
    """A query with a condition, and the condition in Python."""
    kind, number = dice.under(4), dice.under(4)
    if kind == 0:
        return query.filter(points__lte=number), lambda row: row.points <= number, f"points <= {number}"
    if kind == 1:
        name = NAMES[number]
        return query.filter(name=name), lambda row: row.name == name, f"name == {name}"
    if kind == 2:
        return query.filter(points=number), lambda row: row.points == number, f"points == {number}"
    return query.filter(points__gte=0), lambda _: True, "all"


async def update_rows(stage: Stage, dice: Dice) -> None:
    """Set a number, add to it, set a name."""
    model, reference = dice.pick(MODELS), stage.reference
    query, where, text = chosen(dice, Query(model))
    kind, number = dice.under(3), dice.under(4)
    rows = reference.seen(model.__name__, where)
    stage.say(f"{model.__name__} {text} by {kind}, {number}")
    errors: Errors = set()
    values: dict[str, Any] = {"points": number}
    if kind == 1:
        values = {"points": F("points") + number}
    if kind == 2:
        values = {"name": NAMES[number]}
        errors = reference.refuses_values([replace(row, name=NAMES[number]) for row in rows])
    done = await stage.attempt(errors, lambda: query.update(**values))
    if done:
        assert done[0] == len(rows)
        for row in rows:
            new = {"points": row.points + number} if kind == 1 else values
            reference.change(row.key, **new)


async def delete_rows(stage: Stage, dice: Dice) -> None:
    """Mark the rows of a query."""
    model = dice.pick(MODELS)
    everything = dice.under(4) == 0
    query, where, text = chosen(dice, model.with_deleted() if everything else Query(model))
    rows = stage.reference.seen(model.__name__, where)
    stage.say(f"{model.__name__} {text}")
    with stage.scope():
        assert await query.delete() == len(rows)
    if rows:
        stage.reference.delete(rows)


async def restore_rows(stage: Stage, dice: Dice) -> None:
    """Take the marks away from the rows of a query."""
    model = dice.pick(MODELS)
    query, where, text = chosen(dice, model.only_deleted())
    rows = stage.reference.every(model.__name__, lambda row: row.deleted is not None and where(row))
    stage.say(f"{model.__name__} {text}")
    errors = stage.reference.refuses_restoring(rows)
    done = await stage.attempt(errors, query.restore)
    if done:
        assert done[0] == len(rows)
        stage.reference.restore(rows)


async def hard_delete_rows(stage: Stage, dice: Dice) -> None:
    """Remove the rows of a query for good."""
    model, kind = dice.pick(MODELS), (1, 1, 1, 0, 2)[dice.under(5)]
    source: Any = (Query(model), model.only_deleted(), model.with_deleted())[kind]
    query, where, text = chosen(dice, source)
    stage.say(f"{model.__name__} {text} of {('seen', 'deleted', 'all')[kind]}")
    rows = stage.reference.every(
        model.__name__, lambda row: (kind == 2 or (row.deleted is not None) == (kind == 1)) and where(row)
    )
    with stage.scope():
        assert await query.hard_delete() == len(rows)
    stage.reference.remove(rows)


async def bulk_create(stage: Stage, dice: Dice) -> None:
    """Several new rows, of which nothing need be known afterwards."""
    model: Any = dice.pick(MODELS)
    returning = dice.under(2) == 0
    number, first = dice.under(3) + 1, dice.under(8)
    several: list[dict[str, Any]] = [
        new_values(stage, dice, model) | {"name": NAMES[(first + at) % 8]} for at in range(number)
    ]
    stage.say(f"{model.__name__} {several} {returning}")
    errors = stage.reference.refuses_new(
        model.__name__, [(values["name"], values.get("team_id")) for values in several]
    )

    async def work() -> list[Any]:
        if returning:
            made: list[Any] = await model.bulk_create([model(**values) for values in several])
            return made
        known = set(await model.with_deleted().values_list("id", flat=True))
        assert await model.bulk_create(several, returning=False) == number
        rows = await model.with_deleted().order_by("id")
        return [row for row in rows if row.id not in known]

    done = await stage.attempt(errors, work)
    if not done:
        return
    made = (
        done[0]
        if returning
        else sorted(done[0], key=lambda row: [v["name"] for v in several].index(row.name))
    )
    for row, values in zip(made, several, strict=True):
        held = stage.hold(row)
        new = stage.reference.create(*held.key, values["name"], values["points"], values.get("team_id"))
        stage.same(row, new)


def some_held(stage: Stage, dice: Dice) -> list[Held]:
    """Several objects of one class, each of another row."""
    if not stage.held:
        return []
    first = dice.pick(stage.held)
    found = {first.key: first}
    for one in stage.held:
        if one.model == first.model and dice.under(3):
            found.setdefault(one.key, one)
    return list(found.values())


def _refuses_many(stage: Stage, several: list[Held]) -> Errors:
    errors = [stage.reference.refuses_write(one.key, one.version) for one in several]
    return {VersionConflictError} if {VersionConflictError} in errors else set()


async def bulk_update(stage: Stage, dice: Dice) -> None:
    """One field of several objects; rows that are gone are passed over, stale ones refuse all."""
    several = some_held(stage, dice)
    if not several:
        return
    points = dice.under(5)
    stage.say(f"{[(one.key, one.version) for one in several]} to {points}")
    errors = _refuses_many(stage, several)
    there = [one for one in several if stage.reference.sees(stage.reference.rows.get(one.key))]
    if not errors and len(there) < len(several):
        return  # Objects of rows that are gone would say what is nowhere; it is not said what they are then.

    async def work() -> Any:
        for one in several:
            one.instance.points = points
        return await class_named(several[0].model).bulk_update([one.instance for one in several], ["points"])

    done = await stage.attempt(errors, work, *several)
    if done:
        assert done[0] == len(several)
        for one in several:
            stage.same(one.instance, stage.reference.change(one.key, points=points))


async def bulk_delete(stage: Stage, dice: Dice) -> None:
    """Several objects or keys; of what is gone nothing is said."""
    several, by_key = some_held(stage, dice), dice.under(2)
    if not several:
        return
    stage.say(f"{[(one.key, one.version) for one in several]} {by_key}")
    errors: Errors = set() if by_key else _refuses_many(stage, several)
    there = [one for one in several if stage.reference.sees(stage.reference.rows.get(one.key))]
    if not by_key and not errors and len(there) < len(several):
        several = there
    given = [one.key[1] if by_key else one.instance for one in several]
    if not given:
        return
    done = await stage.attempt(errors, lambda: class_named(several[0].model).bulk_delete(given), *several)
    if done:
        assert done[0] == len(there)
        stage.reference.delete([stage.reference.rows[one.key] for one in there])


async def upsert_many(stage: Stage, dice: Dice) -> None:
    """Rows made or changed, by their names."""
    model, reference = dice.pick(MODELS), stage.reference
    first, number = dice.under(8), dice.under(3) + 1
    names = [NAMES[(first + at) % 8] for at in range(number)]
    several: list[dict[str, Any]] = []
    for name in names:
        team = {"team_id": team_of(stage, dice)} if model.__name__ == "Member" else {}
        several.append({"name": name, "points": dice.under(4)} | team)
    stage.say(f"{model.__name__} {several}")
    if reference.tenant is None:
        return
    there = {name: found[0] for name in names if (found := reference.named(model.__name__, name))}
    fresh = [values for values in several if values["name"] not in there]
    errors = reference.refuses_new(model.__name__, [(v["name"], v.get("team_id")) for v in fresh])
    changed = {
        values["name"]: {"points": values["points"]}
        | ({"team": values["team_id"]} if "team_id" in values else {})
        for values in several
    }
    errors |= reference.refuses_values([replace(row, **changed[name]) for name, row in there.items()])
    done = await stage.attempt(errors, lambda: model.upsert_many(several, on=["name"]))
    if not done:
        return
    for (instance, created), values in zip(done[0], several, strict=True):
        assert created is (values["name"] not in there)
        one = stage.hold(instance)
        if created:
            reference.create(*one.key, values["name"], values["points"], values.get("team_id"))
        else:
            reference.change(one.key, **changed[values["name"]])
        stage.same(instance, reference.rows[one.key])


OPERATIONS = {
    each.__name__: each
    for each in (
        update_rows, delete_rows, restore_rows, hard_delete_rows, bulk_create, bulk_update, bulk_delete,
        upsert_many,
    )
}  # fmt: skip

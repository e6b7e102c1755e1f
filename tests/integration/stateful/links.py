"""Operations on the links of a many-to-many relation, from both ends."""

from __future__ import annotations

from typing import Any

from portico.errors import ForeignKeyError, RequiredError

from .reference import Errors
from .stage import Dice, Held, Stage


def _owner(stage: Stage, dice: Dice) -> Held | None:
    found = [one for one in stage.held if one.model != "Team" and one.key in stage.reference.rows]
    return dice.pick(found) if found else None


def _targets(stage: Stage, dice: Dice, model: str) -> list[int]:
    """Some keys of the other end: of whatever tenant, deleted or not."""
    reference = stage.reference
    keys = [row.id for row in reference.seen(model)] * 3
    keys += sorted(row.id for row in reference.rows.values() if row.model == model)
    return sorted({dice.pick(keys) for _ in range(dice.under(3) + 1)}) if keys else []


def _pairs(one: Held, keys: list[int]) -> set[tuple[int, int]]:
    near = one.key[1]
    return {(near, key) if one.model == "Member" else (key, near) for key in keys}


def _refuses(stage: Stage, pairs: set[tuple[int, int]]) -> Errors:
    """Both ends have to be rows of the tenant; whether they are deleted is not asked."""
    reference = stage.reference
    if not pairs:
        return set()
    if reference.tenant is None:
        return {RequiredError}
    ends = [reference.rows[key] for pair in pairs for key in (("Member", pair[0]), ("Skill", pair[1]))]
    return set() if all(row.tenant == reference.tenant for row in ends) else {ForeignKeyError}


def _of(one: Held) -> Any:
    instance: Any = one.instance
    return instance.skills if one.model == "Member" else instance.members


async def link(stage: Stage, dice: Dice) -> None:
    """Add links, take some away, say which they are to be, or take all away."""
    one, kind = _owner(stage, dice), dice.under(4)
    if one is None:
        return
    reference = stage.reference
    keys = _targets(stage, dice, "Skill" if one.model == "Member" else "Member")
    pairs = _pairs(one, keys)
    end = 0 if one.model == "Member" else 1
    mine = {pair for pair in reference.links if pair[end] == one.key[1]}
    theirs = not reference.within(reference.rows[one.key])
    seen = set[tuple[int, int]]() if theirs else mine
    stage.say(f"{one.key} {('add', 'remove', 'set', 'clear')[kind]} {keys}")
    lost: set[tuple[int, int]] = set()
    won: set[tuple[int, int]] = set()
    if kind == 0:
        won = pairs
        done = await stage.attempt(_refuses(stage, pairs), lambda: _of(one).add(*keys), one)
    elif kind == 1:
        lost = pairs & seen
        done = await stage.attempt(set(), lambda: _of(one).remove(*keys), one)
    elif kind == 2:
        lost, won = seen - pairs, pairs - seen
        done = await stage.attempt(_refuses(stage, won), lambda: _of(one).set(keys), one)
    else:
        lost = seen
        done = await stage.attempt(set(), lambda: _of(one).clear(), one)
    if done:
        reference.relink(lost, set())
        reference.relink(set(), won)


OPERATIONS = {"link": link}

"""Readings, each compared with the reference; and who reads."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portico.db.query import Query
from portico.db.scoping import tenant_context
from portico.errors import NoTenantError

from .many_rows import chosen
from .models import MODELS, Member, Skill, Team
from .stage import Dice, Stage

TENANTS = ("a", "a", "b", None)


async def switch(stage: Stage, dice: Dice) -> None:
    """Mean another tenant from here on, or the rows of all."""
    stage.reference.tenant = dice.pick(TENANTS)
    stage.say(str(stage.reference.tenant))


async def nobody(stage: Stage, dice: Dice) -> None:
    """Without a tenant nothing is read and nothing written."""
    model: Any = dice.pick(MODELS)
    kind = dice.under(3)
    try:
        with tenant_context(None):
            if kind == 0:
                await model.all()
            elif kind == 1:
                await model.count()
            else:
                await model.filter(points=1).exists()
    except NoTenantError:
        return
    raise AssertionError("rows were read without a tenant")


async def ask(stage: Stage, dice: Dice) -> None:
    """Rows of a query, their number, whether there are any, their sum."""
    model = dice.pick(MODELS)
    kind = dice.under(3)
    source: Any = (Query(model), model.with_deleted(), model.only_deleted())[kind]
    query, where, text = chosen(dice, source)
    stage.say(f"{model.__name__} {text} of {kind}")
    rows = stage.reference.every(
        model.__name__, lambda row: (kind == 1 or (row.deleted is not None) == (kind == 2)) and where(row)
    )
    with stage.scope():
        assert await query.count() == len(rows)
        assert await query.exists() == bool(rows)
        found = await query.order_by("id").values_list("id", "name", "points", "version", "tenant_id")
        assert [tuple(one) for one in found] == [
            (row.id, row.name, row.points, row.version, row.tenant) for row in rows
        ]
        objects = await query.order_by("id")
        assert [one.id for one in objects] == [row.id for row in rows]
    for one, row in zip(objects, rows, strict=True):
        assert one.version <= row.version
        if one.version == row.version:
            stage.same(one, row)
        else:
            assert stage.blocks, f"{one!r} is at {one.version}, and its row at {row.version}"


async def ask_many(stage: Stage, dice: Dice) -> None:
    """Rows by keys, in their order."""
    model: Any = dice.pick(MODELS)
    rows = [row for row in stage.reference.rows.values() if row.model == model.__name__]
    keys = [row.id for row in reversed(rows)]
    with stage.scope():
        found = await model.get_many(keys)
        there = await model.exists_many(keys)
    expected = [row.id if stage.reference.sees(row) else None for row in reversed(rows)]
    assert [None if one is None else one.id for one in found] == expected
    assert there == [key is not None for key in expected]


async def ask_related(stage: Stage, dice: Dice) -> None:
    """Conditions over relations, and relations that are loaded."""
    number, reference = dice.under(4), stage.reference
    teams = {row.id: row for row in reference.seen("Team")}
    members, skills = reference.seen("Member"), reference.seen("Skill")
    with stage.scope():
        found = await Member.filter(team__points__gte=number).order_by("id").values_list("id", flat=True)
        assert list(found) == [m.id for m in members if m.team in teams and teams[m.team].points >= number]
        found = await Team.filter(members__points__gte=number).order_by("id").values_list("id", flat=True)
        owning = {row.team for row in members if row.points >= number and row.team is not None}
        assert list(found) == sorted(owning & teams.keys())
        found = await Skill.filter(members__points__gte=number).order_by("id").values_list("id", flat=True)
        strong = {row.id for row in members if row.points >= number}
        linked = {skill for member, skill in reference.links if member in strong}
        assert list(found) == [row.id for row in skills if row.id in linked]
        if stage.blocks:
            return
        for member in await Member.all().prefetch("skills"):
            assert {skill.id for skill in member.skills} == reference.skills_of(member.id)
        for team in await Team.all().prefetch("members"):
            assert {one.id for one in team.members} == {row.id for row in members if row.team == team.id}


async def ask_plainly(stage: Stage, dice: Dice) -> None:
    """Statements of SQLAlchemy."""
    session = stage.session()
    model: Any = dice.pick(MODELS)
    if session is None:
        return
    with stage.scope():
        found = (await session.execute(sa.select(model.id, model.version).order_by(model.id))).all()
        number = (await session.execute(sa.select(sa.func.count()).select_from(model))).scalar_one()
    rows = stage.reference.seen(model.__name__)
    assert [tuple(one) for one in found] == [(row.id, row.version) for row in rows]
    assert number == len(rows)


OPERATIONS = {each.__name__: each for each in (switch, nobody, ask, ask_many, ask_related, ask_plainly)}

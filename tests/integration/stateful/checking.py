"""After a sequence, tables, feed and trail say what the reference says; an engine that is not ours reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from portico.db.audit import audit
from portico.db.audit.tables import BATCHES, ENTRIES, HEADS
from portico.db.changes import ChangeFeed, RowChange
from portico.db.scoping import unscoped
from portico.db.session import Database

from .models import METADATA, MODELS, Member, Skill, Team
from .reference import Reference, Said

Stored = dict[tuple[str, int], dict[str, Any]]
Before = tuple[Stored, set[tuple[int, int]]]
JUNCTION = METADATA.tables["members_skills"]


async def empty(engine: AsyncEngine) -> None:
    """Nothing in any table; the trail goes by the way that its triggers leave open."""
    async with engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            await connection.execute(sa.delete(table))
        await connection.execute(sa.delete(HEADS))
        names = [str(model.__table__.name) for model in MODELS]
        rows = [
            {"table_name": name, "position": 0, "hash": "", "turns": 0, "forgetting": 1} for name in names
        ]
        await connection.execute(sa.insert(HEADS), rows)
        for table in (ENTRIES, BATCHES, HEADS):
            await connection.execute(sa.delete(table))


async def populate(engine: AsyncEngine, reference: Reference) -> Before:
    """Some rows of two tenants, which are there before the first step."""
    reference.step = "before"
    async with engine.begin() as connection:
        with unscoped():
            for tenant in ("a", "b"):
                reference.tenant = tenant
                teams = [await _row(connection, reference, Team, name) for name in ("ann", "bea")]
                for name, team in (("ann", 0), ("bea", 0), ("cid", 1)):
                    await _row(connection, reference, Member, name, teams[team])
                for name in ("ann", "bea"):
                    await _row(connection, reference, Skill, name)
                member, skill = (
                    max(row.id for row in reference.every("Member")),
                    max(row.id for row in reference.every("Skill")),
                )
                link = {"tenant_id": tenant, "member_id": member, "skill_id": skill}
                await connection.execute(sa.insert(JUNCTION).values(link))
                reference.relink(set(), {(member, skill)})
        found = await _stored(connection)
    reference.changes.clear()
    reference.tenant = "a"
    return found


async def _row(
    connection: AsyncConnection, reference: Reference, model: type[Any], name: str, team: int | None = None
) -> int:
    now = datetime.now(UTC)
    values = {"name": name, "points": 1, "tenant_id": reference.tenant, "version": 1}
    values |= {"created_at": now, "updated_at": now} | ({} if team is None else {"team_id": team})
    result = await connection.execute(sa.insert(model.__table__).values(values))
    key: Any = result.inserted_primary_key
    return reference.create(model.__name__, int(key[0]), name, 1, team).id


async def compare(
    database: Database, engine: AsyncEngine, feed: ChangeFeed, reference: Reference, before: Before
) -> None:
    """All of it."""
    feed.close()
    changes = [item async for item in feed]
    assert all(isinstance(item, RowChange) for item in changes)
    found = [change for change in changes if isinstance(change, RowChange)]
    async with engine.connect() as connection:
        stored, links = await _stored(connection)
    assert {key: said_of(row) for key, row in stored.items()} == {
        row.key: row.said() for row in reference.rows.values()
    }
    assert links == reference.links
    told = in_steps((str(change.actor), said_by(change)) for change in found)
    expected = in_steps(reference.changes)
    assert told == expected, _unequal(told, expected)
    assert replayed(before, found) == (stored, links), "the feed does not give the rows"
    await _compare_trail(database, found)


async def _compare_trail(database: Database, changes: list[RowChange]) -> None:
    """The trail has the entries of the feed, in its order, and is whole."""
    with unscoped():
        entries = await audit.trail(database=database)
        await audit.seal(database)
        verified = await audit.verify(database)
    assert verified.intact, verified.problems
    assert verified.unsealed == 0
    told = [
        (change.actor, change.kind, change.model.__name__, str(change.key[0]), dict(_changed(change)))
        for change in changes
    ]
    written = [(each.actor, each.operation, each.model, each.key, each.changes) for each in entries]
    assert written == told, _unequal(written, told)
    assert all(entry.tenant == _tenant(change) for entry, change in zip(entries, changes, strict=True))


def _unequal(found: Sequence[Any], expected: Sequence[Any]) -> str:
    pairs = [pair for pair in zip_longest(found, expected) if pair[0] != pair[1]]
    return "\n".join(f"found {one}\nand not {other}" for one, other in pairs)


def _tenant(change: RowChange) -> Any:
    return {**change.before, **change.after}.get("tenant_id", change.tenant)


def _changed(change: RowChange) -> Mapping[str, tuple[Any, Any]]:
    return {name: (change.before.get(name), change.after.get(name)) for name in change.changed}


async def _stored(connection: AsyncConnection) -> Before:
    found: Stored = {}
    for model in MODELS:
        for row in (await connection.execute(sa.select(model.__table__))).mappings():
            found[model.__name__, row["id"]] = dict(row)
    links = (await connection.execute(sa.select(JUNCTION))).mappings()
    pairs: set[tuple[int, int]] = set()
    for link in links:
        pairs.add((link["member_id"], link["skill_id"]))
        assert link["tenant_id"] == found["Member", link["member_id"]]["tenant_id"]
    return found, pairs


def said_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A stored row as the reference says it."""
    columns = (row["tenant_id"], row["name"], row["points"], row.get("team_id"), row["version"])
    return *columns, row["deleted_at"] is not None


def said_by(change: RowChange) -> Said:
    """A change as the reference says it."""
    if "id" in {**change.before, **change.after}:
        before = said_of(change.before) if change.before else None
        after = said_of(change.after) if change.after else None
        if before and after:
            assert change.before["updated_at"] <= change.after["updated_at"]
            assert change.before["created_at"] == change.after["created_at"]
    else:
        ((name, lost),), ((_, won),) = change.before.items(), change.after.items()
        before = name, frozenset(key for (key,) in lost)
        after = name, frozenset(key for (key,) in won)
    return change.kind, change.model.__name__, change.key[0], before, after


def in_steps(changes: Iterable[tuple[str, Said]]) -> list[tuple[str, list[str]]]:
    """The changes step by step; within one step no order is promised."""
    found: list[tuple[str, list[str]]] = []
    for step, said in changes:
        if not found or found[-1][0] != step:
            found.append((step, []))
        found[-1][1].append(repr(said) if not isinstance(said[3], tuple) else _spelled(said))
    return [(step, sorted(several)) for step, several in found]


def _spelled(said: Said) -> str:
    kind, model, key, before, after = said
    if before and isinstance(before[1], frozenset):
        before, after = (before[0], sorted(before[1])), (after[0], sorted(after[1]))
    return repr((kind, model, key, before, after))


def replayed(before: Before, changes: Iterable[RowChange]) -> Before:
    """What is there if each change happened once, in this order; both ends of a link have to tell of it."""
    rows: Stored = dict(before[0])
    ends: dict[str, set[tuple[int, int]]] = {"skills": set(before[1]), "members": set(before[1])}
    for change in changes:
        key = change.model.__name__, change.key[0]
        if "id" not in {**change.before, **change.after}:
            ((name, lost),), ((_, won),) = change.before.items(), change.after.items()
            ends[name] -= {_pair(name, key[1], far) for (far,) in lost}
            ends[name] |= {_pair(name, key[1], far) for (far,) in won}
            continue
        assert rows.pop(key, {}) == dict(change.before), f"{key} was not as the change says that it was"
        if change.after:
            rows[key] = dict(change.after)
        else:
            own = "skills" if key[0] == "Member" else "members"
            if key[0] != "Team":  # Of a row that is gone, only those at the other end tell.
                gone = {pair for pair in ends[own] if pair[key[0] == "Skill"] == key[1]}
                ends[own] -= gone
    assert ends["skills"] == ends["members"], ends
    return rows, ends["skills"]


def _pair(name: str, near: int, far: int) -> tuple[int, int]:
    return (near, far) if name == "skills" else (far, near)

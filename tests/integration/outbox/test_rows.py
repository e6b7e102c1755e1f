"""A committed change has its row, one that was undone has none, and the row says what may be known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portico.db.changes import RowChange
from portico.db.outbox import METADATA, Outbox
from portico.db.session import Database, atomic
from portico.errors import ConfigurationError
from tests.integration.outbox.stage import Base, Counter, Person, moved, put, waiting


async def told(database: Database) -> list[dict[str, Any]]:
    """What the rows say that wait."""
    rows = await database.fetch_all("SELECT payload FROM portico_outbox ORDER BY sequence")
    return [json.loads(bytes(row["payload"])) for row in rows]


async def test_a_change_waits_when_its_unit_is_committed(outbox: Outbox) -> None:
    """The row is written in the same transaction."""
    await put(outbox, moved(1, 5), moved(2, 6))
    assert [document["key"] for document in await told(outbox.database)] == [[1], [2]]


async def test_nothing_waits_when_the_unit_is_rolled_back(outbox: Outbox) -> None:
    """Both or neither."""
    with pytest.raises(LookupError):
        async with atomic(outbox.database) as unit:
            await outbox.before_commit(unit, [moved(1, 5)])
            raise LookupError
    assert await waiting(outbox.database) == 0


async def test_a_message_says_what_happened_and_to_which_row(outbox: Outbox) -> None:
    """Its fields are a promise to other programs."""
    change = moved(7, 5)
    await put(outbox, change)
    (document,) = await told(outbox.database)
    assert (document["schema"], document["id"], document["kind"]) == (1, str(change.id), "update")
    assert (document["model"], document["table"], document["key"]) == ("Counter", "counters", [7])
    assert (document["key_before"], document["changed"]) == ([7], ["value"])
    assert "before" not in document


async def test_the_changes_of_a_unit_share_its_number(outbox: Outbox) -> None:
    """A reader may gather what belongs together."""
    await put(outbox, moved(1, 1), moved(2, 1))
    await put(outbox, moved(1, 2))
    units = [document["unit"] for document in await told(outbox.database)]
    assert units[0] == units[1] != units[2]


async def test_values_are_said_where_they_were_asked_for(outbox: Outbox) -> None:
    """Only keys and names leave the database otherwise."""
    outbox.include(Counter, values={"value"})
    await put(outbox, moved(7, 5))
    (document,) = await told(outbox.database)
    assert (document["before"], document["after"]) == ({"value": 4}, {"value": 5})


async def test_secrets_are_said_by_nobody(outbox: Outbox) -> None:
    """All values are all that are no secrets."""
    outbox.include(Person, values=True)
    person = {"id": 1, "name": "ann", "password": "$argon2id$x", "token": "t0k3n"}
    change = RowChange(model=Person, kind="create", key=(1,), key_before=(), before={}, after=person)
    await put(outbox, change)
    (document,) = await told(outbox.database)
    assert document["after"] == {"id": 1, "name": "ann"}
    assert "argon2id" not in str(document)
    assert "t0k3n" not in str(document)


@pytest.mark.parametrize("name", ["password", "token", "nmae"])
async def test_a_secret_cannot_be_asked_for(outbox: Outbox, name: str) -> None:
    """A mistake is noticed at the start."""
    with pytest.raises(ConfigurationError, match=name):
        outbox.include(Person, values={name})


async def test_other_classes_and_other_databases_are_left_out(outbox: Outbox, tmp_path: object) -> None:
    """An outbox belongs to one database."""
    other = RowChange(model=Person, kind="delete", key=(1,), key_before=(1,), before={"id": 1}, after={})
    await put(outbox, other)
    async with Database(f"sqlite:///{tmp_path}/other.db") as second, atomic(second) as unit:
        await outbox.before_commit(unit, [moved(1, 1)])
    assert await waiting(outbox.database) == 0


async def test_without_its_tables_the_write_is_refused(db: Database) -> None:
    """A change that could never be published is no success."""
    outbox = Outbox(db, models=[Counter])
    try:
        await db.create_tables(Base.metadata)
        with pytest.raises(ConfigurationError, match="create_tables"):
            await put(outbox, moved(1, 1))
        await db.create_tables(METADATA)
        await put(outbox, moved(1, 1))
    finally:
        outbox.close()
    assert await waiting(db) == 1

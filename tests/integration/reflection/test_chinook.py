"""Chinook gives the same documents on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from tests.fixtures.chinook import KEYS, documents, key_in_path, load_into, sampled

from portico.cli.existing import application
from portico.db.reflection import reflect
from portico.db.session import Database

PAGE = 200


async def served(database: Database) -> httpx.AsyncClient:
    """A client of the reflected database, without a server between."""
    app = application(database, await reflect(database), title="chinook", write=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def all_rows(http: httpx.AsyncClient, table: str) -> list[Any]:
    """Every page of a table."""
    rows: list[Any] = []
    while len(found := (await http.get(f"/{table}?limit={PAGE}&offset={len(rows)}")).json()["items"]) == PAGE:
        rows += found
    return [*rows, *found]


async def test_chinook_is_the_same_on_every_database(db: Database, chinook_file: Path) -> None:
    """All rows of all tables, and two hundred of them by key, are what sqlite3 says of the file."""
    await load_into(db, chinook_file)
    async with await served(db) as http:
        for table in KEYS:
            assert await all_rows(http, table) == list(documents(table))
        for table, document in sampled(200):
            assert (await http.get(f"/{table}/{key_in_path(table, document)}")).json() == document
        page = (await http.get("/Track?limit=5&include=Album,Genre&sort=-Milliseconds&count=exact")).json()
    assert [row["Album"]["Title"] for row in page["items"]] == [
        "Battlestar Galactica, Season 3",
        "Lost, Season 3",
        *["Battlestar Galactica (Classic), Season 1"] * 3,
    ]

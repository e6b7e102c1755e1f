"""`portico serve chinook.sqlite --write`: what may be changed, and how the server starts and stops."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from tests.fixtures.chinook import chinook_file
from tests.fixtures.server import serving

__all__ = ["chinook_file"]


def test_with_write_rows_are_made_changed_and_removed(chinook_file: Path) -> None:
    """The whole life of a genre."""
    with serving("serve", str(chinook_file), "--write") as server, httpx.Client(base_url=server.url) as http:
        made = http.post("/Genre", json={"Name": "Polka"})
        changed = http.patch("/Genre/26", json={"Name": "Waltz"})
        with closing(sqlite3.connect(chinook_file)) as connection:
            stored = connection.execute("SELECT Name FROM Genre WHERE GenreId = 26").fetchone()
        removed = http.delete("/Genre/26")
    assert (made.status_code, made.headers["location"], changed.json()["Name"]) == (201, "/Genre/26", "Waltz")
    assert (stored, removed.status_code) == (("Waltz",), 204)


def test_what_is_referred_to_cannot_be_removed(chinook_file: Path) -> None:
    """The database's own rules hold: an artist with albums stays."""
    with serving("serve", str(chinook_file), "--write") as server:
        assert httpx.delete(f"{server.url}/Artist/1").status_code == 409


def test_serving_leaves_the_file_as_it_was(chinook_file: Path) -> None:
    """Not a byte of a database that is only read may change, and no file may appear beside it."""
    before = hashlib.sha256(chinook_file.read_bytes()).digest()
    with serving("serve", str(chinook_file)) as server:
        assert httpx.get(f"{server.url}/Track").status_code == 200
    assert hashlib.sha256(chinook_file.read_bytes()).digest() == before
    assert [path.name for path in chinook_file.parent.iterdir()] == ["chinook.sqlite"]


def test_the_server_stops_when_it_is_asked_to(chinook_file: Path) -> None:
    """A service manager sends SIGTERM and expects a clean end."""
    with serving("serve", str(chinook_file)) as server:
        assert httpx.get(f"{server.url}/health").json() == {"status": "healthy"}
        assert server.stop() == 0
    assert not any("Traceback" in line for line in server.said)

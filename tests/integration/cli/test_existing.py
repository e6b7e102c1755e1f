"""What an existing database shows over HTTP, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from portico.cli.existing import application
from portico.db.reflection import reflect
from portico.db.session import Database

CANARY = "s3cr3t-canary"
SCHEMA = (
    "CREATE TABLE users (id int PRIMARY KEY, name varchar(20), password varchar(40))",
    "CREATE TABLE log (line varchar(20), n int)",
    "CREATE VIEW names AS SELECT name FROM users",
    f"INSERT INTO users VALUES (1, 'ann', '{CANARY}')",
    "INSERT INTO log VALUES ('x', 1), ('x', 1)",
)
Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def serve(db: Database) -> AsyncIterator[Serve]:
    """Fill the database and give a client of the API over it."""
    clients: list[httpx.AsyncClient] = []

    async def start(*, write: bool = False) -> httpx.AsyncClient:
        """A client; it sees no exception that a server would not send."""
        async with db.engine.begin() as connection:
            for statement in SCHEMA:
                await connection.exec_driver_sql(statement)
        found = await reflect(db, include_hidden=write)
        app = application(db, found, title="test", write=write)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        return clients[-1]

    yield start
    for client in clients:
        await client.aclose()


async def test_a_secret_is_in_no_answer_at_all(serve: Serve) -> None:
    """Not read, not filtered by, not sorted by, not named in an error or in the documentation."""
    http = await serve()
    asked = (
        "/users",
        "/users/1",
        "/names",
        "/openapi.json",
        "/users?password__startswith=s",
        "/users?sort=password",
    )
    answers = [await http.get(path) for path in asked]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 422, 422]
    assert not any(CANARY in answer.text for answer in answers)
    assert "password" not in answers[3].text


async def test_rows_without_a_key_can_be_listed_and_nothing_else(serve: Serve) -> None:
    """No path addresses one of them, with --write either."""
    http = await serve(write=True)
    page = (await http.get("/log?count=exact")).json()
    assert page["items"] == [{"line": "x", "n": 1}] * 2
    assert (await http.get("/log/1")).status_code == 404
    assert (await http.post("/log", json={"line": "y", "n": 2})).status_code == 405
    assert (await http.post("/names", json={"name": "y"})).status_code == 405


async def test_what_tells_rows_apart_inside_is_not_seen_outside(serve: Serve) -> None:
    """The number of a row is Portico's own business."""
    http = await serve()
    assert "portico_row" not in (await http.get("/openapi.json")).text
    assert (await http.get("/log?portico_row=1")).status_code == 422
    assert (await http.get("/log?sort=portico_row")).status_code == 422


async def test_with_write_all_columns_are_there(serve: Serve) -> None:
    """Whoever may write a user has to be able to write the password as well."""
    http = await serve(write=True)
    made = await http.post("/users", json={"id": 2, "name": "bea", "password": "x"})
    assert (made.status_code, made.json()["password"]) == (201, "x")


async def test_a_broken_value_is_refused_alike(serve: Serve) -> None:
    """Bad input is the caller's mistake on every database."""
    http = await serve(write=True)
    bodies = (
        {"id": 2**70},
        {"id": "x"},
        {"id": 3, "name": "x" * 21},
        {"id": 3, "name": "a\x00b"},
        {"nmae": "x"},
    )
    assert [(await http.post("/users", json=body)).status_code for body in bodies] == [422] * 5

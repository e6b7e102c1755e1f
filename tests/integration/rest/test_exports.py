"""Exports: every row within reach, as lines, in batches, whole or visibly not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from decimal import Decimal
from random import Random
from typing import Any, cast

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncSession
from tests.integration.rest.blog import User, Vote
from tests.integration.rest.blog import metadata as blog_metadata
from tests.integration.rest.sales import Label, Sale, Seller, make_sales, metadata

from portico.app import Portico
from portico.db.reflection import reflect
from portico.db.session import Database
from portico.errors import PlanRefusedError, PorticoError
from portico.resources import Limits
from portico.testing.statements import statements

MANY = 1_203
Message = dict[str, Any]


def door(db: Database, **options: Any) -> FastAPI:
    """The sales, open but for a hidden field."""
    api = Portico(db, **options)
    api.expose(Sale, policy="public", hidden=["secret"], search=["status"])
    api.expose(Seller, policy="public")
    api.expose(Label, policy="public")
    return api.app()


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client of an application in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
async def client(db: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of empty tables."""
    await db.create_tables(metadata)
    async with client_of(door(db)) as made:
        yield made


def cells(text: str) -> list[list[str]]:
    """CSV as a reader of RFC 4180 sees it."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


async def test_ndjson_is_what_the_list_answers(client: httpx.AsyncClient) -> None:
    """The same documents, one on each line, by key when nothing else is said."""
    await make_sales(Random(3), 50)
    answer = await client.get("/sales/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="sales.ndjson"'
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == (await client.get("/sales?sort=id&limit=200")).json()["items"]


async def test_csv_has_a_header_and_plain_cells(client: httpx.AsyncClient) -> None:
    """Null is empty, nested is JSON, text is quoted where it has to be, in the order of the fields."""
    await Sale.create(
        status='a,"b"\r\nü', amount=Decimal("-1.50"), extra={"a": [1, None]}, paid=True, pieces=-7
    )
    answer = await client.get("/sales/export?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="sales.csv"'
    assert cells(answer.text) == [
        ["id", "status", "amount", "exact", "pieces", "weight", "paid", "sold_at", "extra", "seller_id"],
        ["1", 'a,"b"\r\nü', "-1.50", "", "-7", "", "true", "", '{"a":[1,null]}', ""],
    ]
    assert answer.content.endswith(b"\r\n")


async def test_no_cell_is_a_formula(client: httpx.AsyncClient) -> None:
    """A spreadsheet that opens the file computes nothing; NDJSON is left as it is."""
    starts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"]
    for start in starts:
        await Sale.create(status=start)
    rows = cells((await client.get("/sales/export?format=csv&fields=status")).text)[1:]
    assert rows == [["'" + start] for start in starts]
    lines = (await client.get("/sales/export?fields=status")).text.splitlines()
    assert [json.loads(line)["status"] for line in lines] == starts


async def test_chosen_fields_come_in_their_order(client: httpx.AsyncClient) -> None:
    """As asked for."""
    await Sale.create(status="open", pieces=3)
    answer = await client.get("/sales/export?format=csv&fields=pieces,id")
    assert cells(answer.text) == [["pieces", "id"], ["3", "1"]]


async def test_fields_of_a_relation_come_along(client: httpx.AsyncClient, db: Database) -> None:
    """A column of their own in CSV, nested as in lists in NDJSON; one more statement for each batch."""
    ann = await Seller.create(name="ann")
    await Sale.bulk_create([Sale(seller_id=ann.id), Sale()])
    async with statements(db) as seen:
        answer = await client.get("/sales/export?format=csv&fields=id,seller.name")
    assert cells(answer.text) == [["id", "seller.name"], ["1", "ann"], ["2", ""]]
    assert len(seen) == 3
    lines = (await client.get("/sales/export?fields=id,seller.name")).text.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "seller": {"name": "ann"}},
        {"id": 2, "seller": None},
    ]


async def test_an_empty_table_has_a_header_at_least(client: httpx.AsyncClient) -> None:
    """Nothing else."""
    assert (await client.get("/labels/export?format=csv")).text == "id,name,public\r\n"
    assert (await client.get("/labels/export")).text == ""


async def test_every_row_comes_once_over_many_batches(client: httpx.AsyncClient) -> None:
    """Ties do not matter, nor which order."""
    await Label.bulk_create([Label(name=f"n{n % 7}", public=n % 3 == 0) for n in range(MANY)])
    orders: dict[str, Callable[[Message], Any]] = {
        "": lambda row: row["id"],
        "sort=public": lambda row: (row["public"], row["id"]),
        "sort=-name,public": lambda row: (-int(row["name"][1:]), row["public"], row["id"]),
        "sort=-id": lambda row: -row["id"],
    }
    for sort, key in orders.items():
        answer = await client.get(f"/labels/export?{sort}")
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert sorted(row["id"] for row in rows) == list(range(1, MANY + 1))
        assert rows == sorted(rows, key=key)


async def test_filters_choose_and_a_batch_is_a_statement(client: httpx.AsyncClient, db: Database) -> None:
    """One to count up to the limit, one for each batch, and no transaction around them."""
    await Label.bulk_create([Label(name=f"n{n % 7}", public=n % 3 == 0) for n in range(MANY)])
    async with statements(db) as seen:
        answer = await client.get('/labels/export?public=false&where={"name": {"ne": "n1"}}')
    names = [json.loads(line)["name"] for line in answer.text.splitlines()]
    assert len(names) == sum(1 for n in range(MANY) if n % 3 and n % 7 != 1)
    assert len(seen) == 1 + len(names) // 500 + 1


async def test_composite_keys_are_gone_through_as_well(db: Database) -> None:
    """A key of two parts, in batches."""
    await db.create_tables(blog_metadata)
    users = await User.bulk_create([User(username=f"u{n}") for n in range(40)])
    await Vote.bulk_create([Vote(user_id=user.id, label=f"l{n}") for user in users for n in range(20)])
    api = Portico(db)
    api.expose(Vote, policy="public")
    async with client_of(api.app()) as client:
        rows = cells((await client.get("/votes/export?format=csv")).text)[1:]
    assert len(rows) == len({(user, label) for user, label, _ in rows}) == 800


async def test_more_rows_than_may_be_exported_are_refused(db: Database) -> None:
    """Before a single line, so that nobody takes a part for the whole."""
    await db.create_tables(metadata)
    await Label.bulk_create([Label(name="n") for _ in range(6)])
    async with client_of(door(db, limits=Limits(export_rows=5))) as client:
        refused = await client.get("/labels/export?format=csv")
        assert (refused.status_code, refused.json()["code"]) == (422, "plan-refused")
        assert len((await client.get("/labels/export?id__gt=1")).text.splitlines()) == 5


async def test_head_sends_no_rows(client: httpx.AsyncClient, db: Database) -> None:
    """The headers of GET for the price of the first batch."""
    await Label.bulk_create([Label(name="n") for _ in range(MANY)])
    async with statements(db) as seen:
        answer = await client.head("/labels/export?format=csv")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(seen) <= 2


REFUSED = [
    "format=xml", "format=csv&format=csv", "fields=nonsense", "fields=secret", "fields=", "sort=secret",
    "secret=a", "limit=5", "include=seller", "sort=labels.name", "fields=labels.name",
    "amount__gte=x", "where=[", "count=none",
]  # fmt: skip


async def test_what_cannot_be_exported_is_refused(client: httpx.AsyncClient) -> None:
    """With the parameter that is wrong."""
    for query in REFUSED:
        refused = await client.get(f"/sales/export?{query}")
        assert refused.status_code == 422, query
        assert refused.json()["errors"][0]["parameter"]


async def drive(app: FastAPI, path: str, on_body: Callable[[], Awaitable[None]]) -> list[Message]:
    """Ask by hand, and do something when the first part of the body has come; what was sent so far."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))
        if sum(one["type"] == "http.response.body" for one in sent) == 1:
            await on_body()

    target, _, query = path.partition("?")
    scope: Message = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "GET",
        "http_version": "1.1", "path": target, "raw_path": target.encode(), "headers": [],
        "query_string": query.encode(), "root_path": "", "scheme": "http",
        "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip
    try:
        await app(scope, receive, send)
    except Exception as error:
        sent.append({"type": "raised", "error": error})
    return sent


async def test_an_error_in_the_middle_does_not_look_complete(db: Database) -> None:
    """The last part never comes: a server closes the connection, and a client knows."""
    await db.create_tables(metadata)
    await Label.bulk_create([Label(name="n") for _ in range(MANY)])

    async def spoil() -> None:
        await db.execute_raw("DROP TABLE sale_labels")
        await db.execute_raw("DROP TABLE labels")

    sent = await drive(door(db), "/labels/export", spoil)
    assert sent[0]["status"] == 200
    assert sent[-1]["type"] == "raised"
    assert isinstance(sent[-1]["error"], PorticoError | RuntimeError)
    assert all(one["more_body"] for one in sent if one["type"] == "http.response.body")


async def test_rows_added_meanwhile_do_not_go_beyond_the_limit(db: Database) -> None:
    """A sort that takes them in would go on for ever; the reply is cut visibly instead."""
    await db.create_tables(metadata)
    await Label.bulk_create([Label(name="n") for _ in range(MANY)])

    async def add() -> None:
        await Label.bulk_create([Label(name="n") for _ in range(50)])

    sent = await drive(door(db, limits=Limits(export_rows=MANY + 10)), "/labels/export", add)
    error = sent[-1]["error"]
    assert isinstance(error, PlanRefusedError) or isinstance(error.__cause__, PlanRefusedError)
    assert all(one["more_body"] for one in sent if one["type"] == "http.response.body")


async def test_a_slow_client_holds_no_connection(db: Database) -> None:
    """Between two batches there is nothing to hold; when the client leaves there is nothing to give back."""
    await db.create_tables(metadata)
    await Label.bulk_create([Label(name="n") for _ in range(MANY)])
    held: list[int] = []

    async def leave() -> None:
        held.append(checked_out(db))
        raise OSError("the client has gone")

    sent = await drive(door(db), "/labels/export", leave)
    assert sum(one["type"] == "http.response.body" for one in sent) == 1
    assert held == [0]
    assert checked_out(db) == 0


def checked_out(db: Database) -> int:
    """Connections that somebody has."""
    return sum(cast("QueuePool", engine.pool).checkedout() for engine in db.engines.pooled())


async def test_a_session_of_the_request_is_left_alone(db: Database) -> None:
    """Who is asking may be looked up in a session that FastAPI closes after the reply."""
    await db.create_tables(metadata)
    await Label.bulk_create([Label(name="n") for _ in range(MANY)])

    get_session = Depends(db.get_session)

    async def principal(session: AsyncSession = get_session) -> object:
        return (await session.get(Label, 1)) and "somebody"

    async with client_of(door(db, principal=principal)) as client:
        assert len((await client.get("/labels/export")).text.splitlines()) == MANY
    assert checked_out(db) == 0


async def test_a_view_without_a_key_is_summed_up_and_exported(db: Database) -> None:
    """Its rows have no place to go on from, so they come at once; equal rows are all there."""
    async with db.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE loose (v integer, w varchar(10))")
        await connection.exec_driver_sql("CREATE VIEW seen AS SELECT v, w FROM loose")
        for _ in range(3):
            await connection.exec_driver_sql("INSERT INTO loose VALUES (1, 'a'), (1, 'a'), (2, 'b')")
    api = Portico(db, limits=Limits(export_rows=9))
    for model in (await reflect(db)).classes.values():
        api.expose(model, policy="read_only")
    async with client_of(api.app()) as client:
        for name in ("loose", "seen"):
            assert len((await client.get(f"/{name}/export")).text.splitlines()) == 9
            facets = (await client.get(f"/{name}/facets?facets=w,v")).json()["facets"]
            assert facets["w"] == [{"value": "a", "count": 6}, {"value": "b", "count": 3}]
            summed = (await client.get(f"/{name}/aggregate?group_by=w&metrics=sum:v,avg:v")).json()["items"]
            assert [one["metrics"] for one in summed] == [
                {"sum:v": 6, "avg:v": 1.0},
                {"sum:v": 6, "avg:v": 2.0},
            ]


async def test_a_database_in_memory_is_exported_beside_a_session() -> None:
    """It has one connection, which the session of the request may hold: everything is read first."""
    async with Database("sqlite://") as db:
        await db.create_tables(metadata)
        await Label.bulk_create([Label(name="n") for _ in range(MANY)])
        get_session = Depends(db.get_session)

        async def principal(session: AsyncSession = get_session) -> object:
            return (await session.get(Label, 1)) and "somebody"

        async with client_of(door(db, principal=principal)) as client:
            assert len((await client.get("/labels/export")).text.splitlines()) == MANY

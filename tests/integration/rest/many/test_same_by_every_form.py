"""What one form of writing says or does, the others say and do as well."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import FieldRules
from portico.app import Portico
from portico.db.fields import DecimalField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany
from portico.db.session import Database
from portico.resources.hooks import Change, Hooks

metadata = MetaData()
LENIENT = {"Prefer": "handling=lenient"}


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Sheet(Base):
    """Something with a default of the database where null is a value, too."""

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=30, unique=True)
    grade: Mapped[int | None] = IntegerField(nullable=True, server_default="7")
    total: Mapped[Any] = DecimalField(precision=36, scale=10, default=Decimal(0))
    marks: Many[Mark] = ManyToMany(back_populates="sheets", through="sheet_marks")


class Mark(Base):
    """What can be linked to it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    sheets: Many[Sheet] = ManyToMany(back_populates="marks", through="sheet_marks")


class TornError(Exception):
    """An error of the application."""


class SheetHooks(Hooks[Sheet]):
    """Slugs are kept in small letters."""

    def validate_slug(self, value: str) -> str:
        """One spelling."""
        return value.strip().lower()

    def before_create(self, change: Change[Sheet]) -> None:
        """Nothing that is torn."""
        if change.row.slug == "torn":
            raise TornError("It is torn.")


async def open_sheets(db: Database, **said: Any) -> httpx.AsyncClient:
    """A client of sheets that are exposed as a test wants them."""
    await db.create_tables(metadata)
    api = Portico(db, errors={TornError: 409})
    api.expose(Sheet, policy="public", **said)
    api.expose(Mark, policy="public")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app()), base_url="http://test")


async def test_a_null_that_is_sent_is_no_wish_for_a_default(db: Database) -> None:
    """Bulk forms stored the default of the database where a single create stored null."""
    async with await open_sheets(db) as client:
        await client.post("/sheets", json={"slug": "a", "grade": None})
        await client.post("/sheets/bulk", json=[{"slug": "b", "grade": None}, {"slug": "c"}])
        await client.post("/sheets/bulk", json=[{"slug": "d", "grade": None}], headers=LENIENT)
        await client.put("/sheets/bulk?on=slug", json=[{"slug": "e", "grade": None}, {"slug": "f"}])
        stored = (await client.get("/sheets?sort=slug")).json()["items"]
        assert [(one["slug"], one["grade"]) for one in stored] == [
            ("a", None),
            ("b", None),
            ("c", 7),
            ("d", None),
            ("e", None),
            ("f", 7),
        ]


@pytest.mark.parametrize("headers", [{}, LENIENT])
async def test_a_key_that_is_read_only_names_rows_of_a_batch(db: Database, headers: dict[str, str]) -> None:
    """It is no value that is written, and the one way to say which row is meant."""
    async with await open_sheets(db, rules=FieldRules(read_only=["id"])) as client:
        made = await client.post("/sheets/bulk", json=[{"slug": "a"}, {"slug": "b"}])
        keys = [row["id"] for row in made.json()["items"]]
        changed = await client.patch(
            "/sheets/bulk", json=[{"id": key, "grade": 1} for key in keys], headers=headers
        )
        assert changed.status_code == (207 if headers else 200), changed.text
        assert (await client.get("/sheets?grade=1&count=exact")).json()["page"]["count"] == 2


async def test_a_registered_error_is_the_answer_to_one_item(db: Database) -> None:
    """A lenient batch tells what a request of its own would have been answered, and keeps the others."""
    async with await open_sheets(db, hooks=SheetHooks) as client:
        alone = await client.post("/sheets", json={"slug": "torn"})
        report = await client.post(
            "/sheets/bulk", json=[{"slug": "a"}, {"slug": "torn"}, {"slug": "b"}], headers=LENIENT
        )
        assert report.status_code == 207, report.text
        assert [one["status"] for one in report.json()["items"]] == [201, 409, 201]
        problem = report.json()["items"][1]["problem"]
        assert {**problem, "request_id": ""} == {**alone.json(), "request_id": ""}
        assert (await client.get("/sheets?count=exact")).json()["page"]["count"] == 2


async def test_an_upsert_looks_for_what_the_validators_make_of_the_key(db: Database) -> None:
    """The same body twice is a create and a change, and no conflict with what the first one stored."""
    async with await open_sheets(db, hooks=SheetHooks) as client:
        for status in (201, 200):
            reply = await client.post("/sheets/upsert?on=slug", json={"slug": " Ann ", "grade": status})
            assert (reply.status_code, reply.json()["slug"]) == (status, "ann"), reply.text
        many = await client.put("/sheets/bulk?on=slug", json=[{"slug": "ANN"}, {"slug": "Ben"}])
        assert [one["status"] for one in many.json()["items"]] == [200, 201]


async def test_a_relation_that_is_written_once_stays(db: Database) -> None:
    """It comes with a new row; neither the routes of links nor the body of a PATCH change it."""
    rules = FieldRules(write_once=["marks"])
    async with await open_sheets(db, rules=rules, nested=["marks"]) as client:
        one, two = [(await client.post("/marks", json={})).json()["id"] for _ in range(2)]
        made = await client.post("/sheets", json={"slug": "a", "marks": {"connect": [one]}})
        assert made.status_code == 201, made.text
        where = made.headers["location"]
        replies = [
            await client.patch(where, json={"marks": {"set": [two]}}),
            await client.put(f"{where}/marks", json=[two]),
            await client.put(f"{where}/marks/{two}"),
            await client.delete(f"{where}/marks/{one}"),
            await client.post(f"{where}/marks", json={}),
        ]
        assert [reply.status_code for reply in replies] == [422, 405, 405, 405, 405]
        assert [row["id"] for row in (await client.get(f"{where}/marks")).json()["items"]] == [one]


async def test_sums_are_exact_or_refused(db: Database) -> None:
    """Twenty-eight digits are what Python keeps by itself: no amount may round what is stored, or fail."""
    async with await open_sheets(db) as client:
        held = "12345678901234567890123.1234567890"
        made = await client.post("/sheets", json={"slug": "a", "total": held})
        where = f"{made.headers['location']}/increment"
        for amount in ("1e1000000", "-9e999999", "9e-999999", "0.00000000001"):
            refused = await client.post(where, json={"total": amount})
            assert refused.status_code == 422, refused.text
            assert refused.json()["errors"][0]["pointer"] == "/total"
        added = await client.post(where, json={"total": "0.0000000001"})
        assert added.status_code == 200, added.text
        assert str((await client.get("/sheets")).json()["items"][0]["total"]) == str(added.json()["total"])
        if db.dialect_name != "sqlite":  # numbers of 33 digits are more than a REAL holds
            assert added.json()["total"] == "12345678901234567890123.1234567891"

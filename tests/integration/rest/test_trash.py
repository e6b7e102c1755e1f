"""Deleted rows over HTTP: out of sight, in the trash, restored, removed for good; each by its own rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal, owner, role
from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import SoftDeleteMixin
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database
from portico.testing.statements import statements


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = MetaData()


class Memo(SoftDeleteMixin, Base):
    """Lines go with it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=30, unique=True)
    owner_id: Mapped[int] = IntegerField(default=1)
    remarks: Many[Remark] = OneToMany(back_populates="memo")


class Remark(SoftDeleteMixin, Base):
    """Goes with its memo."""

    id: Mapped[int] = IntegerField(primary_key=True)
    memo_id: Mapped[int] = ForeignKeyField(Memo, on_delete="cascade")
    memo: Ref[Memo] = ManyToOne(back_populates="remarks")


class Badge(SoftDeleteMixin, Base):
    """Nothing goes with it."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=30, unique=True)


class Plain(Base):
    """Keeps nothing."""

    id: Mapped[int] = IntegerField(primary_key=True)


async def _client(api: Portico) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=api.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Everybody may do everything."""
    await db.create_tables(Base.metadata)
    api = Portico(db)
    for model in (Memo, Remark, Badge, Plain):
        api.expose(model, policy="public")
    async for made in _client(api):
        yield made


def _keys(reply: httpx.Response) -> list[Any]:
    return [row["id"] for row in reply.json()["items"]]


@pytest.mark.parametrize("path", ["memos", "badges"])
async def test_a_deleted_row_is_in_the_trash_alone(client: httpx.AsyncClient, path: str) -> None:
    """By every operation on the others it is not there."""
    name = "slug" if path == "memos" else "name"
    for text in "ab":
        assert (await client.post(f"/{path}", json={name: text})).status_code == 201
    assert (await client.delete(f"/{path}/1")).status_code == 204
    assert _keys(await client.get(f"/{path}")) == [2]
    for method in ("GET", "DELETE", "PATCH"):
        body = {name: "c"} if method == "PATCH" else None
        assert (await client.request(method, f"/{path}/1", json=body)).status_code == 404
    assert (await client.get(f"/{path}/aggregate?metrics=count")).json()["items"][0]["metrics"]["count"] == 1
    trash = await client.get(f"/{path}/trash?{name}=a&count=exact")
    assert (_keys(trash), trash.json()["page"]["count"]) == ([1], 1)
    one = await client.get(f"/{path}/trash/1")
    assert one.json()["deleted_at"] is not None
    assert (await client.get(f"/{path}/trash/2")).status_code == 404


async def test_a_deletion_is_one_statement(client: httpx.AsyncClient, db: Database) -> None:
    """On the compiled path, as other deletions."""
    await client.post("/badges", json={"name": "a"})
    async with statements(db) as seen:
        assert (await client.delete("/badges/1")).status_code == 204
    assert len(seen) == 1


async def test_a_restored_row_is_there_with_what_went_with_it(client: httpx.AsyncClient) -> None:
    """The answer is the row with its tag, as of any change."""
    await client.post("/memos", json={"slug": "a"})
    for _ in range(2):
        await client.post("/remarks", json={"memo_id": 1})
    await client.delete("/memos/1")
    assert _keys(await client.get("/remarks")) == []
    assert sorted(_keys(await client.get("/remarks/trash"))) == [1, 2]
    answer = await client.post("/memos/1/restore")
    assert (answer.status_code, answer.json()["deleted_at"]) == (200, None)
    assert (await client.get("/memos/1")).headers["etag"] == answer.headers["etag"]
    assert sorted(_keys(await client.get("/remarks"))) == [1, 2]
    assert (await client.post("/memos/1/restore")).status_code == 404


async def test_restoring_to_a_taken_key_is_a_conflict(client: httpx.AsyncClient) -> None:
    """Creating beside a deleted twin is none; the one that wants back names the field."""
    await client.post("/badges", json={"name": "a"})
    await client.delete("/badges/1")
    assert (await client.post("/badges", json={"name": "a"})).status_code == 201
    answer = await client.post("/badges/1/restore")
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate")
    assert "name" in answer.text
    assert (await client.get("/badges/trash/1")).status_code == 200


async def test_an_upsert_makes_a_row_beside_a_deleted_twin(client: httpx.AsyncClient) -> None:
    """What is deleted is not there to be changed."""
    await client.post("/badges", json={"name": "a"})
    await client.delete("/badges/1")
    made = await client.post("/badges/upsert?on=name", json={"name": "a"})
    assert (made.status_code, made.json()["id"]) == (201, 2)
    again = await client.post("/badges/upsert?on=name", json={"name": "a"})
    assert (again.status_code, again.json()["id"]) == (200, 2)


async def test_only_deleted_rows_are_purged(client: httpx.AsyncClient, db: Database) -> None:
    """For good, and never past the trash."""
    await client.post("/badges", json={"name": "a"})
    assert (await client.delete("/badges/trash/1")).status_code == 404
    await client.delete("/badges/1")
    assert (await client.delete("/badges/trash/1")).status_code == 204
    assert await Badge.with_deleted().count() == 0


async def test_bulk_and_mass_deletions_mark_rows(client: httpx.AsyncClient) -> None:
    """The forms for many rows are no way past it."""
    for text in "abc":
        await client.post("/badges", json={"name": text})
    answer = await client.delete("/badges/bulk?key=1")
    assert answer.is_success, answer.text
    answer = await client.delete("/badges?name=b")
    assert answer.is_success, answer.text
    assert _keys(await client.get("/badges")) == [3]
    assert _keys(await client.get("/badges/trash?sort=id")) == [1, 2]


async def test_writes_to_the_trash_may_be_meant_for_one_state(client: httpx.AsyncClient) -> None:
    """If-Match, as on every write of one row."""
    await client.post("/badges", json={"name": "a"})
    await client.delete("/badges/1")
    stale = {"If-Match": '"stale"'}
    assert (await client.post("/badges/1/restore", headers=stale)).status_code == 412
    assert (await client.delete("/badges/trash/1", headers=stale)).status_code == 412
    tag = (await client.get("/badges/trash/1")).headers["etag"]
    assert (await client.post("/badges/1/restore", headers={"If-Match": tag})).status_code == 200


async def test_nobody_writes_the_mark(client: httpx.AsyncClient) -> None:
    """It is shown, and in no body."""
    answer = await client.post("/badges", json={"name": "a", "deleted_at": "2020-01-01T00:00:00Z"})
    assert answer.status_code == 422
    await client.post("/badges", json={"name": "a"})
    answer = await client.patch("/badges/1", json={"deleted_at": "2020-01-01T00:00:00Z"})
    assert answer.status_code == 422


async def test_documents_name_the_trash_where_there_is_one(client: httpx.AsyncClient) -> None:
    """A class that keeps nothing has none of these operations."""
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/badges/trash", "/badges/trash/{id}", "/badges/{id}/restore"} <= paths.keys()
    assert not [path for path in paths if path.startswith("/plains") and "trash" in path]


async def test_the_trash_is_closed_unless_a_rule_opens_it(db: Database) -> None:
    """Who may delete may not see, restore or purge what others deleted."""
    await db.create_tables(Base.metadata)
    api = Portico(db, principal=lambda: Principal(1))
    api.expose(Badge, policy=Policy(read=True, create=True, update=True, delete=True))
    api.expose(
        Memo,
        policy=Policy(read=True, create=True, update=True, delete=True, trash=owner("owner_id")),
    )
    async for client in _client(api):
        assert (await client.post("/badges", json={"name": "a"})).status_code == 201
        for number in (1, 2):
            await client.post("/memos", json={"slug": f"s{number}", "owner_id": number})
            assert (await client.delete(f"/memos/{number}")).status_code == 204
        assert (await client.delete("/badges/1")).status_code == 204
        assert (await client.get("/badges/trash")).status_code in {404, 405, 422}
        assert (await client.post("/badges/1/restore")).status_code in {404, 405}
        assert _keys(await client.get("/memos/trash")) == [1]
        assert (await client.post("/memos/2/restore")).status_code == 404
        assert (await client.delete("/memos/trash/1")).status_code == 405
        assert (await client.post("/memos/1/restore")).status_code == 200


async def test_a_trash_that_not_everybody_sees_is_kept_by_no_shared_cache(db: Database) -> None:
    """Whatever is said of the rows that are there, which everybody may read."""
    await db.create_tables(Base.metadata)
    api = Portico(db)
    policy = Policy(read=True, create=True, delete=True, trash=lambda _: Badge.name != "hidden")
    api.expose(Badge, policy=policy, cache_control="public, max-age=60")
    api.expose(Plain, policy="public")
    async for client in _client(api):
        await client.post("/badges", json={"name": "a"})
        assert (await client.get("/badges")).headers["cache-control"] == "public, max-age=60"
        await client.delete("/badges/1")
        for path in ("/badges/trash", "/badges/trash/1"):
            headers = (await client.get(path)).headers
            assert (headers["cache-control"], "vary" in headers) == ("private, no-cache", True)


async def test_a_refusal_says_what_of_the_trash_is_refused(db: Database) -> None:
    """In words, and not by the names of rules."""
    await db.create_tables(Base.metadata)
    api = Portico(db, principal=lambda: Principal(id=1))
    api.expose(Badge, policy=Policy(read=True, trash=role("warden"), purge=role("warden")))
    async for client in _client(api):
        seen = await client.get("/badges/trash")
        purged = await client.delete("/badges/trash/1")
        assert seen.json()["detail"] == "You may not see deleted rows of badges."
        assert purged.json()["detail"] == "You may not remove rows of badges for good."

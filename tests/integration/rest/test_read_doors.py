"""What the doors that read owe to tables of any shape: odd names, inherited keys, long lists."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest
from pydantic import computed_field
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portico.app import Portico
from portico.db.fields import IntegerField
from portico.db.models import Model
from portico.db.session import Database
from portico.resources import Limits

Client = Callable[..., httpx.AsyncClient]


class Base(DeclarativeBase):
    """Plain SQLAlchemy: names are those that a database happens to have."""


class Writer(Base):
    """Somebody with a name."""

    __tablename__ = "writers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Note(Base):
    """A row whose columns are called like a way to another row, and like a comparison."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    size__in: Mapped[int]
    writer__name: Mapped[str] = mapped_column(String(20))
    writer_id: Mapped[int] = mapped_column(ForeignKey(Writer.id))
    writer: Mapped[Writer] = relationship()


class Worker(Base):
    """The top of a family of joined tables."""

    __tablename__ = "workers"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "worker"}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(20))


class Baker(Worker):
    """A worker with a table below."""

    __tablename__ = "bakers"
    __mapper_args__ = {"polymorphic_identity": "baker"}

    id: Mapped[int] = mapped_column(ForeignKey(Worker.id), primary_key=True)
    bread: Mapped[str] = mapped_column(String(20))


class Loaf(Model):
    """A row with a field that is worked out from a column nobody sees."""

    class Meta:
        """In the same tables."""

        metadata = Base.metadata
        table = "loaves"

    id: Mapped[int] = IntegerField(primary_key=True)
    cents: Mapped[int] = IntegerField(default=100)
    grams: Mapped[int] = IntegerField(default=500)

    class Read(Model.Read):
        """With a price."""

        @computed_field
        def price(self) -> float:
            """In whole coins."""
            return int(vars(self)["cents"]) / 100


@pytest.fixture
async def rows(db: Database) -> Database:
    """Two writers with three notes, and five bakers."""
    await db.create_tables(Base.metadata)
    async with db.session() as session:
        session.add_all([Writer(id=1, name="ann"), Writer(id=2, name="ben")])
        await session.flush()
        for key, writer, size in ((1, 1, 5), (2, 2, 6), (3, 2, 7)):
            session.add(
                Note(id=key, size=size, size__in=key, writer__name=f"secret {key % 2}", writer_id=writer)
            )
        session.add_all(
            [Baker(id=key, name=f"n{key}", bread="rye" if key % 2 else "oat") for key in range(1, 6)]
        )
    return db


@pytest.fixture
async def client(rows: Database) -> AsyncGenerator[Client]:
    """Clients of those tables, with options of the API and of its notes."""
    made: list[httpx.AsyncClient] = []

    def one(*, hidden: tuple[str, ...] = (), **options: Any) -> httpx.AsyncClient:
        api = Portico(rows, **options)
        api.expose(Writer, policy="public")
        api.expose(Note, policy="read_only", hidden=hidden)
        api.expose(Baker, policy="public")
        api.expose(Loaf, policy="public", hidden=["cents"])
        transport = httpx.ASGITransport(app=api.app())
        made.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        return made[-1]

    yield one
    for each in made:
        await each.aclose()


def ids(reply: httpx.Response) -> list[int]:
    """The keys of a page."""
    assert reply.status_code == 200, reply.text
    return [row["id"] for row in reply.json()["items"]]


@pytest.mark.parametrize("hidden", [(), ("writer__name", "size__in")])
async def test_a_path_is_never_taken_for_a_column_of_its_spelling(
    client: Client, hidden: tuple[str, ...]
) -> None:
    """A column called ``writer__name`` must not answer for the name of the writer, hidden or not."""
    door = client(hidden=hidden)
    assert ids(await door.get("/notes?writer.name=ben")) == [2, 3]
    assert ids(await door.get("/notes?sort=-writer.name,id")) == [2, 3, 1]
    for where, wanted in (
        ({"writer": {"name": "ben"}}, [2, 3]),
        ({"size": {"in": [5, 7]}}, [1, 3]),
        ({"not": {"size": {"in": [5]}}}, [2, 3]),
    ):
        assert ids(await door.get("/notes", params={"where": json.dumps(where)})) == wanted
        assert ids(await door.post("/notes/query", json={"where": where})) == wanted
    groups = (await door.get("/notes/aggregate?group_by=writer.name&metrics=max:writer.name")).json()["items"]
    assert [(one["group"]["writer.name"], one["metrics"]["max:writer.name"]) for one in groups] == [
        ("ann", "ann"),
        ("ben", "ben"),
    ]
    facets = (await door.get("/notes/facets?facets=writer.name")).json()["facets"]
    assert [one["value"] for one in facets["writer.name"]] == ["ben", "ann"]


@pytest.mark.parametrize("sort", ["id", "-id", "bread", "-bread,name", "name"])
async def test_inherited_rows_are_paged_by_cursors(client: Client, sort: str) -> None:
    """The key of a joined table is one column under two names: it stands once in every order."""
    door, seen = client(), list[int]()
    asked: dict[str, Any] = {"sort": sort, "limit": 2}
    whole = ids(await door.get("/bakers", params={"sort": sort}))
    for _ in range(3):
        reply = await door.get("/bakers", params=asked)
        seen += ids(reply)
        asked["cursor"] = reply.json()["page"]["next"]
    assert seen == whole
    assert asked["cursor"] is None


async def test_links_never_lead_beyond_the_last_offset(client: Client) -> None:
    """Farther on a list is read by its cursor, so that whoever follows links sees all of it."""
    door = client(limits=Limits(max_offset=3))
    path, seen = "/bakers?limit=2", list[int]()
    while path:
        reply = await door.get(path)
        seen += ids(reply)
        path = reply.links.get("next", {}).get("url", "")
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("sent", [{}, {"count": "none"}, {"count": "estimated"}])
async def test_totals_of_other_dialects_are_exact_in_queries_too(
    client: Client, sent: dict[str, str]
) -> None:
    """A total that is a cap, or nothing, would be taken for the number of rows."""
    small = Limits(counted=2)
    plain = await client(dialect="plain", limits=small).post("/bakers/query", json={"limit": 1, **sent})
    assert plain.headers["x-total-count"] == "5"
    classic = await client(dialect="classic", limits=small).post("/bakers/query", json={"limit": 1, **sent})
    assert classic.json()["total"] == 5


async def test_a_tag_moves_with_what_is_computed_from_a_hidden_column(client: Client) -> None:
    """Who asks whether a copy still holds must not be told so when the computed field is another by now."""
    door = client()
    assert (await door.post("/loaves", json={})).status_code == 201
    first = await door.get("/loaves/1")
    assert first.json() == {"id": 1, "grams": 500, "price": 1.0}
    known = {"If-None-Match": first.headers["etag"]}
    assert (await door.get("/loaves/1", headers=known)).status_code == 304
    await Loaf.filter(id=1).update(cents=250)
    again = await door.get("/loaves/1", headers=known)
    assert (again.status_code, again.json()["price"]) == (200, 2.5)
    changed = await door.patch("/loaves/1", json={"grams": 1}, headers={"If-Match": again.headers["etag"]})
    assert changed.status_code == 200
    held = {"If-None-Match": changed.headers["etag"]}
    assert (await door.get("/loaves/1", headers=held)).status_code == 304

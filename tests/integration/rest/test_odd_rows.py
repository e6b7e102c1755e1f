"""Rows of classes that were written without a thought of REST: odd keys, columns that load late."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import Computed, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.app import Portico
from portico.db.session import Database


class Plain(DeclarativeBase):
    """A base that knows nothing of Portico."""

    metadata = MetaData()


class Paper(Plain):
    """A text as key, a column that queries leave out, and one that the database computes."""

    __tablename__ = "papers"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    pages: Mapped[int] = mapped_column(default=1)
    sheets: Mapped[int] = mapped_column(Computed("pages + 1", persisted=True))
    body: Mapped[str | None] = mapped_column(Text, deferred=True)


@pytest.fixture
async def papers(db: Database) -> httpx.AsyncClient:
    """A client of papers."""
    await db.create_tables(Plain.metadata)
    api = Portico(db)
    api.expose(Paper, policy="public")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app()), base_url="http://test")


async def test_a_column_that_loads_late_is_read_and_written_as_others(papers: httpx.AsyncClient) -> None:
    """SQLAlchemy would load it when it is asked for, which no answer can wait for: it was 500."""
    async with papers as client:
        made = await client.post("/papers", json={"name": "a", "body": "text"})
        assert made.json() == {"name": "a", "pages": 1, "sheets": 2, "body": "text"}
        assert (await client.get("/papers/a")).headers["etag"] == made.headers["etag"]
        replies = [
            await client.patch("/papers/a", json={"pages": 2}),
            await client.patch("/papers/a", json={"pages": 3}, headers={"If-Match": "*"}),
            await client.post("/papers/a/increment", json={"pages": 1}),
            await client.post("/papers/upsert", json={"name": "a", "pages": 5}),
            await client.get("/papers/a"),
        ]
        for reply, pages in zip(replies, (2, 3, 4, 5, 5), strict=True):
            assert reply.json() == {"name": "a", "pages": pages, "sheets": pages + 1, "body": "text"}
        many = await client.patch("/papers/bulk", json=[{"name": "a", "pages": 6}])
        listed = await client.get("/papers")
        assert many.json()["items"] == listed.json()["items"]
        assert listed.json()["items"][0]["body"] == "text"
        replaced = await client.put("/papers/a", json={"name": "a"})
        assert replaced.json() == {"name": "a", "pages": 1, "sheets": 2, "body": None}
        assert (await client.delete("/papers/a")).status_code == 204


@pytest.mark.parametrize("name", [".", "..", "a,b", "a/b", "~3", "?", "%2e"])
async def test_every_location_leads_to_the_row(papers: httpx.AsyncClient, name: str) -> None:
    """A client resolves dots in a path before it sends them, percent-encoded or not."""
    async with papers as client:
        where = (await client.post("/papers", json={"name": name})).headers["location"]
        assert (await client.get(where)).json()["name"] == name
        assert (await client.delete(where)).status_code == 204

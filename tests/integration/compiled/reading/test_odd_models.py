"""Models whose rows are more than plain columns in the order of their keys: the same bytes either way."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from portico.access import PUBLIC
from portico.app import Portico
from portico.db.fields import DateTimeField, IntegerField, StringField, TextField
from portico.db.models import Model
from portico.db.session import Database, run
from tests.integration.compiled.reading.both import KEY, ON

METADATA = sa.MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Note(Base):
    """Sorted by its model, with a column that is loaded on demand and a version."""

    id: Mapped[int] = IntegerField(primary_key=True)
    rank: Mapped[int | None] = IntegerField(nullable=True, default=None)
    made_at: Mapped[dt.datetime] = DateTimeField(default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    text: Mapped[str] = TextField(default="")
    version: Mapped[int] = IntegerField(default=1)

    class Meta(Base.Meta):
        ordering = ("-rank", "made_at")
        table = "compiled_notes"


class Seat(Base):
    """A key of two parts, one of them text."""

    row: Mapped[str] = StringField(max_length=10, primary_key=True)
    number: Mapped[int] = IntegerField(primary_key=True)
    guest: Mapped[str | None] = StringField(max_length=20, nullable=True, default=None)


class Scan(Base):
    """A large column that queries leave out unless it is named."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    pixels: Mapped[str] = deferred(mapped_column(sa.Text()))


@asynccontextmanager
async def _doors(url: str) -> AsyncGenerator[list[httpx.AsyncClient]]:
    async with (
        Database(url, name="compiled", compiled=ON) as one,
        Database(url, name="general", compiled="off") as other,
    ):
        await one.create_tables(METADATA)
        with one.use():
            await Note.bulk_create([Note(rank=(None, 2, 1)[n % 3], text=f"t{n}") for n in range(9)])
            seats = [{"row": row, "number": n} for row in ("a", "b/c", "ü,") for n in (1, 2)]
            await run(one, sa.insert(METADATA.tables["seats"]), seats)
            await Scan.bulk_create([Scan(name=f"n{n}", pixels="x" * n) for n in range(3)])
        clients: list[httpx.AsyncClient] = []
        for database in (one, other):
            api = Portico(database, secret_key=KEY)
            for model in (Note, Seat, Scan):
                api.expose(model, policy=PUBLIC)
            transport = httpx.ASGITransport(app=api.app())
            clients.append(httpx.AsyncClient(transport=transport, base_url="http://test"))
        yield clients
        for client in clients:
            await client.aclose()


async def test_rows_of_odd_models_have_the_same_bytes(url: str) -> None:
    """Orders of the model with NULLs, composite keys, versions, columns that are loaded by name."""
    async with _doors(url) as clients:
        paths = (
            "/compiled_notes?limit=2",
            "/compiled_notes?limit=4&sort=rank,-text",
            "/compiled_notes/1",
            "/compiled_notes/1?fields=text",
            "/seats?limit=4",
            "/seats?sort=-guest&row__ne=a",
            "/seats/a,1",
            "/seats/b~1c,2",
            "/seats/%C3%BC~2,1",
            "/seats/a,3",
            "/seats/a",
            "/scans",
            "/scans/2",
        )
        pages = [await _read_through(clients, path) for path in paths]
    assert max(pages) > 1


async def _read_through(clients: list[httpx.AsyncClient], path: str) -> int:
    """A list is read on to its end, since the cursors of both are the same; how many pages it has."""
    for number in range(1, 7):
        one, other = [await client.get(path) for client in clients]
        assert one.status_code == other.status_code, path
        if one.status_code != 200:
            assert one.json()["detail"] == other.json()["detail"]
            return 0
        assert (one.content, one.headers.get("etag")) == (other.content, other.headers.get("etag")), path
        page = one.json().get("page")
        if not page or page["next"] is None:
            return number
        bare = path.partition("&cursor=")[0]
        path = f"{bare}{'&' if '?' in bare else '?'}cursor={page['next']}"
    return 6

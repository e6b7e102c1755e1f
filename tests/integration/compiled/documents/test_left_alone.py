"""Relations of plain SQLAlchemy, some of which are left to the general path: they may show a row twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portico.access import Principal
from portico.app import Portico
from portico.db.session import Database, run

from .doors import opened


class Plain(DeclarativeBase):
    """A base that knows nothing of Portico."""


LINKS = sa.Table(
    "band_songs",
    Plain.metadata,
    sa.Column("band_id", sa.Integer, sa.ForeignKey("bands.id")),
    sa.Column("song_id", sa.Integer, sa.ForeignKey("songs.id")),
)
"""Without a key: a link may be there twice."""


class Band(Plain):
    """A band, with songs in two ways."""

    __tablename__ = "bands"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))
    songs: Mapped[list[Song]] = relationship(secondary=LINKS)
    albums: Mapped[list[Album]] = relationship(back_populates="band", order_by="Album.title.desc()")
    loud: Mapped[list[Album]] = relationship(
        primaryjoin="and_(Band.id == Album.band_id, Album.volume > 5)", viewonly=True
    )


class Song(Plain):
    """A song."""

    __tablename__ = "songs"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(20))


class Album(Plain):
    """An album."""

    __tablename__ = "albums"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(20))
    volume: Mapped[int]
    band_id: Mapped[int] = mapped_column(sa.ForeignKey("bands.id"))
    band: Mapped[Band] = relationship(back_populates="albums")


@pytest.fixture
async def stage(db: Database) -> Database:
    """Two bands, a link that is there twice, and albums."""
    await db.create_tables(Plain.metadata)
    tables: dict[Any, list[dict[str, Any]]] = {
        Band.__table__: [{"id": 1, "name": "One"}, {"id": 2, "name": "Two"}],
        Song.__table__: [{"id": number, "title": f"Song {number}"} for number in range(1, 5)],
        LINKS: [{"band_id": 1, "song_id": song} for song in (3, 3, 1, 2)],
        Album.__table__: [
            {"id": n, "title": f"T{n % 3}", "volume": n, "band_id": 1 + n % 2} for n in range(1, 12)
        ],
    }
    for table, rows in tables.items():
        await run(db, sa.insert(table), rows)
    return db


def concert(db: Database, principal: Any) -> Portico:
    """Everything, for everybody."""
    api = Portico(db, principal=principal)
    for model in (Band, Song, Album):
        api.expose(model, policy="public")
    return api


PATHS = [
    "/bands?include=songs",
    "/bands/1?include=songs&include.songs.limit=2",
    "/bands?include=loud",
    "/bands?include=albums.band",
    "/bands?include=albums&include.albums.limit=2",
    "/albums?include=band.albums.band.loud",
]


@pytest.mark.parametrize("path", PATHS)
async def test_relations_of_plain_sqlalchemy_are_answered_alike(stage: Database, path: str) -> None:
    """Junctions without keys, joins with conditions, orders of their own."""
    async with opened(stage, concert, {"nobody": Principal()}) as doors:
        assert (await doors.same(path)).status_code == 200


async def test_a_link_that_is_there_twice_shows_its_row_once(stage: Database) -> None:
    """As it does without compiled statements."""
    async with opened(stage, concert, {"nobody": Principal()}) as doors:
        songs = (await doors.same("/bands/1?include=songs")).json()["songs"]
    assert [song["id"] for song in songs] == [1, 2, 3]

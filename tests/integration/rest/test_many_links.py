"""Links by the hundred: few statements, and the same rights as for one of them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped
from tests.integration.rest.around import somebody, speaking

from portico.access import Policy
from portico.app import Portico
from portico.db.fields import BooleanField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model, bulk_insert
from portico.db.relations import Many, ManyToMany
from portico.db.session import Database
from portico.resources import Limits
from portico.resources.hooks import Change, Hooks
from portico.testing.statements import statements

metadata = MetaData()
MANY = 500


class Base(Model):
    """Its own metadata."""

    class Meta:
        abstract = True
        metadata = metadata


class Playlist(Base):
    """What is played."""

    id: Mapped[int] = IntegerField(primary_key=True)
    tracks: Many[Track] = ManyToMany(through="Entry")


class Track(Base):
    """One piece."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=20)


class Entry(Base):
    """That a track is in a list."""

    playlist_id: Mapped[int] = ForeignKeyField(Playlist, on_delete="cascade", primary_key=True)
    track_id: Mapped[int] = ForeignKeyField(Track, on_delete="cascade", primary_key=True)
    pinned: Mapped[bool] = BooleanField(default=False)


@pytest.fixture
async def long(db: Database) -> Database:
    """One list with many tracks, numbered from 1."""
    await db.create_tables(metadata)
    await Playlist.create()
    await bulk_insert(db, [Track(title=f"track {n}") for n in range(1, MANY + 1)])
    await bulk_insert(db, [Entry(playlist_id=1, track_id=n) for n in range(1, MANY + 1)])
    return db


def player(
    db: Database, *, entry: Any = None, track: Any = "public", hooks: Any = None, **limits: int
) -> FastAPI:
    """Playlists and tracks, and entries where they have a policy."""
    api = Portico(db, principal=somebody, limits=Limits(**limits))
    api.expose(Playlist, policy="public")
    api.expose(Track, policy=track)
    if entry is not None:
        api.expose(Entry, policy=entry, hooks=hooks)
    return api.app()


KEPT_OUT = Policy(read=True, create=True, update=True, delete=lambda _: Entry.pinned.is_(False))
POLICIES: dict[str, Any] = {"not exposed": None, "public": "public", "with a rule": KEPT_OUT}


@pytest.mark.parametrize("kind", POLICIES)
async def test_links_are_replaced_by_few_statements(long: Database, kind: str) -> None:
    """What 500 links cost is no more than what ten cost."""
    async with speaking(player(long, entry=POLICIES[kind], nested=MANY)) as client:
        for wanted, most in (([], 9), (list(range(1, MANY + 1)), 9), ([*range(401, MANY + 1)], 9)):
            async with statements(long) as seen:
                answer = await client.put("/playlists/1/tracks", json=wanted)
            assert answer.status_code == 204, answer.text
            assert len(seen) <= most, seen.sql
            held = await Entry.filter(playlist_id=1).order_by("track_id").values_list("track_id")
            assert [track for (track,) in held] == wanted


async def test_whole_rows_are_not_loaded_for_a_difference(long: Database) -> None:
    """Keys say which links are there."""
    async with speaking(player(long, entry="public")) as client, statements(long) as seen:
        assert (await client.put("/playlists/1/tracks", json=[1])).status_code == 204
    assert not [one for one in seen.sql if "title" in one]


async def test_a_replacement_takes_no_more_links_away_than_a_request_may_change(long: Database) -> None:
    """As with all rows of a filter: refused before anything is written, never done in part."""
    async with speaking(player(long, entry="public", max_affected=20)) as client:
        refused = await client.put("/playlists/1/tracks", json=[1, 2, 3])
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert await Entry.filter().count() == MANY
        await Entry.filter(track_id__gt=23).delete()
        assert (await client.put("/playlists/1/tracks", json=[1, 2, 3])).status_code == 204
    assert await Entry.filter().count() == 3


async def test_one_link_that_may_not_go_keeps_all_of_them(long: Database) -> None:
    """The rule of the junction holds for each row of a replacement."""
    await Entry.filter(track_id=7).update(pinned=True)
    async with speaking(player(long, entry=KEPT_OUT)) as client:
        refused = await client.put("/playlists/1/tracks", json=[1])
        assert refused.status_code == 403
        assert await Entry.filter().count() == MANY
        assert (await client.put("/playlists/1/tracks", json=[1, 7])).status_code == 204
    assert await Entry.filter().count() == 2


async def test_one_link_that_may_not_be_made_keeps_all_of_them_out(long: Database) -> None:
    """So does its rule for new rows; and nothing is taken away either."""
    policy = Policy(read=True, create=lambda _: Entry.track_id < 10, update=True, delete=True)
    await Entry.filter(track_id__gt=3).delete()
    async with speaking(player(long, entry=policy)) as client:
        assert (await client.put("/playlists/1/tracks", json=[8, 9, 10])).status_code == 403
        assert await Entry.filter().count() == 3
        assert (await client.put("/playlists/1/tracks", json=[8, 9])).status_code == 204
    assert await Entry.filter().count() == 2


async def test_tracks_out_of_reach_stay_linked(long: Database) -> None:
    """They are not there for whoever asks, neither to be removed nor to be counted."""
    odd = Policy(read=lambda _: Track.id <= 10)
    async with speaking(player(long, entry="public", track=odd, max_affected=10)) as client:
        assert (await client.put("/playlists/1/tracks", json=[])).status_code == 204
        assert await Entry.filter().count() == MANY - 10
        assert (await client.put("/playlists/1/tracks", json=[11])).status_code == 409
    assert await Entry.filter().count() == MANY - 10


async def test_hooks_see_every_link(long: Database) -> None:
    """Code of the application runs for each row of the junction, as for one of them."""
    seen: list[tuple[str, int]] = []

    class Watching(Hooks[Entry]):
        def after_create(self, change: Change[Entry]) -> None:
            seen.append(("made", change.row.track_id))

        def before_delete(self, change: Change[Entry]) -> None:
            seen.append(("gone", change.row.track_id))

    await Entry.filter(track_id__gt=3).delete()
    async with speaking(player(long, entry="public", hooks=Watching)) as client:
        assert (await client.put("/playlists/1/tracks", json=[3, 4, 5])).status_code == 204
    assert sorted(seen) == [("gone", 1), ("gone", 2), ("made", 4), ("made", 5)]

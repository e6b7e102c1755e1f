"""Link, unlink and replace over many-to-many relations."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData, UniqueConstraint
from sqlalchemy.orm import Mapped
from tests.fixtures.blog import Blog, Post, Tag
from tests.integration.rest.around import Client, open_blog, somebody, speaking, tags_of

from portico.access import Policy
from portico.app import Portico
from portico.db.fields import DateTimeField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany
from portico.db.session import Database
from portico.testing.statements import statements


@pytest.fixture
async def client(blog: Blog, db: Database) -> AsyncGenerator[Client]:
    """The blog behind its door."""
    async with speaking(open_blog(db)) as made:
        yield made


async def test_linking_is_no_matter_of_how_often(client: Client, blog: Blog) -> None:
    """PUT says what is to be, so that it can be sent again."""
    for _ in range(2):
        answer = await client.put(f"/posts/{blog.third.id}/tags/{blog.python.id}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert await tags_of(client, blog.third) == ["python"]


async def test_a_link_is_made_from_either_end(client: Client, blog: Blog) -> None:
    """The relation of a tag to its posts is the same relation."""
    assert (await client.put(f"/tags/{blog.python.id}/posts/{blog.third.id}")).status_code == 204
    assert await tags_of(client, blog.third) == ["python"]


async def test_unlinking_leaves_both_rows(client: Client, blog: Blog) -> None:
    """Only the link goes, and going twice is 404."""
    path = f"/posts/{blog.hello.id}/tags/{blog.python.id}"
    assert (await client.delete(path)).status_code == 204
    assert await tags_of(client, blog.hello) == ["async"]
    assert (await client.get(f"/tags/{blog.python.id}")).status_code == 200
    assert (await client.delete(path)).status_code == 404


async def test_links_of_rows_that_are_not_there_are_404(client: Client, blog: Blog) -> None:
    """Either end may be missing, or no key at all."""
    for path in (f"/posts/999/tags/{blog.python.id}", f"/posts/{blog.hello.id}/tags/999", "/posts/x/tags/y"):
        for method in ("PUT", "DELETE"):
            assert (await client.request(method, path)).status_code == 404


async def test_replacing_leaves_exactly_what_was_sent(client: Client, blog: Blog) -> None:
    """What is missing is added and what is too much removed."""
    path = f"/posts/{blog.second.id}/tags"
    assert (await client.put(path, json=[blog.asynchronous.id, blog.asynchronous.id])).status_code == 204
    assert await tags_of(client, blog.second) == ["async"]
    assert (await client.put(path, json=[])).status_code == 204
    assert await tags_of(client, blog.second) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [([1, 999], 409), (["1"], 422), ([True], 422), ([1.5], 422), ({"id": 1}, 422), ([None], 422)],
)
async def test_a_refused_replacement_changes_nothing(
    client: Client, blog: Blog, body: Any, status: int
) -> None:
    """All or nothing, and never a 500."""
    refused = await client.put(f"/posts/{blog.hello.id}/tags", json=body)
    assert refused.status_code == status
    assert await tags_of(client, blog.hello) == ["async", "python"]


async def test_a_missing_key_is_pointed_at(client: Client, blog: Blog) -> None:
    """Which of a hundred keys it is must not be a riddle."""
    refused = await client.put(f"/posts/{blog.hello.id}/tags", json=[blog.python.id, 999])
    assert refused.json()["errors"][0]["pointer"] == "/1"


async def test_more_keys_than_the_limit_are_refused(blog: Blog, db: Database) -> None:
    """Limits are refused, never cut, and stand in the document."""
    async with speaking(open_blog(db)) as client:
        assert (await client.put(f"/posts/{blog.hello.id}/tags", json=[1] * 101)).status_code == 422
        paths = (await client.get("/openapi.json")).json()["paths"]
    body = paths["/posts/{id}/tags"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert (body["maxItems"], body["items"]["type"]) == (100, "integer")


async def test_a_new_row_is_linked_from_the_start(client: Client, blog: Blog) -> None:
    """POST below a many-to-many relation makes the row and the link in one unit."""
    made = await client.post(f"/posts/{blog.third.id}/tags", json={"name": "fresh"})
    assert (made.status_code, made.headers["location"]) == (201, f"/tags/{made.json()['id']}")
    assert await tags_of(client, blog.third) == ["fresh"]
    twice = await client.post(f"/posts/{blog.second.id}/tags", json={"name": "fresh"})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (409, "/name")


async def test_a_row_is_not_made_where_it_cannot_be_linked(client: Client, blog: Blog) -> None:
    """The owner is missing: the tag does not stay behind."""
    assert (await client.post("/posts/999/tags", json={"name": "orphan"})).status_code == 404
    assert await Tag.filter(name="orphan").count() == 0


async def test_linking_takes_the_right_to_update_the_owner(blog: Blog, db: Database) -> None:
    """A post of somebody else is visible, and its links are not to be touched: 404, as for its update."""
    policy = Policy(read=True, update=lambda who: Post.author_id == who.id)
    async with speaking(open_blog(db, Post=policy)) as client:
        mine, foreign = f"/posts/{blog.second.id}/tags", f"/posts/{blog.third.id}/tags"
        assert (await client.put(f"{mine}/{blog.asynchronous.id}")).status_code == 204
        assert (await client.put(f"{foreign}/1")).status_code == 404
        assert (await client.put(foreign, json=[1])).status_code == 404
        assert (await client.post(foreign, json={"name": "n"})).status_code == 404
        assert await tags_of(client, blog.third) == []


async def test_links_have_no_routes_where_owners_are_only_read(blog: Blog, db: Database) -> None:
    """What nobody may do is not offered."""
    async with speaking(open_blog(db, Post="read_only")) as client:
        refused = await client.put(f"/posts/{blog.hello.id}/tags/{blog.python.id}")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_targets_out_of_reach_look_absent_and_stay(blog: Blog, db: Database) -> None:
    """They can neither be linked nor unlinked nor replaced away (T4)."""
    policy = Policy(read=lambda _: Tag.name != "async")
    async with speaking(open_blog(db, Tag=policy)) as client:
        path, hidden = f"/posts/{blog.hello.id}/tags", blog.asynchronous.id
        for method in ("PUT", "DELETE"):
            answers = [await client.request(method, f"{path}/{key}") for key in (hidden, 999)]
            said = [(one.status_code, one.json()["detail"].replace(str(hidden), "999")) for one in answers]
            assert said[0] == said[1]
        answers = [await client.put(path, json=[key]) for key in (hidden, 999)]
        assert answers[0].json()["detail"] == answers[1].json()["detail"]
        assert (await client.put(path, json=[])).status_code == 204
    left = await Post.filter(id=blog.hello.id, tags__name="async").count()
    assert (left, await Post.filter(id=blog.hello.id, tags__name="python").count()) == (1, 0)


@pytest.mark.parametrize(
    ("request_line", "most"),
    [
        ("PUT /posts/{third}/tags/{python}", 3),
        ("DELETE /posts/{hello}/tags/{python}", 3),
        ("PUT /posts/{second}/tags", 5),
        ("POST /posts/{third}/tags", 3),
    ],
)
async def test_links_cost_a_handful_of_statements(
    client: Client, blog: Blog, db: Database, request_line: str, most: int
) -> None:
    """Owner, target, link; a replacement also reads what is there, and one more reads back what was made."""
    keys = {
        "hello": blog.hello.id,
        "second": blog.second.id,
        "third": blog.third.id,
        "python": blog.python.id,
    }
    method, path = request_line.format(**keys).split()
    body: Any = {"name": "new"} if method == "POST" else [blog.asynchronous.id]
    sent: dict[str, Any] = {"json": body} if path.endswith("tags") else {}
    async with statements(db) as seen:
        answer = await client.request(method, path, **sent)
    assert answer.status_code in (201, 204)
    assert len(seen) <= most + (method == "POST" and not db.capabilities.insert_returning)


async def test_two_links_of_one_pair_at_once_are_one_row(client: Client, blog: Blog) -> None:
    """Both say 204, and the table says it once; from the other end, too."""
    one, other = (
        f"/posts/{blog.third.id}/tags/{blog.python.id}",
        f"/tags/{blog.python.id}/posts/{blog.third.id}",
    )
    answers = await asyncio.gather(*(client.put(path) for path in (one, other) * 4))
    assert {answer.status_code for answer in answers} == {204}
    assert (await client.get(f"/posts/{blog.third.id}/tags?count=exact")).json()["page"]["count"] == 1


async def test_of_two_replacements_at_once_one_is_left(client: Client, blog: Blog) -> None:
    """Never a mixture, and never an error."""
    path = f"/posts/{blog.hello.id}/tags"
    sets = [[blog.python.id], [blog.asynchronous.id]]
    answers = await asyncio.gather(*(client.put(path, json=keys) for keys in sets * 4))
    assert {answer.status_code for answer in answers} == {204}
    assert await tags_of(client, blog.hello) in (["python"], ["async"])


async def test_a_rehearsed_link_is_not_there(client: Client, blog: Blog) -> None:
    """Prefer: tx=rollback works for links as for all writes."""
    path = f"/posts/{blog.third.id}/tags/{blog.python.id}"
    answer = await client.put(path, headers={"Prefer": "tx=rollback"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (204, "tx=rollback")
    assert await tags_of(client, blog.third) == []


# ── junctions that hold more than the two keys ──────────────────────────────────────────────────────────

CLUB = MetaData()


class ClubModel(Model):
    """Its own metadata."""

    class Meta:
        abstract = True
        metadata = CLUB


class Person(ClubModel):
    """Somebody with a name."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    clubs: Many[Club] = ManyToMany(back_populates="people", through="Membership")
    teams: Many[Club] = ManyToMany(through="Place")

    class Meta(ClubModel.Meta):
        table = "people"


class Club(ClubModel):
    """Something to be a member of."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=20)
    people: Many[Person] = ManyToMany(back_populates="clubs", through="Membership")


class Membership(ClubModel):
    """With a key of its own, and values that have defaults."""

    id: Mapped[int] = IntegerField(primary_key=True)
    person_id: Mapped[int] = ForeignKeyField(Person, on_delete="cascade")
    club_id: Mapped[int] = ForeignKeyField(Club, on_delete="cascade")
    level: Mapped[int] = IntegerField(default=1, min_value=1)
    since: Mapped[dt.datetime] = DateTimeField(auto_now_add=True)

    class Meta(ClubModel.Meta):
        constraints = (UniqueConstraint("person_id", "club_id"),)


class Place(ClubModel):
    """A link that has to say something."""

    person_id: Mapped[int] = ForeignKeyField(Person, on_delete="cascade", primary_key=True)
    club_id: Mapped[int] = ForeignKeyField(Club, on_delete="cascade", primary_key=True)
    number: Mapped[int] = IntegerField(min_value=1)


@pytest.fixture
async def club(db: Database) -> Database:
    """Two people and a club; Ann's key is 1."""
    await db.create_tables(CLUB)
    for name in ("ann", "ben"):
        await Person.create(name=name)
    await Club.create(name="chess")
    return db


def open_club(db: Database, **policies: Any) -> FastAPI:
    """People and clubs, and the junctions that have a policy."""
    api = Portico(db, principal=somebody)
    given: dict[type[Model], Any] = {Person: "public", Club: "public"}
    given |= {model: policies[model.__name__] for model in (Membership, Place) if model.__name__ in policies}
    for model, policy in given.items():
        api.expose(model, policy=policy)
    return api.app()


@pytest.mark.parametrize("exposed", [False, True])
async def test_columns_of_the_junction_have_their_defaults(club: Database, *, exposed: bool) -> None:
    """A link without a body is a row with defaults, also those that are stamps."""
    async with speaking(open_club(club, **({"Membership": "public"} if exposed else {}))) as client:
        assert (await client.put("/people/1/clubs/1")).status_code == 204
    (row,) = await Membership.filter()
    assert (row.level, row.since.tzinfo) == (1, dt.UTC)


@pytest.mark.parametrize("exposed", [False, True])
async def test_a_link_takes_the_columns_of_its_junction_as_a_body(club: Database, *, exposed: bool) -> None:
    """And sets them, when the link is there already; what is not sent stays."""
    async with speaking(open_club(club, **({"Membership": "public"} if exposed else {}))) as client:
        for level in (3, 4):
            assert (await client.put("/people/1/clubs/1", json={"level": level})).status_code == 204
        assert (await client.put("/people/1/clubs/1")).status_code == 204
        for body in (
            {"level": 0},
            {"level": "3"},
            {"lvl": 3},
            {"club_id": 1},
            {"person_id": 2},
            {"id": 3},
            [1],
        ):
            assert (await client.put("/people/1/clubs/1", json=body)).status_code == 422
    (row,) = await Membership.filter()
    assert row.level == 4


@pytest.mark.parametrize("exposed", [False, True])
async def test_what_a_link_has_to_say_is_asked_for(club: Database, *, exposed: bool) -> None:
    """Without a body it is refused, with one it is made; what cannot say it is not offered."""
    async with speaking(open_club(club, **({"Place": "public"} if exposed else {}))) as client:
        assert (await client.put("/people/1/teams/1")).status_code == 415
        for body in ({}, {"number": 0}):
            assert (await client.put("/people/1/teams/1", json=body)).status_code == 422
        assert (await client.put("/people/1/teams/1", json={"number": 7})).status_code == 204
        assert (await client.put("/people/1/teams", json=[1])).status_code == 405
        assert (await client.post("/people/1/teams", json={"name": "x"})).status_code == 405
        assert (await client.delete("/people/1/teams/1")).status_code == 204


async def test_an_exposed_junction_has_the_last_word(club: Database) -> None:
    """A link is a row of the junction: whoever may not make or remove the row may not link or unlink."""
    policy = Policy(
        read=True,
        create=lambda who: Membership.person_id == who.id,
        update=lambda who: Membership.person_id == who.id,
        delete=lambda who: Membership.person_id == who.id,
    )
    await Membership.create(person_id=2, club_id=1)
    async with speaking(open_club(club, Membership=policy)) as client:
        assert (await client.put("/people/1/clubs/1", json={"level": 2})).status_code == 204
        assert (await client.put("/people/2/clubs/1", json={"level": 2})).status_code == 403
        assert (await client.delete("/people/2/clubs/1")).status_code == 403
        assert (await client.put("/people/2/clubs", json=[])).status_code == 403
        assert (await client.put("/clubs/1/people", json=[2])).status_code == 204
    assert [row.person_id for row in await Membership.filter()] == [2]


async def test_a_junction_that_is_only_read_cannot_be_written_through_links(club: Database) -> None:
    """No second path around its policy."""
    async with speaking(open_club(club, Membership="read_only")) as client:
        for method, path in (("PUT", "/people/1/clubs/1"), ("DELETE", "/people/1/clubs/1")):
            assert (await client.request(method, path)).status_code == 405
        assert (await client.put("/people/1/clubs", json=[1])).status_code == 405


@pytest.mark.parametrize("exposed", [False, True])
async def test_enriched_links_at_once_are_one_row(club: Database, *, exposed: bool) -> None:
    """From both ends, with and without a body."""
    async with speaking(open_club(club, **({"Membership": "public"} if exposed else {}))) as client:
        paths = ("/people/1/clubs/1", "/clubs/1/people/1") * 3
        answers = await asyncio.gather(*(client.put(path) for path in paths))
        assert {answer.status_code for answer in answers} == {204}
    assert await Membership.filter().count() == 1


async def test_the_body_of_a_link_is_documented(club: Database) -> None:
    """Optional where all of it has defaults, required where not."""
    async with speaking(open_club(club)) as client:
        document = (await client.get("/openapi.json")).json()
    link = document["paths"]["/people/{id}/clubs/{club}"]["put"]
    place = document["paths"]["/people/{id}/teams/{club}"]["put"]
    assert not link["requestBody"].get("required", False)
    assert place["requestBody"]["required"]
    assert set(document["components"]["schemas"]["PersonClubsLink"]["properties"]) == {"level"}
    assert "requestBody" not in document["paths"]["/people/{id}/clubs/{club}"]["delete"]

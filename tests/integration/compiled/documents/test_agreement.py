"""Includes of every kind, asked for by everybody: compiled or not, the answer is the same."""

from __future__ import annotations

import os
import random

import sqlalchemy as sa

from portico.db.session import Database
from tests.integration.permissions.world import ANYBODY, expose_all
from tests.integration.permissions.world import furnish as furnish_office

from .doors import Doors, opened
from .library import MODELS, PEOPLE

WAYS = {
    "writers": {"books": "books", "desk": "desks"},
    "desks": {"writer": "writers"},
    "books": {
        "writer": "writers",
        "sequel_of": "books",
        "sequels": "books",
        "pages": "pages",
        "labels": "labels",
    },
    "pages": {"book": "books", "notes": "notes"},
    "notes": {"page": "pages"},
    "labels": {"books": "books"},
}
MANY = {"books", "sequels", "pages", "labels", "notes"}
FILTERS = {
    "writers": ["name__contains=n", "id__lt=3"],
    "desks": ["wood=oak"],
    "books": [
        "title=Book 1",
        "price__gte=1.5",
        "writer.name__contains=A",
        "writer__isnull=false",
        "id__in=1,2,3,5,8",
    ],
    "pages": ["number__lt=4", "text__startswith=1"],
    "notes": ["text__ne=Note 1"],
    "labels": ["word__ne=Word 2"],
}
SORTS = {
    "writers": "-name",
    "books": "-rating,title",
    "pages": "-number",
    "notes": "text",
    "labels": "-word",
    "desks": "wood",
}
FIELDS = {
    "writers": "name",
    "books": "title",
    "pages": "text",
    "notes": "text",
    "labels": "word",
    "desks": "wood",
}
REQUESTS = int(os.environ.get("PORTICO_TEST_INCLUDES", "50"))
"""How many requests are made; a long run takes some thousands."""
KEYS = {"writers": 1, "desks": 2, "books": 2, "pages": "1,3", "notes": 4, "labels": 5}


class Asking:
    """Requests, one after the other, the same on every run."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def request(self) -> str:
        """One request for a page or a row."""
        kind = self.chance.choice(list(WAYS))
        parts: list[str] = []
        paths = [self.path(kind) for _ in range(self.chance.randint(1, 3))]
        parts.append("include=" + ",".join(sorted({".".join(path) for path, _ in paths})))
        for path, target in paths:
            parts += self.said_of(path, target)
        if self.chance.random() < 0.3:
            named = [FIELDS[kind], *(".".join((*path, FIELDS[target])) for path, target in paths)]
            parts.append("fields=" + ",".join(self.chance.sample(named, self.chance.randint(1, len(named)))))
        if self.chance.random() < 0.3:
            return f"/{kind}/{KEYS[kind]}?{'&'.join(parts)}"
        parts.append(f"limit={self.chance.choice([1, 3, 7, 20])}")
        parts.append(
            self.chance.choice(
                ["count=none", "", f"sort={SORTS[kind]}", "offset=2", self.chance.choice(FILTERS[kind])]
            )
        )
        return f"/{kind}?{'&'.join(filter(None, parts))}"

    def path(self, kind: str) -> tuple[tuple[str, ...], str]:
        """A way from a resource, and where it leads."""
        steps: list[str] = []
        for _ in range(self.chance.randint(1, 3)):
            step = self.chance.choice(list(WAYS[kind]))
            steps.append(step)
            kind = WAYS[kind][step]
        return tuple(steps), kind

    def said_of(self, path: tuple[str, ...], target: str) -> list[str]:
        """Options of an include."""
        name, found = "include." + ".".join(path), list[str]()
        if self.chance.random() < 0.4:
            found.append(f"{name}.{self.chance.choice(FILTERS[target])}")
        if path[-1] in MANY and self.chance.random() < 0.4:
            found.append(f"{name}.sort={SORTS[target]}")
        if path[-1] in MANY and self.chance.random() < 0.5:
            found.append(f"{name}.limit={self.chance.randint(1, 6)}")
        return found


async def test_any_include_is_answered_alike(doors: Doors) -> None:
    """Relations of every kind and depth, with filters, orders, limits and fields, to everybody."""
    asking, answered = Asking(REQUESTS), 0
    for number in range(REQUESTS):
        path, people = asking.request(), list(PEOPLE)
        for who in {people[number % len(people)], "eve"}:
            answered += (await doors.same(path, who)).status_code == 200
    assert answered > REQUESTS


async def test_everybody_in_the_office_is_answered_alike(db: Database) -> None:
    """The policies of the permission tests: rows out of reach are in no document."""
    await furnish_office(db)
    paths = [
        "/documents?include=author,comments,tags",
        "/documents?include=comments.document.tags&include.comments.sort=-id",
        "/persons?include=documents.comments&include.documents.limit=1",
        "/tags?include=documents.author",
        "/comments?include=document.tags&document.public=true&sort=-text",
        *(f"/documents/{key}?include=comments,tags,author" for key in range(1, 7)),
        *(f"/documents/{key}/comments?include=document" for key in range(1, 4)),
    ]
    async with opened(db, expose_all, ANYBODY) as doors:
        replies = [await doors.same(path, who) for path in paths for who in ANYBODY]
    assert {reply.status_code for reply in replies} == {200, 401, 404}


def test_every_resource_is_asked_for() -> None:
    """A new relation of the library has to be asked for as well."""
    for name, model in MODELS.items():
        assert set(WAYS[name]) == set(sa.inspect(model).relationships.keys())

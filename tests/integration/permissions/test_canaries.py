"""A word that nobody may read must be in no byte that leaves the server, and in no log.

Requests are made up at random from everything that the doors take, valid and not. The seed is printed with a
failure; another one is taken by ``PORTICO_TEST_SEED=…``.
"""

from __future__ import annotations

import json
import logging
import os
import random
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from portico.db.session import Database

from .asking import PATHS, REHEARSED, Asking
from .doors import ALL, WAYS
from .world import ANYBODY, look

Ask = Callable[[str], Asking]
REQUESTS: Final = 120
FIELDS: Final = {
    "person": ["id", "name", "pin"],
    "document": ["id", "slug", "title", "public", "likes", "margin", "author_id"],
    "comment": ["id", "text", "author_id", "document_id"],
    "tag": ["id", "name", "internal"],
}
LOOKUPS: Final = ["", "__ne", "__gt", "__lte", "__in", "__contains", "__startswith", "__isnull", "__nonsense"]
VALUES: Final = ["1", "2", "5", "11", "true", "canary", "x", "1,2,3", "%", "'", ""]


class Whim:
    """Requests out of a random generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.pick = self._random.choice

    def request(self) -> tuple[str, str, dict[str, Any]]:
        """A method, a path, and what is sent with it."""
        kind = self.pick(list(PATHS))
        makers = (self._listed, self._listed, self._summed, self._queried, self._single, self._written)
        return self.pick(makers)(kind)

    def field(self, kind: str) -> str:
        """A field, its own or over a relation, known or hidden."""
        ways = [(name, target) for (owner, name), target in WAYS.items() if owner == kind]
        if ways and self._random.random() < 0.4:
            name, target = self.pick(ways)
            return (
                f"{name}.{self.field(target)}"
                if self._random.random() < 0.5
                else f"{name}.{self.own(target)}"
            )
        return self.own(kind)

    def own(self, kind: str) -> str:
        """A field of its own."""
        return str(self.pick(FIELDS[kind]))

    def _conditions(self, kind: str) -> dict[str, str]:
        return {
            self.field(kind) + self.pick(LOOKUPS): self.pick(VALUES) for _ in range(self._random.randrange(3))
        }

    def _include(self, kind: str) -> dict[str, str]:
        ways = [name for owner, name in WAYS if owner == kind]
        return {"include": self.pick(ways)} if ways and self._random.random() < 0.4 else {}

    def _listed(self, kind: str) -> tuple[str, str, dict[str, Any]]:
        asked = {**self._conditions(kind), **self._include(kind)}
        extras = {
            "sort": self.pick(["", "-"]) + self.field(kind),
            "fields": f"id,{self.field(kind)}",
            "search": "canary",
            "count": self.pick(["exact", "estimated", "none"]),
            "where": json.dumps({"not": {self.field(kind): {self.pick(["gt", "contains"]): "canary"}}}),
            "cursor": "x",
            "limit": self.pick(["1", "100", "0"]),
        }
        asked |= {name: extras[name] for name in self._random.sample(list(extras), 2)}
        door = self.pick(["", "", "/export?format=csv&", "/export?format=ndjson&"])
        return "GET", f"/{PATHS[kind]}{door}", {"params": asked} if not door else {"extra": asked}

    def _summed(self, kind: str) -> tuple[str, str, dict[str, Any]]:
        field, other = self.field(kind), self.field(kind)
        asked = self.pick(
            [
                {"group_by": field, "metrics": f"count,max:{other}"},
                {"metrics": f"min:{field},max:{other},count"},
                {"group_by": field, "metrics": "count", "having": "count__gte:1", "sort": f"-{other}"},
            ]
        )
        if self._random.random() < 0.5:
            return "GET", f"/{PATHS[kind]}/facets", {"params": {"facets": f"{field},{other}", "limit": "50"}}
        return "GET", f"/{PATHS[kind]}/aggregate", {"params": {**asked, **self._conditions(kind)}}

    def _queried(self, kind: str) -> tuple[str, str, dict[str, Any]]:
        tree = {self.pick(["and", "or"]): [{self.field(kind): self.pick(VALUES)}, {"id": {"gt": 0}}]}
        body = {"where": tree, "sort": [self.field(kind)], "limit": 100, "count": "exact"}
        return "POST", f"/{PATHS[kind]}/query", {"json": body}

    def _single(self, kind: str) -> tuple[str, str, dict[str, Any]]:
        path = f"/{PATHS[kind]}/{self.pick(list(ALL[kind]))}"
        ways = [(name, target) for (owner, name), target in WAYS.items() if owner == kind]
        if ways and self._random.random() < 0.5:
            name, target = self.pick(ways)
            path += f"/{name}" + self.pick(["", f"/{self.pick(list(ALL[target]))}"])
        return "GET", path, {"params": {**self._include(kind), **self.pick([{}, self._conditions(kind)])}}

    def _written(self, kind: str) -> tuple[str, str, dict[str, Any]]:
        key = self.pick(list(ALL[kind]))
        value: Any = self.pick(["new", 1, 2, None, True, "y" * 200, key])
        body: dict[str, Any] = {self.own(kind): value, self.own(kind): self.pick(["new", 3])}
        root = f"/{PATHS[kind]}"
        method, path, sent = self.pick(
            [
                ("PATCH", f"{root}/{key}", body),
                ("PUT", f"{root}/{key}", body),
                ("POST", root, body),
                ("POST", f"{root}/bulk", [body, {"id": key, **body}]),
                ("PATCH", f"{root}/bulk", [{"id": key, **body}]),
                ("PUT", f"{root}/bulk", [{"id": key, **body}]),
                ("DELETE", f"{root}/{key}", None),
                ("PATCH", f"{root}?{self.own(kind)}__contains=canary", body),
                ("DELETE", f"{root}?{self.own(kind)}__in=1,2", None),
                ("POST", f"{root}/{key}/increment", {self.own(kind): 1}),
                ("PUT", f"/documents/{key}/tags", [1, 2, 3]),
                ("PATCH", f"/documents/{key}", {"tags": {"connect": [3]}, "comments": {"create": [body]}}),
            ]
        )
        return method, path, {"json": sent} if sent is not None else {}


def _bytes_of(reply: Any) -> Iterator[str]:
    yield reply.text
    yield from (f"{name}: {value}" for name, value in reply.headers.items())


@pytest.mark.parametrize("name", list(ANYBODY))
async def test_no_canary_leaves_the_server(
    asking: Ask, db: Database, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """One leak through one forgotten way is a leak."""
    seed = int(os.environ.get("PORTICO_TEST_SEED") or secrets.randbelow(2**32))
    ask, whim = asking(name), Whim(seed)
    forbidden = ask.office.secrets(ask.who)
    assert len(forbidden) > 6
    answered: set[int] = set()
    caplog.set_level(logging.DEBUG, logger="portico")
    for number in range(REQUESTS):
        method, path, sent = whim.request()
        extra = sent.pop("extra", None)
        if extra is not None:
            path += "&".join(f"{key}={value}" for key, value in extra.items())
        reply = await ask.send(method, path, headers={} if method == "GET" else REHEARSED, **sent)
        answered.add(reply.status_code)
        said = "\n".join(_bytes_of(reply))
        leaked = [word for word in forbidden if word in said]
        assert leaked == [], f"seed {seed}, request {number}: {method} {path} {sent}: {said[:500]}"
    assert [word for word in forbidden if word in caplog.text] == [], f"seed {seed}: in the log"
    assert {200, 422} <= answered
    assert await look(db) == ask.office, f"seed {seed}: a rehearsal was kept"

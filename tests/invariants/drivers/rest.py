"""Doors of the REST surface: each operation, in the forms that its requests may take."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from tests.invariants.world import THEIRS, Target, World

from .table import Ask, Drive

Body: TypeAlias = "Callable[[World, Target], Any] | Mapping[str, Any] | None"
_ANY: Final = {"or": [{"id": {"gt": 0}}, {"title": "x"}]}


def _gets(*paths: str) -> Drive:
    """Requests that are the same whoever is asked for."""
    return lambda w, _: [functools.partial(w.http, "GET", path) for path in paths]


def _list(w: World, it: Target) -> list[Ask]:
    plain = (
        "papers",
        "papers?include=author,labels,topics&count=exact",
        "papers?search=a&sort=-title,author.name",
        "papers?title__contains=can&count=exact",
        "papers?author.name__contains=can",
        "papers?labels.word__startswith=can",
        "papers?limit=1&count=estimated",
        "papers?limit=1&sort=title",
        "papers?fields=id,title,author.name",
        "persons?include=papers",
        "topics?include=papers",
        "votes",
        f"papers?where={json.dumps(_ANY)}",
        "papers?tenant_id=x",
    )
    return [
        *[functools.partial(w.http, "GET", path) for path in plain],
        lambda: w.http("GET", f"papers?id={it.key}&count=exact"),
        lambda: w.http("GET", f"papers?author.id={it.key}"),
        lambda: w.http("GET", f"papers?author_id__in=1,{it.key}"),
        lambda: _paged(w),
    ]


async def _paged(w: World) -> Any:
    """Page after page; the last reply holds everything before it in its text, by being the last of a list."""
    replies: list[str] = []
    reply = await w.http("GET", "persons?limit=1&sort=name")
    while reply.is_success and (following := reply.json()["page"]["next"]):
        replies += [reply.text, str(reply.headers)]
        reply = await w.http("GET", "persons", params={"limit": 1, "sort": "name", "cursor": following})
    return reply if not reply.is_success else [*replies, reply.text]


def _bodies(method: str, path: str, *bodies: Body) -> Drive:
    """Requests whose path and body are functions of what is asked for."""

    def drive(w: World, it: Target) -> list[Ask]:
        async def ask(body: Body) -> Any:
            return await w.http(method, _filled(path, w, it), **_sent(body, w, it))

        return [functools.partial(ask, body) for body in bodies]

    return drive


def _filled(path: str, w: World, it: Target) -> str:
    own = {"own": w.ours.paper.id, "label": w.ours.label.id, "person": w.ours.person.id}
    for name, value in own.items():
        path = path.replace(f"<{name}>", str(value))
    return path.replace("<it>", str(it.key)) if "<it>" in path else path


def _sent(body: Body, w: World, it: Target) -> dict[str, Any]:
    return {} if body is None else {"json": body(w, it) if callable(body) else body}


def _several(*drives: Drive) -> Drive:
    return lambda w, it: [ask for drive in drives for ask in drive(w, it)]


async def _repeated(w: World, it: Target) -> Any:
    """A key of idempotency that the other tenant may have used."""
    sent = {"json": {"name": "own", "number": it.number}, "headers": {"Idempotency-Key": f"key-{it.first}"}}
    return await w.http("POST", "persons", **sent)


REST: Final[dict[str, Drive]] = {
    "GET /{r}": _list,
    "POST /{r}/query": lambda w, it: [
        lambda: w.http("POST", "papers/query", json={"where": {"not": {"id": 0}}, "count": "exact"}),
        lambda: w.http("POST", "papers/query", json={"where": {"author": {"name": {"contains": "can"}}}}),
        lambda: w.http("POST", "papers/query", json={"where": {"id": it.key}, "include": ["author"]}),
    ],
    "GET /{r}/aggregate": _gets(
        "papers/aggregate?metrics=count,sum:likes,min:title,max:title",
        "papers/aggregate?group_by=title&metrics=count",
        "papers/aggregate?group_by=author.name&metrics=count&having=count__gte:1",
    ),
    "GET /{r}/facets": _gets("papers/facets?facets=title,labels.word", "persons/facets?facets=name"),
    "GET /{r}/export": _gets(
        "papers/export?format=ndjson", "papers/export?format=csv", "papers/export?format=json&include=author"
    ),
    "GET /{r}/{key}": lambda w, it: [
        lambda: w.http("GET", f"papers/{it.key}"),
        lambda: w.http("GET", f"papers/{it.key}?include=author,labels"),
        lambda: w.http("GET", f"papers/{w.ours.paper.id}?include=author,labels,topics"),
    ],
    "GET /{r}/{key}/{way}": lambda w, it: [
        lambda: w.http("GET", f"papers/{it.key}/author"),
        lambda: w.http("GET", f"papers/{it.key}/labels"),
        lambda: w.http("GET", f"persons/{it.key}/papers?count=exact"),
        lambda: w.http("GET", f"topics/{w.topic.id}/papers"),
        lambda: w.http("GET", f"papers/{w.ours.paper.id}/labels"),
    ],
    "GET /{r}/{key}/{way}/{key}": lambda w, it: [
        lambda: w.http("GET", f"persons/{it.key}/papers/{it.key}"),
        lambda: w.http("GET", f"topics/{w.topic.id}/papers/{it.key}"),
    ],
    "POST /{r}": _several(
        _bodies(
            "POST",
            "papers",
            lambda _, it: {"title": "own", "author_id": it.key},
            lambda w, it: {"title": "own", "author_id": w.ours.person.id, "labels": {"connect": [it.key]}},
        ),
        _bodies(
            "POST",
            "persons",
            lambda _, it: {"name": "own", "number": it.number},
            lambda _, it: {"name": "own", "number": it.number, "papers": {"create": [{"title": "own"}]}},
            {"name": "own", "number": 1},
            {"name": "own", "number": 2, "tenant_id": THEIRS[7:]},
        ),
        lambda w, it: [lambda: _repeated(w, it)],
    ),
    "PATCH /{r}/{key}": _several(
        _bodies("PATCH", "papers/<it>", {"title": "own"}, {"labels": {"connect": [1]}}, {}),
        _bodies("PATCH", "papers/<own>", lambda _, it: {"author_id": it.key}),
        _bodies("PATCH", "papers/<own>", lambda _, it: {"labels": {"set": [it.key]}}),
        _bodies("PATCH", "persons/<person>", lambda _, it: {"number": it.number}),
    ),
    "PUT /{r}/{key}": _bodies(
        "PUT", "papers/<it>", lambda w, _: {"title": "own", "author_id": w.ours.person.id}
    ),
    "DELETE /{r}/{key}": _several(
        _bodies("DELETE", "papers/<it>", None), _bodies("DELETE", "persons/<it>", None)
    ),
    "POST /{r}/{key}/increment": _bodies("POST", "papers/<it>/increment", {"likes": 1}),
    "POST /{r}/bulk": _bodies(
        "POST",
        "papers/bulk",
        lambda _, it: [{"title": "own", "author_id": it.key}],
    ),
    "PATCH /{r}/bulk": _bodies("PATCH", "papers/bulk", lambda _, it: [{"id": it.key, "title": "own"}]),
    "DELETE /{r}/bulk": _bodies("DELETE", "papers/bulk?key=<it>", None),
    "PATCH /{r}": _several(
        _bodies("PATCH", "papers?id=<it>", {"title": "own"}),
        _bodies("PATCH", "papers?author.name__contains=can", {"title": "own"}),
    ),
    "DELETE /{r}": _several(
        _bodies("DELETE", "papers?id=<it>", None), _bodies("DELETE", "papers?labels.word__contains=can", None)
    ),
    "POST /{r}/upsert": _bodies(
        "POST", "persons/upsert?on=number", lambda _, it: {"name": "own", "number": it.number}
    ),
    "PUT /{r}/bulk": _bodies(
        "PUT", "persons/bulk?on=number", lambda _, it: [{"name": "own", "number": it.number}]
    ),
    "POST /{r}/{key}/{way}": _bodies("POST", "persons/<it>/papers", {"title": "own"}),
    "PUT /{r}/{key}/{way}": _several(
        _bodies("PUT", "papers/<own>/labels", lambda _, it: [it.key]),
        _bodies("PUT", "papers/<it>/labels", lambda w, _: [w.ours.label.id]),
    ),
    "PUT /{r}/{key}/{way}/{key}": _several(
        _bodies("PUT", "papers/<own>/labels/<it>", None),
        _bodies("PUT", "papers/<it>/labels/<label>", None),
        _bodies("PUT", "topics/1/papers/<it>", None),
    ),
    "DELETE /{r}/{key}/{way}/{key}": _several(
        _bodies("DELETE", "papers/<own>/labels/<it>", None),
        _bodies("DELETE", "papers/<it>/labels/<label>", None),
        _bodies("DELETE", "topics/1/papers/<it>", None),
    ),
    "GET /{r}/trash": _gets("papers/trash?include=author,labels", "papers/trash?count=exact&sort=-title"),
    "GET /{r}/trash/{key}": _bodies("GET", "papers/trash/<it>", None),
    "POST /{r}/{key}/restore": _bodies("POST", "labels/<it>/restore", None),
    "DELETE /{r}/trash/{key}": _bodies("DELETE", "labels/trash/<it>", None),
}

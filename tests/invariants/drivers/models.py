"""Doors of `Model`: its class, and one object."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from portico.db.models import (
    bulk_delete,
    bulk_insert,
    bulk_load,
    bulk_update,
    delete,
    insert,
    refresh,
    update,
)
from portico.db.scoping import tenant_context
from tests.invariants.world import FAR, THEIRS, Target, World

from .table import Drive

KEYS: Final = (1, 2, 3, FAR)


async def _gathered(w: World) -> Any:
    """Gets of two tenants at the same moment, which may share a statement."""

    async def theirs() -> None:
        with tenant_context(THEIRS):
            await w.Paper.get(FAR)

    asked = [w.Paper.get_or_none(key) for key in KEYS for _ in range(3)]
    return (await asyncio.gather(*asked, *(theirs() for _ in range(6))))[: len(asked)]


async def _saved(row: Any) -> None:
    row.likes = 3
    await row.save()


async def _peers(w: World) -> Any:
    papers = await w.Paper.all()
    await papers[0].load("author", "labels", "topics")
    return [(paper.author, list(paper.labels), list(paper.topics)) for paper in papers]


async def _bulk_updated(call: Callable[[Any], Any], row: Any) -> Any:
    row.likes = 5
    return await call(row)


def _new(w: World, it: Target) -> Any:
    return w.Person(name="own", number=it.number)


MODELS: Final[dict[str, Drive]] = {
    "Model.first": lambda w, _: [w.Paper.first, w.Person.first],
    "Model.last": lambda w, _: [w.Paper.last, w.Label.last],
    "Model.count": lambda w, _: [w.Paper.count],
    "Model.exists": lambda w, it: [
        lambda: w.Paper.exists(title__startswith="can"),
        lambda: w.Paper.exists(id=it.key),
        lambda: w.Person.exists(number=it.number),
    ],
    "Model.get": lambda w, it: [
        lambda: w.Paper.get(it.key),
        lambda: w.Paper.get(likes=0, id=it.key),
        lambda: w.Person.get(number=it.number),
        lambda: _gathered(w),
    ],
    "Model.get_or_none": lambda w, it: [lambda: w.Paper.get_or_none(it.key)],
    "Model.in_bulk": lambda w, it: [lambda: w.Paper.in_bulk(KEYS), lambda: w.Paper.in_bulk([it.key])],
    "Model.refresh": lambda _, it: [
        lambda: it.held.paper.refresh(),
        lambda: it.held.paper.refresh("title"),
    ],
    "Model.load": lambda w, it: [lambda: _peers(w), lambda: it.held.person.load("papers")],
    "Model.create": lambda w, it: [
        lambda: w.Person.create(name="own", number=it.number),
        lambda: w.Paper.create(title="own", author_id=it.key),
        lambda: w.Person.create(name="own", number=1),
    ],
    "Model.get_or_create": lambda w, it: [
        lambda: w.Person.get_or_create(number=it.number, defaults={"name": "own"})
    ],
    "Model.update_or_create": lambda w, it: [
        lambda: w.Person.update_or_create(number=it.number, defaults={"name": "own"})
    ],
    "Model.bulk_create": lambda w, it: [
        lambda: w.Person.bulk_create([_new(w, it)]),
        lambda: w.Person.bulk_create([_new(w, it)], returning=False),
        lambda: w.Paper.bulk_create([w.Paper(title="own", author_id=it.key)]),
    ],
    "Model.bulk_update": lambda w, it: [
        lambda: _bulk_updated(lambda row: w.Paper.bulk_update([row], ["likes"]), it.held.paper)
    ],
    "Model.bulk_delete": lambda w, it: [
        lambda: w.Paper.bulk_delete([it.key]),
        lambda: w.Label.bulk_delete([it.held.label]),
    ],
    "Model.save": lambda w, it: [lambda: _saved(it.held.paper), lambda: _saved(w.ours.paper)],
    "Model.update": lambda w, it: [
        lambda: it.held.paper.update(title="own"),
        lambda: w.ours.paper.update(author_id=it.key),
    ],
    "Model.delete": lambda _, it: [lambda: it.held.label.delete(), lambda: it.held.paper.delete()],
    "insert": lambda w, it: [lambda: insert(w.db, _new(w, it))],
    "update": lambda w, it: [lambda: update(w.db, _dirty(it.held.paper))],
    "delete": lambda w, it: [lambda: delete(w.db, it.held.paper)],
    "refresh": lambda w, it: [lambda: refresh(w.db, it.held.label)],
    "bulk_insert": lambda w, it: [lambda: bulk_insert(w.db, [_new(w, it)])],
    "bulk_load": lambda w, it: [
        lambda: bulk_load(w.db, w.Person, [{"name": "own", "number": it.number}]),
        lambda: bulk_load(w.db, w.Paper, [{"title": "own", "author_id": it.key}]),
    ],
    "bulk_update": lambda w, it: [
        lambda: _bulk_updated(lambda row: bulk_update(w.db, [row], ["likes"]), it.held.paper)
    ],
    "bulk_delete": lambda w, it: [lambda: bulk_delete(w.db, w.Paper, [it.key])],
}


def _dirty(row: Any) -> Any:
    row.likes = 9
    return row

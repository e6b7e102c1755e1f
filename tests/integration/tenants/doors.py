"""Every way to read or change rows from Python, each as a function of the world.

What a door finds is told as a text that must hold nothing of the other firm; what it writes must leave the
rows of the other firm as they were.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached, selectinload

from portico.db.models import bulk_load
from portico.db.models.model import create
from portico.db.query import F, Prefetch
from portico.db.relations import relation
from portico.db.session import atomic, run
from portico.errors import VersionConflictError

from .world import Base, Firm, Label, Paper, Person, World

Door = Callable[[World], Awaitable[Any]]
KEYS: Final = range(1, 9)
JUNCTION: Final = "firm_labels_papers"


def _known(cls: Any, **values: Any) -> Any:
    """An object with a key that somebody gives."""
    return cls(**values)


async def _streamed(_: World) -> Any:
    return [paper async for paper in Paper.order_by("-title")]


async def _peers(_: World) -> Any:
    papers = await Paper.all()
    await papers[0].load("author")
    return [paper.author for paper in papers]


async def _sessions(world: World) -> Any:
    async with world.db.session() as session:
        everything = sa.select(Paper).options(
            selectinload(relation(Paper.author)), joinedload(relation(Paper.labels))
        )
        found = [*(await session.scalars(everything)).unique()]
        return found, [paper.author for paper in found], [await session.get(Paper, key) for key in KEYS]


async def _connection(world: World) -> Any:
    async with world.db.session() as session:
        connection = await session.connection()
        return (await connection.execute(sa.select(Paper.__table__))).all()


def _core(build: Callable[[], Any]) -> Door:
    async def door(world: World) -> Any:
        return (await run(world.db, build())).all()

    return door


def _joined() -> Any:
    other = aliased(Paper)
    return sa.select(Person.id, other.title).join(other, other.author_id == Person.id, isouter=True)


def _union() -> Any:
    return sa.union_all(sa.select(Person.name), sa.select(Label.word), sa.select(Paper.title))


def _cte() -> Any:
    papers = sa.select(Paper.title, Paper.author_id).cte()
    return sa.select(papers.c.title, Person.name).join(Person, Person.id == papers.c.author_id)


def _exists() -> Any:
    written = sa.exists().where(Paper.author_id == sa.literal(2), Paper.title.is_not(None))
    return sa.select(written)


def _query(ask: Callable[[World], Any]) -> Door:
    async def door(world: World) -> Any:
        return await ask(world)

    return door


READING: Final[dict[str, Door]] = {
    "list": _query(lambda _: Paper.all()),
    "get": _query(lambda _: Paper.get(pages=1)),
    "get_or_none": _query(lambda world: Paper.get_or_none(world.theirs.paper.id)),
    "one_or_none": _query(lambda _: Person.filter(name__icontains="person").one_or_none()),
    "filter": _query(lambda _: Paper.filter(title__icontains="paper")),
    "exclude": _query(lambda _: Paper.exclude(title="x")),
    "related": _query(lambda _: Paper.filter(author__name__icontains="person")),
    "to_many": _query(lambda _: Person.filter(papers__title__icontains="paper")),
    "junction": _query(lambda _: Paper.filter(labels__word__icontains="label")),
    "shared": _query(lambda _: Paper.filter(tags__word="shared")),
    "sorted": _query(lambda _: Paper.order_by("-title", "author__name")),
    "first": _query(lambda _: Paper.order_by("-id").first()),
    "last": _query(lambda _: Paper.last()),
    "count": _query(lambda _: Paper.count()),
    "exists": _query(lambda _: Paper.exists(title__startswith="rival")),
    "in_bulk": _query(lambda _: Paper.in_bulk(KEYS)),
    "values": _query(lambda _: Paper.all().values("title", "author__name")),
    "values_list": _query(lambda _: Person.all().values_list("name", flat=True)),
    "distinct": _query(lambda _: Paper.all().distinct()),
    "only": _query(lambda _: Paper.only("title")),
    "subquery": _query(lambda _: Paper.filter(author_id__in=Person.all().values_list("id", flat=True))),
    "join": _query(lambda _: Paper.all().join(Person, Person.id == Paper.author_id)),
    "offset": _query(lambda _: Paper.order_by("id").offset(1)),
    "seek": _query(lambda world: Paper.order_by("id").seek((world.ours.paper.id,)).listed()),
    "locked": _query(lambda _: Paper.all().limit(5)),
    "prefetch": _query(lambda _: Paper.prefetch("author", "labels", "tags")),
    "prefetch_chosen": _query(lambda _: Person.prefetch(Prefetch("papers", Paper.order_by("id")))),
    "from_shared": _query(lambda _: Firm.prefetch("papers")),
    "related_rows": _query(lambda world: world.tag.papers.all()),
    "related_count": _query(lambda world: world.tag.papers.filter(title__icontains="p").count()),
    "stream": _streamed,
    "peers": _peers,
    "session": _sessions,
    "connection": _connection,
    "core": _core(lambda: sa.select(Paper.__table__)),
    "core_count": _core(lambda: sa.select(sa.func.count(), sa.func.sum(Paper.id)).select_from(Paper)),
    "core_joined": _core(_joined),
    "core_union": _core(_union),
    "core_cte": _core(_cte),
    "core_exists": _core(_exists),
    "core_grouped": _core(lambda: sa.select(Paper.title, sa.func.count()).group_by(Paper.title)),
    "core_junction": _core(lambda: sa.select(Base.metadata.tables[JUNCTION])),
}


async def _saved(world: World) -> Any:
    stolen = world.theirs.paper
    stolen.title = "acme was here"
    await stolen.save()


async def _update_or_create(world: World) -> Any:
    await Person.update_or_create(defaults={"name": "acme x"}, name=world.theirs.person.name)


async def _merged(world: World) -> Any:
    async with world.db.session() as session:
        await session.merge(_known(Paper, id=world.theirs.paper.id, author_id=world.ours.person.id))


async def _session_delete(world: World) -> Any:
    async with world.db.session() as session:
        known = _known(Paper, id=world.theirs.paper.id)
        make_transient_to_detached(known)
        await session.delete(known)


async def _by_key(world: World) -> Any:
    rows = [{"id": world.theirs.paper.id, "title": "acme"}]
    with contextlib.suppress(VersionConflictError):
        async with world.db.session() as session:
            await session.execute(sa.update(Paper), rows)


async def _bulk(world: World) -> Any:
    world.theirs.paper.title = "acme was here"
    await Paper.bulk_update([world.ours.paper, world.theirs.paper], ["title"])


async def _unlinked(world: World) -> Any:
    await world.theirs.paper.labels.clear()


async def _atomic(world: World) -> Any:
    async with atomic():
        await Paper.all().update(pages=F("pages") + 1)


WRITING: Final[dict[str, Door]] = {
    "save": _saved,
    "delete": _query(lambda world: world.theirs.paper.delete()),
    "refresh": _query(lambda world: world.theirs.paper.refresh()),
    "update": _query(lambda world: world.theirs.paper.update(title="acme")),
    "query_update": _query(lambda _: Paper.all().update(title="acme", returning=["id", "title"])),
    "query_objects": _query(lambda _: Paper.all().update(title="acme", returning=True)),
    "query_key": _query(lambda world: Paper.filter(id=world.theirs.paper.id).update(title="acme")),
    "query_related": _query(lambda _: Paper.filter(author__name__icontains="r").update(title="acme")),
    "query_delete": _query(lambda _: Person.all().delete()),
    "deleted_objects": _query(lambda _: Paper.all().delete(returning=True)),
    "bulk_update": _bulk,
    "bulk_delete": _query(lambda world: Paper.bulk_delete([world.ours.paper.id, world.theirs.paper.id])),
    "get_or_create": _query(lambda world: Person.get_or_create(name=world.theirs.person.name)),
    "update_or_create": _update_or_create,
    "atomic": _atomic,
    "merge": _merged,
    "session_delete": _session_delete,
    "by_key": _by_key,
    "core_update": _query(lambda world: run(world.db, sa.update(Paper.__table__).values(title="acme"))),
    "core_delete": _query(lambda world: run(world.db, sa.delete(Paper.__table__))),
    "unlink": _unlinked,
    "add": _query(lambda world: world.ours.paper.labels.add(world.theirs.label.id)),
    "link_object": _query(lambda world: world.ours.paper.labels.add(world.theirs.label)),
    "link_theirs": _query(lambda world: world.theirs.paper.labels.add(world.ours.label)),
    "set": _query(lambda world: world.ours.paper.labels.set([world.theirs.label.id])),
    "take_child": _query(lambda world: world.ours.person.papers.add(world.theirs.paper.id)),
    "from_shared": _query(lambda world: world.tag.papers.add(world.theirs.paper.id)),
    "clear_shared": _query(lambda world: world.tag.papers.clear()),
    "load": _query(lambda world: bulk_load(world.db, Person, [{"name": "x", "tenant_id": "rival"}])),
    "create": _query(lambda _: create(Person, (), {"name": "x", "tenant_id": "rival"})),
}

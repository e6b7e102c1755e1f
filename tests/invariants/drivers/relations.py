"""Doors of relations: what an object holds at the other end, loaded or asked further, linked and unlinked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from portico.db.relations import load_for_peers, load_relation, load_relations
from tests.invariants.world import World

from .table import Drive, awaited


async def _shared(w: World, ask: Callable[[Any], Any]) -> Any:
    """Something of a row that all tenants share, which was just read, with what is loaded then."""
    topic = await w.Topic.get(w.topic.id)
    return await ask(topic), vars(topic)


async def _appended(w: World, label: Any) -> Any:
    """Linked when the session flushes."""
    async with w.db.session() as session:
        paper = await session.get_one(w.Paper, w.ours.paper.id)
        await paper.labels
        found = await session.get(w.Label, label)
        paper.labels.append(found or w.Label(word="own"))


async def _loaded(w: World, call: Callable[[Any], Any]) -> Any:
    papers = await w.Paper.all()
    await call(papers)
    return [(vars(paper), paper.author, list(paper.labels)) for paper in papers]


RELATIONS: Final[dict[str, Drive]] = {
    "Related.__await__": lambda w, it: [
        lambda: _shared(w, lambda topic: awaited(topic.papers)),
        lambda: awaited(it.held.person.papers),
    ],
    "Related.load": lambda w, it: [
        lambda: _shared(w, lambda topic: topic.papers.load()),
        lambda: it.held.paper.labels.load(refresh=True),
    ],
    "Related.all": lambda w, it: [
        lambda: awaited(w.topic.papers.all()),
        lambda: awaited(it.held.paper.labels.all()),
        lambda: w.topic.papers.all().count(),
    ],
    "Related.filter": lambda w, it: [
        lambda: awaited(w.topic.papers.filter(title__contains="c")),
        lambda: w.topic.papers.filter(id=it.key).exists(),
        lambda: awaited(w.ours.person.papers.filter(id=it.key)),
    ],
    "Related.exclude": lambda w, it: [lambda: awaited(w.topic.papers.exclude(id=it.key))],
    "Related.order_by": lambda w, _: [lambda: awaited(w.topic.papers.order_by("-author__name"))],
    "Related.add": lambda w, it: [
        lambda: w.ours.paper.labels.add(it.key),
        lambda: w.ours.paper.labels.add(it.held.label),
        lambda: it.held.paper.labels.add(w.ours.label),
        lambda: w.ours.person.papers.add(it.key),
        lambda: w.topic.papers.add(it.key),
    ],
    "Related.remove": lambda w, it: [
        lambda: w.ours.paper.labels.remove(it.key),
        lambda: w.topic.papers.remove(it.key),
        lambda: it.held.paper.labels.remove(w.ours.label),
    ],
    "Related.set": lambda w, it: [
        lambda: w.ours.paper.labels.set([it.key]),
        lambda: it.held.paper.labels.set([w.ours.label.id]),
        lambda: w.topic.papers.set([w.ours.paper.id]),
    ],
    "Related.clear": lambda w, it: [
        lambda: it.held.paper.labels.clear(),
        lambda: w.topic.papers.clear(),
    ],
    "Related.create": lambda w, it: [
        lambda: it.held.person.papers.create(title="own"),
        lambda: it.held.paper.labels.create(word="own"),
        lambda: w.ours.paper.labels.create(word="own"),
    ],
    "Related.append": lambda w, it: [lambda: _appended(w, it.key)],
    "load_relation": lambda w, it: [
        lambda: _shared(w, lambda topic: load_relation(w.db, [topic], "papers")),
        lambda: load_relation(w.db, [it.held.person], "papers"),
    ],
    "load_relations": lambda w, _: [
        lambda: _loaded(w, lambda papers: load_relations(w.db, papers, ["author.papers", "labels"]))
    ],
    "load_for_peers": lambda w, _: [
        lambda: _loaded(w, lambda papers: load_relations(w.db, papers, ["author", "labels"])),
        lambda: _shared(w, lambda topic: load_for_peers(w.db, topic, "papers.author")),
    ],
}

"""Doors of queries: objects, rows of columns, groups, and what the database foresees."""

from __future__ import annotations

import functools
from typing import Any, Final

from portico.db.query import F, Prefetch, Q, foresee, foresee_statement
from portico.db.query.grouping import Grouping, Metric, SortedBy, grouped, value_counts
from portico.db.query.statements import compile_count
from tests.invariants.world import FAR, Target, World

from .table import Ask, Drive, awaited, drawn


def _selection(name: str, verb: str) -> Drive:
    """A verb of queries of objects, or of rows of columns."""

    def drive(w: World, _: Target) -> list[Ask]:
        asked = [w.Paper.order_by("id"), w.Person.filter(name__contains="a"), w.Label.filter(id__gt=0)]
        if name == "Rows":
            asked = [
                w.Paper.order_by("id").values("title", "author__name"),
                w.Label.all().values_list("word"),
            ]
        if verb == "one":
            asked = [each.limit(1) for each in asked]
        arguments = (2,) if verb == "some" else ()
        return [functools.partial(getattr(each, verb), *arguments) for each in asked]

    return drive


def _both(verb: str) -> dict[str, Drive]:
    return {f"{name}.{verb}": _selection(name, verb) for name in ("Query", "Rows")}


def _narrowing(w: World, name: str) -> Any:
    return w.Paper.all().values("title", "likes") if name == "Rows" else w.Paper.all()


def _filtering(name: str) -> dict[str, Drive]:
    """Conditions, orders and joins, which reach other tables."""
    ask = awaited
    return {
        f"{name}.filter": lambda w, it: [
            lambda: ask(_narrowing(w, name).filter(title__contains="c")),
            lambda: ask(_narrowing(w, name).filter(author__name__contains="c")),
            lambda: ask(_narrowing(w, name).filter(labels__word__contains="c")),
            lambda: ask(_narrowing(w, name).filter(Q(id=it.key) | Q(author_id=it.key))),
            lambda: ask(w.Person.filter(papers__labels__word__startswith="can")),
            lambda: ask(w.Topic.filter(papers__title__startswith="can").prefetch("papers")),
        ],
        f"{name}.exclude": lambda w, it: [
            lambda: ask(_narrowing(w, name).exclude(title="x")),
            lambda: ask(_narrowing(w, name).exclude(id=it.key)),
            lambda: ask(w.Person.exclude(papers__title__startswith="own")),
        ],
        f"{name}.order_by": lambda w, _: [
            lambda: ask(_narrowing(w, name).order_by("-author__name", "title")),
        ],
        f"{name}.join": lambda w, _: [
            lambda: ask(_narrowing(w, name).join("author")),
            lambda: ask(_narrowing(w, name).join(w.Person, w.Person.id == w.Paper.author_id, kind="left")),
        ],
        f"{name}.as_subquery": lambda w, it: [
            lambda: ask(
                w.Paper.filter(author_id__in=w.Person.filter(name__contains="a").values_list("id", flat=True))
            ),
            lambda: ask(w.Paper.filter(id__in=w.Paper.filter(id=it.key).values_list("id", flat=True))),
            lambda: ask(w.Paper.filter(author_id__in=w.Person.order_by("-id")[:50])),
        ],
    }


def _iterated(w: World, _: Target) -> list[Ask]:
    return [lambda: drawn(w.Paper.order_by("-title")), lambda: drawn(w.Person.prefetch("papers"))]


async def _placed(w: World) -> Any:
    return (await w.Paper.order_by("id").seek((FAR + 50,)).placed()).behind


QUERIES: Final[dict[str, Drive]] = {
    **{
        name: drive
        for verb in ("first", "last", "one", "one_or_none", "some", "count", "exists", "listed")
        for name, drive in _both(verb).items()
    },
    **_filtering("Query"),
    **_filtering("Rows"),
    "Query.__await__": lambda w, _: [
        lambda: awaited(w.Paper.all()),
        lambda: awaited(w.Paper.all().distinct()),
        lambda: awaited(w.Paper.order_by("id").offset(1)),
        lambda: awaited(w.Paper.only("title")),
        lambda: awaited(w.Vote.all()),
    ],
    "Query.__aiter__": _iterated,
    "Rows.__await__": lambda w, _: [
        lambda: awaited(w.Paper.all().values()),
        lambda: awaited(w.Vote.all().values_list("reason", flat=True)),
        lambda: awaited(w.Paper.all().join("labels").values("title", "labels__word")),
    ],
    "Rows.__aiter__": lambda w, _: [lambda: drawn(w.Paper.all().values("title", "author__name"))],
    "Rows.scalar": lambda w, _: [lambda: w.Paper.order_by("-title").values_list("title").scalar()],
    "Rows.explain": lambda w, _: [lambda: w.Paper.all().values("title").explain()],
    "Query.scalar": lambda w, _: [lambda: w.Paper.order_by("title").scalar("title")],
    "Query.explain": lambda w, _: [lambda: w.Paper.filter(title__contains="c").explain()],
    "Query.foreseen": lambda w, _: [lambda: w.Paper.all().foreseen()],
    "Query.get": lambda w, it: [
        lambda: w.Paper.all().get(it.key),
        lambda: w.Paper.prefetch("author").get(it.key),
        lambda: w.Paper.filter(title__contains="c").get(it.key),
    ],
    "Query.get_or_none": lambda w, it: [lambda: w.Paper.filter(likes=0).get_or_none(it.key)],
    "Query.in_bulk": lambda w, it: [lambda: w.Paper.prefetch("labels").in_bulk([1, 2, it.key])],
    "Query.placed": lambda w, _: [lambda: w.Paper.order_by("title").limit(1).placed()],
    "Query.seek": lambda w, _: [
        lambda: awaited(w.Paper.order_by("id").seek((1,), inclusive=True)),
        lambda: awaited(w.Paper.order_by("id").seek((FAR + 50,), backwards=True)),
        lambda: _placed(w),
    ],
    "Query.values": lambda w, _: [
        lambda: awaited(w.Paper.all().values("title", "notes", "author__name")),
        lambda: awaited(w.Paper.all().values(w.Paper.title, F("likes") + 1)),
    ],
    "Query.values_list": lambda w, _: [lambda: awaited(w.Person.all().values_list("name", flat=True))],
    "Query.prefetch": lambda w, _: [
        lambda: awaited(w.Paper.prefetch("author", "labels", "topics")),
        lambda: awaited(w.Person.prefetch(Prefetch("papers", w.Paper.order_by("id")))),
        lambda: awaited(w.Topic.prefetch("papers", "papers__author")),
    ],
    "Query.lock": lambda w, _: [lambda: awaited(w.Paper.all().lock().limit(5))],
    "Query.update": lambda w, it: [
        lambda: w.Paper.all().update(title="own"),
        lambda: w.Paper.all().update(likes=F("likes") + 1, returning=["id", "title", "likes"]),
        lambda: w.Paper.all().update(notes="own", returning=True),
        lambda: w.Paper.filter(id=it.key).update(title="own"),
        lambda: w.Paper.filter(author__name__contains="can").update(title="own"),
        lambda: w.Paper.all().update(author_id=it.key),
        lambda: w.Person.filter(number=1).update(number=it.number),
    ],
    "Query.delete": lambda w, it: [
        lambda: w.Paper.filter(id=it.key).delete(),
        lambda: w.Label.all().delete(returning=True),
        lambda: w.Paper.filter(labels__word__contains="can").delete(),
        lambda: w.Paper.all().delete(),
        lambda: w.Person.all().delete(),
    ],
    "Query.with_deleted": lambda w, _: [
        lambda: awaited(w.Paper.all().with_deleted()),
        lambda: w.Person.all().with_deleted().count(),
    ],
    "Query.only_deleted": lambda w, _: [
        lambda: awaited(w.Paper.all().only_deleted()),
        lambda: drawn(w.Paper.all().only_deleted()),
    ],
    "Query.hard_delete": lambda w, it: [
        lambda: w.Paper.filter(id=it.key).hard_delete(),
        lambda: w.Paper.all().only_deleted().hard_delete(),
    ],
    "Query.restore": lambda w, it: [
        lambda: w.Paper.all().only_deleted().filter(id=it.key).restore(),
        lambda: w.Paper.all().only_deleted().restore(),
    ],
    "grouped": lambda w, _: [
        lambda: grouped(w.Paper.all(), Grouping(metrics=[Metric("count"), Metric("max", "title")])),
        lambda: grouped(
            w.Paper.all(),
            Grouping(
                groups=["author__name"],
                metrics=[Metric("count"), Metric("sum", "likes")],
                order=[SortedBy(Metric("count"), descending=True)],
            ),
        ),
    ],
    "value_counts": lambda w, _: [
        lambda: value_counts(w.Paper.all(), "title"),
        lambda: value_counts(w.Paper.all(), "labels__word"),
    ],
    "foresee": lambda w, _: [lambda: foresee(w.Paper.filter(title__contains="c").state, keys_only=True)],
    "foresee_statement": lambda w, _: [
        lambda: foresee_statement(w.db, compile_count(w.Paper.all().state)),
    ],
}

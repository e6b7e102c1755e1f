"""What a large API costs before its first request: 200 tables of 20 columns, all of them public.

    python benchmarks/openapi.py            # or: make bench-openapi
    python benchmarks/openapi.py --tables 50

Models are made first and timed by themselves. Seconds are of the processor, so that a busy machine does not
change them. "start" is `Portico` to `mount()`, "document" the first `/openapi.json`; the goals are twice what
was measured for hand-written routes on two cores: 1.8 s and 7.4 s.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from portico.app import Portico
from portico.db import fields
from portico.db.models import Model
from portico.db.session import Database

GOALS = {"start": 1.8, "document": 7.4}


def column(number: int) -> Any:
    """One of a mixture of columns, as tables have them."""
    kinds = (
        lambda: fields.StringField(max_length=80),
        lambda: fields.IntegerField(nullable=True, default=None),
        lambda: fields.TextField(default=""),
        lambda: fields.BooleanField(default=False),
        lambda: fields.DateTimeField(nullable=True, default=None),
        lambda: fields.DecimalField(precision=10, scale=2, nullable=True, default=None),
        lambda: fields.FloatField(nullable=True, default=None),
        lambda: fields.DateField(nullable=True, default=None),
    )
    return kinds[number % len(kinds)]()


def made_models(tables: int, columns: int) -> list[type[Any]]:
    """That many classes; each refers to the one before it."""
    base = type("Made", (Model,), {"Meta": type("Meta", (), {"abstract": True, "metadata": MetaData()})})
    found: list[type[Any]] = []
    for number in range(tables):
        names: dict[str, Any] = {"id": fields.IntegerField(primary_key=True)}
        if found:
            names["before_id"] = fields.ForeignKeyField(found[-1], nullable=True, default=None)
        for rest in range(columns - len(names)):
            names[f"column_{rest}"] = column(rest)
        names["__module__"] = __name__
        names["__doc__"] = f"Rows of table {number}."
        found.append(type(f"Table{number}", (base,), names))
    configure_mappers()
    return found


async def document_of(app: FastAPI) -> bytes:
    """The first /openapi.json."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        reply = await client.get("/openapi.json")
    reply.raise_for_status()
    return reply.content


def report(figures: dict[str, float], raw: bytes) -> None:
    """One line for each figure, and the goal beside it."""
    for name, seconds in figures.items():
        goal = f"   (goal {GOALS[name]} s)" if name in GOALS else ""
        print(f"{name:10} {seconds:6.2f} s{goal}")
    document = json.loads(raw)
    operations = sum(len(path) for path in document["paths"].values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{operations} operations, {len(raw) / 1e6:.1f} MB of document, {peak} MB of memory at most")


async def run(tables: int, columns: int) -> None:
    """Measure once, in a process that has done nothing before."""
    figures: dict[str, float] = {}
    begun = time.process_time()
    models = made_models(tables, columns)
    figures["models"] = time.process_time() - begun
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        async with Database(f"sqlite:///{Path(folder)}/never.db", name="bench") as database:
            begun = time.process_time()
            api = Portico(database)
            for model in models:
                api.expose(model, policy="public")
            app = api.app()
            figures["start"] = time.process_time() - begun
            begun = time.process_time()
            raw = await document_of(app)
            figures["document"] = time.process_time() - begun
    report(figures, raw)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--columns", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(run(given.tables, given.columns))


if __name__ == "__main__":
    main()

"""Rows by a lane and a writer, and the same rows as the general path sends them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json

from portico.access import as_policy
from portico.db.compiled import Slots, lane_of, shape_of
from portico.db.query import Query
from portico.db.session import Database, atomic
from portico.resources import Exposure, Resource, Resources, describe
from portico.resources.compiled.rendering import ResourceWriter, unwritten_because, writer_of
from portico.resources.documents import document


def described(model: type[Any], **said: Any) -> Resource:
    """A class as everybody may see it."""
    return describe(Exposure(model=model, policy=as_policy("public", where="this test"), **said))


def the_writer(resource: Resource, database: Database) -> ResourceWriter:
    """The writer, which there has to be."""
    writer = writer_of(resource, database)
    assert writer is not None, unwritten_because(resource, database)
    return writer


async def driver_rows(resource: Resource, database: Database) -> Any:
    """All rows as the lane's driver has them, in the order of their keys."""
    names = the_writer(resource, database).names
    keys = [getattr(resource.model, name) for name in resource.identity]
    statement = sa.select(*(getattr(resource.model, name) for name in names)).order_by(*keys)
    shape, lane = shape_of(statement, Slots([]), database.engine.dialect), lane_of(database)
    assert shape is not None
    assert lane is not None
    return await lane.fetch(shape, [])


async def general_documents(resource: Resource, database: Database) -> list[Any]:
    """All rows as documents of the general path."""
    keys = [getattr(resource.model, name) for name in resource.identity]
    async with atomic(database):  # where no statement is compiled
        rows = await Query(resource.model, database).order_by(*keys)
    return [document(Resources([resource]), resource, row, {}) for row in rows]


async def check_equal(resource: Resource, database: Database) -> int:
    """Both ways give the same bytes, of all rows and of each; how many there are."""
    writer, rows = the_writer(resource, database), await driver_rows(resource, database)
    documents = await general_documents(resource, database)
    for row, shown in zip(rows, documents, strict=True):
        assert writer.one(row) == to_json(shown, inf_nan_mode="null")
    assert writer.many(rows) == to_json(documents, inf_nan_mode="null")
    return len(documents)

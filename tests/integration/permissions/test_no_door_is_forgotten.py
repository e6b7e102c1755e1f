"""The tables of this folder against the routes of the application."""

from __future__ import annotations

import re
from typing import Any, Final

from portico._kernel.doors import doors
from portico.db.session import Database

from .asking import PATHS, principal
from .doors import WAYS
from .world import expose_all

COVERED: Final = {
    "GET /{r}": "doors: list, filter, sort, search, where, cursor, counted",
    "POST /{r}": "new rows: create",
    "PATCH /{r}": "doors: mass update",
    "DELETE /{r}": "doors: mass delete",
    "POST /{r}/query": "doors: query",
    "GET /{r}/aggregate": "doors: grouped, aggregated, group",
    "GET /{r}/facets": "doors: facets, group",
    "GET /{r}/export": "doors: ndjson, csv",
    "POST /{r}/bulk": "new rows: bulk create",
    "PATCH /{r}/bulk": "doors: bulk update",
    "DELETE /{r}/bulk": "doors: bulk delete",
    "PUT /{r}/bulk": "new rows: bulk upsert",
    "POST /{r}/upsert": "new rows: upsert",
    "GET /{r}/{key}": "doors: get",
    "PATCH /{r}/{key}": "doors: patch",
    "PUT /{r}/{key}": "doors: put",
    "DELETE /{r}/{key}": "doors: delete",
    "POST /{r}/{key}/increment": "new rows: increment",
    "GET /{r}/{key}/{way}": "doors: relation",
    "POST /{r}/{key}/{way}": "new rows: by relation",
    "PUT /{r}/{key}/{way}": "links: replace",
    "GET /{r}/{key}/{way}/{key}": "doors: member",
    "PUT /{r}/{key}/{way}/{key}": "links: link",
    "DELETE /{r}/{key}/{way}/{key}": "links: unlink",
}
"""Every kind of operation, and where it is held to the rules."""
ELSEWHERE: Final = {
    "GET /{r}/trash",
    "GET /{r}/trash/{key}",
    "POST /{r}/{key}/restore",
    "DELETE /{r}/trash/{key}",
}
"""Nothing of the office keeps what is deleted: tests/integration/mixins/soft_delete, and tests/invariants."""
_FRONT: Final = {"GET /", "GET /health"}
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_ROOT: Final = re.compile(rf"^/({'|'.join(PATHS.values())})(?=/|$)")
_WAY: Final = re.compile(rf"(?<=\}}/)({'|'.join(name for _, name in WAYS)})(?=/|$)")


def _kinds(document: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for path, item in document["paths"].items():
        shape = _ROOT.sub("/<r>", path)
        shape = re.sub(r"\{\w+\}", "{key}", _WAY.sub("<way>", shape))
        shape = shape.replace("<r>", "{r}").replace("<way>", "{way}")
        found |= {f"{method.upper()} {shape}" for method in _METHODS if method in item}
    return found - _FRONT


async def test_every_kind_of_operation_is_in_the_tables(db: Database) -> None:
    """A new door is closed by default: it fails here until somebody has thought of it."""
    assert _kinds(expose_all(db, principal).app().openapi()) == set(COVERED)


def test_every_registered_door_of_rest_is_in_a_table() -> None:
    """Also those that no model of the office has."""
    assert {door.name for door in doors() if door.room == "rest"} == COVERED.keys() | ELSEWHERE

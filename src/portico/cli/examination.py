"""Look at an API without serving it: the database, each resource, the server, and what has to be there.

async for found in examine(api):
    print(found.kind, found.about, found.text)
"""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from portico.app import Portico
from portico.db.compiled import lane_of, listened_for
from portico.db.engine import ServerFacts, server_facts
from portico.db.engine.walls import is_placed
from portico.db.mixins import row_security_faults
from portico.db.models import mapper_of
from portico.db.models.shapes import unsuited_because
from portico.db.session import Database
from portico.errors import PorticoError
from portico.resources import Resource, unwritten_because
from portico.settings import get_settings

Kind = Literal["fact", "hint", "error"]
_FASTER: Final = {"uvloop": "the event loop", "httptools": "reading requests"}
_NAMES: Final = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing; only errors keep an application from working."""

    about: str
    text: str
    kind: Kind = "fact"


async def examine(api: Portico, *, is_application: bool = True) -> AsyncIterator[Finding]:
    """Everything worth saying, the database first."""
    try:
        facts = await server_facts(
            api.db.engines.autocommit, {table.schema for table in api.needed_tables()} | {None}
        )
    except PorticoError as error:
        yield Finding("Database", f"It cannot be reached: {error.message}", "error")
        return
    for found in (*_about_database(api.db, facts), *_about_resources(api), *_about_models(api)):
        yield found
    async for found in _about_walls(api.db):
        yield found
    for found in _about_settings(api, facts) if is_application else ():
        yield found


def _about_database(database: Database, facts: ServerFacts) -> Iterator[Finding]:
    engines = database.engines
    where = "Database"
    yield Finding(
        where, f"{_NAMES.get(facts.kind, facts.kind)} {facts.version}, by {engines.url.get_driver_name()}."
    )
    yield Finding(where, _lane_sentence(database))
    if engines.replicas:
        yield Finding(
            where, f"{len(engines.replicas)} replicas serve reads, all of them on the general path."
        )
    if facts.kind == "sqlite":
        yield Finding(where, _json_sentence(facts))
        return
    pool = engines.options.pool
    pools = 2 if facts.kind in {"mysql", "mariadb"} else 1
    budget = pools * pool.size + (0 if engines.options.compiled == "off" else pool.compiled)
    yield Finding(
        where, f"Each process opens at most {budget} connections; the server takes {facts.connections}."
    )
    if facts.connections is not None and budget > facts.connections:
        yield Finding(where, "One process may open more than that: PoolOptions(size=…, compiled=…).", "hint")


async def _about_walls(database: Database) -> AsyncIterator[Finding]:
    """Whether policies on rows are in force, where the database is said to have them."""
    if not database.engines.options.row_security:
        return
    faults = await row_security_faults(database)
    for fault in faults:
        yield Finding("Tenants", fault, "error")
    if not faults:
        yield Finding("Tenants", "Row-level security is in force, and each statement is a transaction.")


def _lane_sentence(database: Database) -> str:
    options = database.engines.options
    event = listened_for(database)
    if lane_of(database) is not None:
        if event is not None:
            return f"Compiled statements run on connections of the pool, since something listens for {event}."
        own = "connections of their own" if options.compiled == "private" else "connections of the pool"
        return f'Compiled statements run on {own} (compiled="{options.compiled}").'
    if options.compiled == "off":
        reason = 'Database(compiled="off") says so'
    elif database.engines.options.row_security:
        reason = "row_security needs a transaction for each of them"
    elif database.engines.memory:
        reason = "a database in memory has one connection for everything"
    elif database.engines.replicas:
        reason = "it has replicas"
    elif event is not None:
        reason = f"something listens for {event}"
    else:
        reason = f"the driver {database.engines.url.get_driver_name()} has no lane"
    return f"No statement is compiled, since {reason}."


def _json_sentence(facts: ServerFacts) -> str:
    if facts.exact_json:
        return "Its JSON functions write numbers exactly."
    return (
        "Its JSON functions round numbers, so that documents are made in the process; SQLite 3.43 is exact."
    )


def _about_resources(api: Portico) -> Iterator[Finding]:
    for resource in api.resources:
        yield Finding("Resources", f"{resource.name}: {_way_of(api, resource)}")


def _about_models(api: Portico) -> Iterator[Finding]:
    """Which rows are written as objects though statements are compiled, and why."""
    if api.db.engines.options.compiled == "off":
        return
    registries = {mapper_of(resource.model).registry: None for resource in api.resources}
    classes = [mapper.class_ for registry in registries for mapper in registry.mappers]
    reasons = sorted(filter(None, map(unsuited_because, classes)))
    for reason in reasons:
        yield Finding("Models", f"{reason}, so that its rows are written as objects.")
    if not reasons:
        yield Finding("Models", "No model keeps its rows from being written without objects.")


def _way_of(api: Portico, resource: Resource) -> str:
    database = api.home(resource)
    if lane_of(database) is None:
        return "the general path, as for all of its database."
    if is_placed(mapper_of(resource.model).local_table):
        return "the general path, because each tenant has a table of its own."
    reason = unwritten_because(resource, database)
    return "compiled." if reason is None else f"the general path, because {reason}."


def about_server() -> Iterator[Finding]:
    """What makes serving faster and may be missing."""
    missing = [name for name in _FASTER if importlib.util.find_spec(name) is None]
    for name in missing:
        yield Finding(
            "Server", f"{name} is not installed, which makes {_FASTER[name]} faster: portico[fast].", "hint"
        )
    if not missing:
        yield Finding("Server", "uvloop and httptools are installed.")


def _about_settings(api: Portico, facts: ServerFacts) -> Iterator[Finding]:
    environment = get_settings().environment
    yield Finding("Application", f"The environment is {environment}.")
    if not api.has_secret_key:
        text = "There is no secret key (SECRET_KEY): cursors end with the process that made them"
        kind: Kind = "error" if environment == "production" else "hint"
        yield Finding("Application", f"{text}, and no other worker knows them.", kind)
    for table in api.needed_tables():
        if (table.schema, table.name) not in facts.tables:
            yield Finding("Application", f"The table {table.fullname} is missing.{_remedy(table)}", "error")


def _remedy(table: Any) -> str:
    if table.name == "portico_idempotency":
        return (
            " It keeps answers for Idempotency-Key: await api.create_tables(), or Portico(idempotency=False)."
        )
    return " A migration makes it, or await api.create_tables()."

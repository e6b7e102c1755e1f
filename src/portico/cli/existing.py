"""Serve a database as it is: every table and view, reflected, on an application of its own.

    served = await serve_existing(target, options, address)

Read-only, without columns that look secret, and deaf to requests that a foreign web page makes in the name
of this machine, until ``--write``. Raises `ConfigurationError` for a database without tables or without its
driver, `UnavailableError` where nothing answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import typer
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from portico.app import Portico
from portico.db.reflection import Reflected, reflect
from portico.db.session import Database
from portico.errors import ConfigurationError, PorticoError, UnavailableError

from .server import Address, Served, is_loopback, version
from .target import DatabaseTarget

SHOWN = 12
_STATE = re.compile(r"\((?P<code>[0-9A-Z]{5})\)$")
_REFUSALS = {
    "28000": "Is the user right, and allowed to connect from here?",
    "28P01": "Are user and password right?",
    "3D000": "There is no database of this name.",
    "42000": "Is there a database of this name, and may the user see it?",
    "53300": "It has no connection left.",
}
_THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]", "::1"]


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """What was asked for on the command line."""

    write: bool = False
    schema: str | None = None


async def serve_existing(target: DatabaseTarget, options: ServeOptions, address: Address) -> Served:
    """Learn the database and build the application over it."""
    api, reflected = await _learnt(target, options)
    try:
        app = api.app()
    except PorticoError:
        await api.db.close()
        raise
    if is_loopback(address.host):
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_THIS_MACHINE, address.host])
    return Served(app, lambda: _announce(target, options, reflected, address))


async def api_of_existing(target: DatabaseTarget, options: ServeOptions) -> Portico:
    """The API over a database, which is not served yet."""
    api, _ = await _learnt(target, options)
    return api


async def _learnt(target: DatabaseTarget, options: ServeOptions) -> tuple[Portico, Reflected]:
    database = Database(target.url_for(write=options.write), read_only=not options.write)
    try:
        reflected = await reflect(database, schema=options.schema, include_hidden=options.write)
        return _api(database, reflected, title=target.shown, write=options.write), reflected
    except UnavailableError as error:
        await database.close()
        raise UnavailableError(
            f"{target.shown} cannot be read: {error.message}", hint=_reason(error)
        ) from error
    except PorticoError:
        await database.close()
        raise


def application(database: Database, reflected: Reflected, *, title: str, write: bool) -> FastAPI:
    """The application over a reflected database."""
    return _api(database, reflected, title=title, write=write).app()


def _api(database: Database, reflected: Reflected, *, title: str, write: bool) -> Portico:
    if not reflected.classes:
        raise ConfigurationError(f"{title} has no tables here.", hint=_nothing_read(reflected))
    # A foreign database has no table for kept answers.
    api = Portico(database, title=title, idempotency=False)
    for path, model in reflected.classes.items():
        keyless = path in reflected.read_only
        api.expose(model, name=path, policy="public" if write and not keyless else "read_only")
    return api


def _nothing_read(reflected: Reflected) -> str | None:
    if not reflected.skipped:
        return "Tables of another schema are served with --schema."
    name, reason = next(iter(reflected.skipped.items()))
    return f"{name} is there, but cannot be read: {reason}."


def _reason(error: BaseException) -> str | None:
    """What the driver said, as far as it helps: drivers name no password, but some name only a code."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    text = str(cause.args[-1] if cause.args else cause).strip()
    state = _STATE.search(text)
    if cause is error or not text:
        return None
    return _REFUSALS.get(state["code"]) if state else f"({text.splitlines()[0]}.)"


def _announce(target: DatabaseTarget, options: ServeOptions, reflected: Reflected, address: Address) -> None:
    typer.echo("\n".join(_lines(target, options, reflected, address)))


def _lines(
    target: DatabaseTarget, options: ServeOptions, reflected: Reflected, address: Address
) -> Iterator[str]:
    mode = "open for writing, on this machine" if options.write else "read-only; --write opens it"
    yield f"Portico {version()} serves {target.shown} ({mode})."
    yield ""
    yield f"  {address.url}/        what is here"
    yield f"  {address.url}/docs    every path, to read and to try"
    names = list(reflected.classes)
    yield ""
    yield (
        f"  {len(names)} {'table' if len(names) == 1 else 'tables'} and views: "
        + ", ".join(f"/{name}" for name in names[:SHOWN])
        + (", …" if len(names) > SHOWN else "")
    )
    if reflected.hidden:
        columns = (f"{name}.{column}" for name, columns in reflected.hidden.items() for column in columns)
        yield f"  Hidden until --write, because they look secret: {', '.join(columns)}"
    for name, reason in reflected.skipped.items():
        yield f"  Left out: {name} ({reason})"
    if not is_loopback(address.host):
        yield "  Everybody who can reach this machine can read all of it."
    yield ""
    yield "Press Ctrl+C to stop."

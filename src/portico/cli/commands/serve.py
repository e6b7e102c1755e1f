"""`portico serve`: an existing database, or your own models, as an API with documentation.

portico serve chinook.sqlite
portico serve postgresql://ann@db.example/shop --port 9000
portico serve blog.main:api --reload
"""

from __future__ import annotations

from typing import Annotated

import typer

from portico.cli.existing import ServeOptions, serve_existing
from portico.cli.loading import load_application
from portico.cli.reloading import run_and_reload
from portico.cli.server import Address, Served, is_loopback, listening, run, version
from portico.cli.target import ApplicationTarget, DatabaseTarget, read_target
from portico.errors import ConfigurationError


def serve(  # noqa: PLR0913 -- each is an option of the command
    target: Annotated[str, typer.Argument(help="A SQLite file, a database URL, or module:object.")],
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    write: Annotated[
        bool, typer.Option("--write", help="Let a database be changed, and show all columns.")
    ] = False,
    schema: Annotated[str | None, typer.Option(help="The schema to serve; else the default one.")] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Start again when Python files change.")] = False,
) -> None:
    """Serve a database, or an application of yours, over HTTP."""
    found = read_target(target)
    if isinstance(found, DatabaseTarget):
        _refuse_risks(host, write=write, reload=reload)
        options = ServeOptions(write=write, schema=schema)
        with listening(host, port) as address:
            run(address, lambda: serve_existing(found, options, address))
        return
    if write or schema:
        raise ConfigurationError(
            "--write and --schema are for databases; an application says itself what may be written.",
            hint='api.expose(Model, policy="public") opens a model.',
        )
    with listening(host, port) as address:
        if reload:
            run_and_reload(address, target, lambda: _announce(found, address))
        else:
            run(address, lambda: _serve_application(found, address))


def _refuse_risks(host: str, *, write: bool, reload: bool) -> None:
    if write and not is_loopback(host):
        raise ConfigurationError(
            f"--write on {host} would let everybody who reaches it change the database.",
            hint="Keep to 127.0.0.1 (from elsewhere: ssh -L 8000:127.0.0.1:8000 this-machine), or write an "
            "application with a principal and policies and serve that: portico serve module:object.",
        )
    if reload:
        raise ConfigurationError(
            "--reload watches Python files, and this is a database.", hint="Start the command again instead."
        )


async def _serve_application(target: ApplicationTarget, address: Address) -> Served:
    return Served(load_application(target), lambda: _announce(target, address))


def _announce(target: ApplicationTarget, address: Address) -> None:
    name = f"{target.module}:{target.attribute}" if target.attribute else target.module
    typer.echo(f"Portico {version()} serves {name} at {address.url}/\nPress Ctrl+C to stop.")

"""The `portico` command: its subcommands, its version, and what it says when something is wrong.

    portico --version
    portico serve chinook.sqlite

An error of ours becomes one plain sentence on stderr: exit code 2 where the command was wrong, 1 where the
world was. A traceback only ever comes from a bug, or from the code of the user's own application.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portico.errors import ConfigurationError, PorticoError, UsageError

from .commands.demo import demo
from .commands.doctor import doctor
from .commands.serve import serve
from .server import version

app = typer.Typer(
    help="Define a model once, or point at a database: get an API with documentation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(demo)
app.command()(doctor)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 -- typer calls it with one argument
    if wanted:
        typer.echo(f"portico {version()}")
        raise typer.Exit


@app.callback()
def portico(
    _version: Annotated[  # noqa: FBT002 -- typer makes an option of it
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Define a model once, or point at a database: get an API with documentation."""


def main() -> None:
    """What the console script runs."""
    try:
        app()
    except PorticoError as error:
        typer.echo(f"portico: {error}", err=True)
        sys.exit(2 if isinstance(error, ConfigurationError | UsageError) else 1)

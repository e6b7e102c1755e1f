"""`portico demo`: a small blog with data, to look at what Portico makes of four models.

portico demo
portico demo --keep blog.db
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Final

import typer

from portico.cli.server import Address, Served, listening, run, version
from portico.cli.target import read_target
from portico.db.session import Database
from portico.errors import ConfigurationError

EXAMPLE: Final = "portico_blog_example"


def demo(
    *,
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    keep: Annotated[Path | None, typer.Option(help="A file for the data, to find it there again.")] = None,
) -> None:
    """Serve a small blog with data, on SQLite."""
    if keep is not None and (keep.is_dir() or not keep.absolute().parent.is_dir()):
        raise ConfigurationError(
            f"{str(keep)!r} cannot be a file.", hint="Give a name in a folder that exists."
        )
    if keep is not None and keep.exists():
        read_target(str(keep))  # refuses what is no SQLite file
    with tempfile.TemporaryDirectory(prefix="portico-demo-") as folder:
        file = keep or Path(folder) / "blog.db"
        with listening("127.0.0.1", port) as address:
            run(address, lambda: _serve_blog(file.absolute(), address))


async def _serve_blog(file: Path, address: Address) -> Served:
    api, data = _blog("api"), _blog("data")
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.create_tables()
    if not await data.has_data(database):
        await data.fill(database)
    return Served(api.blog(database), lambda: _announce(address, file))


def _blog(part: str) -> ModuleType:
    """A module of the blog example: an installed Portico carries it, the repository has it in examples."""
    places = (Path(__file__).parents[1] / "blog", Path(__file__).parents[4] / "examples" / "blog")
    folder = next(place for place in places if place.is_dir())
    if EXAMPLE not in sys.modules:
        package = ModuleType(EXAMPLE)
        package.__path__ = [str(folder)]
        sys.modules[EXAMPLE] = package
    return import_module(f"{EXAMPLE}.{part}")


def _announce(address: Address, file: Path) -> None:
    typer.echo(f"""Portico {version()} serves a small blog from {file}.

  {address.url}/docs                                   every path, to read and to try
  {address.url}/posts?include=author,tags&limit=5      posts with their authors and tags
  {address.url}/posts?author.username=ann&sort=title   one author's, in order
  {address.url}/scores                                 a route written by hand, beside the generated ones
  {address.url}/users                                  users; their passwords are in no answer

Press Ctrl+C to stop.""")

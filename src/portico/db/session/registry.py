"""What is known in this process: tables by their metadata, databases by their name."""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import MetaData

from portico.errors import DuplicateNameError


class Named(Protocol):
    """A database, as far as it is known by name."""

    name: str
    url: sa.URL


_metadatas: list[MetaData] = []
_databases: dict[str, Named] = {}


def register_metadata(metadata: MetaData) -> None:
    """Let ``create_tables()`` without arguments know these tables."""
    if not any(known is metadata for known in _metadatas):
        _metadatas.append(metadata)


def registered_metadatas() -> list[MetaData]:
    """The metadata registered so far, in order."""
    return list(_metadatas)


def register_database(database: Named, name: str | None) -> str:
    """Make the database known and give its name: ``default`` for the first, unless it says otherwise."""
    chosen = name or _free_name(database.url)
    if chosen in _databases:
        raise DuplicateNameError(
            f"There is a database named {chosen!r} already.", hint="Close it first, or take another name."
        )
    _databases[chosen] = database
    return chosen


def forget_database(database: Named) -> None:
    """Free the name."""
    if _databases.get(database.name) is database:
        del _databases[database.name]


def registered_databases() -> dict[str, Named]:
    """The databases by name, in the order in which they were made."""
    return dict(_databases)


def _free_name(url: sa.URL) -> str:
    wanted = "default" if not _databases else str(url.database or url.get_backend_name())
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(_databases) + 2))
    return next(name for name in names if name not in _databases)

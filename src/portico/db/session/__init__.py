"""Databases, units of work and statements."""

from .atomic import atomic, on_commit
from .database import Database, current_database
from .registry import register_metadata, registered_metadatas
from .run import fetch, run, stream
from .unit import Unit, current_unit

__all__ = [
    "Database",
    "Unit",
    "atomic",
    "current_database",
    "current_unit",
    "fetch",
    "on_commit",
    "register_metadata",
    "registered_metadatas",
    "run",
    "stream",
]

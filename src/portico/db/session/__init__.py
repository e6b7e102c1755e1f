"""Databases, units of work and statements."""

from .atomic import AtomicBlock, atomic, isolated, on_commit
from .database import Database, current_database
from .registry import register_metadata, registered_metadatas
from .retrying import RetryOptions
from .run import fetch, run, stream
from .unit import Unit, current_unit

__all__ = [
    "AtomicBlock",
    "Database",
    "RetryOptions",
    "Unit",
    "atomic",
    "current_database",
    "current_unit",
    "fetch",
    "isolated",
    "on_commit",
    "register_metadata",
    "registered_metadatas",
    "run",
    "stream",
]

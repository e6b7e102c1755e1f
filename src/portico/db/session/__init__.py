"""Databases, units of work and statements."""

from .atomic import AtomicBlock, atomic, isolated, on_commit
from .context import Recorder, recording
from .database import Database, current_database
from .registry import register_metadata, registered_metadatas
from .rehearsing import rehearse
from .retrying import RetryOptions, is_retryable
from .run import fetch, fetch_rows, fetch_written, run, stream
from .unit import Unit, current_unit

__all__ = [
    "AtomicBlock",
    "Database",
    "Recorder",
    "RetryOptions",
    "Unit",
    "atomic",
    "current_database",
    "current_unit",
    "fetch",
    "fetch_rows",
    "fetch_written",
    "is_retryable",
    "isolated",
    "on_commit",
    "recording",
    "register_metadata",
    "registered_metadatas",
    "rehearse",
    "run",
    "stream",
]

"""Queries that are answered by statements compiled once, without a session."""

from .reading import compiled_by_key, compiled_count, compiled_exists, compiled_objects, compiled_rows
from .related import OWN_ORDER, QueryOfTargets, compiled_targets

__all__ = [
    "OWN_ORDER",
    "QueryOfTargets",
    "compiled_by_key",
    "compiled_count",
    "compiled_exists",
    "compiled_objects",
    "compiled_rows",
    "compiled_targets",
]

"""Queries that are answered by statements compiled once, without a session."""

from .reading import compiled_by_key, compiled_count, compiled_exists, compiled_objects, compiled_rows

__all__ = ["compiled_by_key", "compiled_count", "compiled_exists", "compiled_objects", "compiled_rows"]

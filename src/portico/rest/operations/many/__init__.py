"""Writes of many rows: in bulk, by upsert, and of all rows that a filter chooses."""

from .bulk import bulk_operations
from .mass import mass_operations
from .upserting import upsert_operations

__all__ = ["bulk_operations", "mass_operations", "upsert_operations"]

"""Writes of many rows: batches, upserts, and all the rows that a filter chooses."""

from .batch import Key, Outcome
from .bulk import Change, change_rows, create_rows, delete_rows
from .mass import MassPlan, change_matching, delete_matching, parse_mass
from .upserting import chosen_key, upsert_row, upsert_rows

__all__ = [
    "Change",
    "Key",
    "MassPlan",
    "Outcome",
    "change_matching",
    "change_rows",
    "chosen_key",
    "create_rows",
    "delete_matching",
    "delete_rows",
    "parse_mass",
    "upsert_row",
    "upsert_rows",
]

"""The operations that read."""

from .filtering import filtered, within_reach
from .including import prefetches
from .rows import Page, get_row, list_rows, one_of, ordered

__all__ = ["Page", "filtered", "get_row", "list_rows", "one_of", "ordered", "prefetches", "within_reach"]

"""Rows with the rows of their relations: as documents of a database, or by a statement for each relation."""

from .documents import NoDocumentError, document
from .levels import Branch, Level
from .rows import NestedRows

__all__ = ["Branch", "Level", "NestedRows", "NoDocumentError", "document"]

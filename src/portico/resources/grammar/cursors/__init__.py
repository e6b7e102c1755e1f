"""Cursors: where a page begins, as a text that only this application can write and read."""

from .signing import LONGEST, PROCESS, Cursor, Signer

__all__ = ["LONGEST", "PROCESS", "Cursor", "Signer"]

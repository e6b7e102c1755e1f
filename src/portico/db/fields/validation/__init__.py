"""Checks on values, the sentences that say what is wrong with them, and what must be done before binding."""

from .pending import hash_pending
from .sentences import sentence_of
from .values import validate

__all__ = ["hash_pending", "sentence_of", "validate"]

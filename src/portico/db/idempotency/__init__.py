"""Answers that are kept under a key, so that a request that is sent twice is carried out once."""

from .answers import METADATA, Answer, KeyTakenError, answer_of, claim, forget_before, has_table, keep

__all__ = [
    "METADATA",
    "Answer",
    "KeyTakenError",
    "answer_of",
    "claim",
    "forget_before",
    "has_table",
    "keep",
]

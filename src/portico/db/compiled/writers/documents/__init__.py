"""Documents that PostgreSQL writes: each column as the text that Pydantic would write, joined to objects."""

from .objects import list_text, object_text, only_text
from .texts import INEXACT, Written, constant
from .types import json_text

__all__ = [
    "INEXACT",
    "Written",
    "constant",
    "json_text",
    "list_text",
    "object_text",
    "only_text",
]

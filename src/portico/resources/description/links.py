"""How a class hangs together with others, as a door shows it.

Relation("author", User, many=False)
Reference(("author_id",), users, ("id",))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as a door shows it."""

    name: str
    target: type[Any]
    many: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key by the attributes of both ends; ``table`` is what it refers to."""

    fields: tuple[str, ...]
    table: Any
    keys: tuple[str, ...]

"""Relations to load together with the objects of a query: one statement for each, whatever their number.

    await Post.filter().prefetch("author", "tags", "author__company")
    await Post.filter().prefetch(Prefetch("comments", query=Comment.filter(ok=True).order_by("-id"), limit=3))

``limit`` counts per parent. Raises `UnknownNameError` for a relation that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Prefetch:
    """One relation to load, with a choice of its rows, their order, and a limit for each parent.

    A ``closed`` one is not loaded, even where its declaration says that it comes along unasked.
    """

    name: str
    query: Any = None
    limit: int | None = None
    closed: bool = False

    @property
    def steps(self) -> list[str]:
        """The names of the relations on the way."""
        return self.name.replace(".", "__").split("__")

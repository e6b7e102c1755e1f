"""Places in a statement for values that come later, so that one text serves every value.

    slots = Slots([7])
    author = slots[0].parameter(int, lambda _: sa.Integer())
    statement = sa.select(posts.c.id).where(posts.c.author_id == author)
    slots.uses            # {"slot_0_0": Use(index=0, prepare=int)}

A slot stands in a condition where a value would. What the value is compared with decides the type of the
parameter and how each value is prepared (checked, escaped) before it is sent; that is asked once, with a
sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Prepare = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Use:
    """One place of a value: which value, and what is done to it before it is sent; None for nothing."""

    index: int
    prepare: Prepare | None


class Slot:
    """Stands for one value; ``sample`` is one that it may have."""

    __slots__ = ("_slots", "index", "sample")

    def __init__(self, slots: Slots, index: int, sample: Any) -> None:
        self._slots = slots
        self.index = index
        self.sample = sample

    def __repr__(self) -> str:
        return f"Slot({self.index})"

    def parameter(self, prepare: Prepare | None, type_of: Callable[[Any], Any]) -> sa.BindParameter[Any]:
        """The parameter in a statement; its type may depend on what the prepared sample is."""
        ready = self.sample if prepare is None else prepare(self.sample)
        return self._slots.parameter(self.index, prepare, type_of(ready))


class Slots:
    """The slots of one statement, and where it uses them."""

    def __init__(self, samples: Sequence[Any]) -> None:
        self._slots = [Slot(self, index, sample) for index, sample in enumerate(samples)]
        self.uses: dict[str, Use] = {}

    def __getitem__(self, index: int) -> Slot:
        return self._slots[index]

    def parameter(self, index: int, prepare: Prepare | None, type_: Any) -> sa.BindParameter[Any]:
        """A parameter under a name of its own."""
        name = f"slot_{index}_{len(self.uses)}"
        self.uses[name] = Use(index, prepare)
        return sa.bindparam(name, type_=type_)

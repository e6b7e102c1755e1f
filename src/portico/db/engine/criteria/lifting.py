"""Which criteria are lifted in the running code.

    with lifted("deleted"):                  # on every table
        ...
    with lifted(("deleted", posts)):         # on this one
        ...

Tasks that are started inside take it with them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, TypeAlias

import sqlalchemy as sa

from .registry import Criterion, original

What: TypeAlias = "str | tuple[str, sa.Table]"
Lifted: TypeAlias = "frozenset[What]"

_NOTHING: Final[Lifted] = frozenset()
_lifted: ContextVar[Lifted] = ContextVar("portico_lifted", default=_NOTHING)
_while: list[tuple[str, Callable[[], bool]]] = []


@contextmanager
def lifted(*what: What) -> Generator[None]:
    """Let statements of this block go without these criteria: named, or of one table by ``(name, table)``."""
    added = frozenset(each if isinstance(each, str) else (each[0], original(each[1])) for each in what)
    token = _lifted.set(_lifted.get() | added)
    try:
        yield
    finally:
        _lifted.reset(token)


def lift_while(name: str, asked: Callable[[], bool]) -> None:
    """Let the criteria of this name be lifted wherever the function says so; it is called very often."""
    _while.append((name, asked))


def lifted_now() -> Lifted:
    """What is lifted here."""
    found = _lifted.get()
    for name, asked in _while:
        if asked():
            found = _with(found, name)
    return found


def applies(criterion: Criterion, table: sa.Table, without: Lifted) -> bool:
    """Whether a criterion is in force for its table, or a copy of it, while these are lifted."""
    return criterion.name not in without and (criterion.name, original(table)) not in without


@lru_cache(maxsize=256)
def _with(found: Lifted, name: str) -> Lifted:
    return found | {name}

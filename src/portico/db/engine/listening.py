"""Which listeners of an engine are Portico's own: they change nothing about how statements are sent.

    event.listen(engine, "begin", own(begin))

Whoever else listens is to be heard; `portico.db.compiled.lanes` sends no statement past them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import sqlalchemy as sa

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "portico_permanent"


def own(listener: F, *, permanent: bool = True) -> F:
    """Mark a listener as Portico's; ``permanent``: it is removed only together with its engine."""
    setattr(listener, _MARK, permanent)
    return listener


def is_own(listener: object) -> bool:
    """Whether a listener is Portico's, or one that SQLAlchemy gives to every engine."""
    return hasattr(listener, _MARK)


def is_permanent(listener: object) -> bool:
    """Whether a listener is Portico's own, and never removed."""
    return bool(getattr(listener, _MARK, False))


def own_first_listeners(engine: sa.Engine) -> None:
    """Mark what SQLAlchemy itself listens for, to learn about the server or to set a level of isolation.

    Only for an engine that is new: later, wrappers that SQLAlchemy makes of others' listeners look the same.
    """
    of_pool: Any = engine.pool.dispatch.connect
    of_engine: Any = engine.dispatch.engine_connect
    for listener in of_pool.listeners:
        if getattr(listener, "__module__", "").startswith("sqlalchemy."):
            own(listener)
    for listener in of_engine:
        if getattr(listener, "__module__", "") == "sqlalchemy.engine.default":
            own(listener)

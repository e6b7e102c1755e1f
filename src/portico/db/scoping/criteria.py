"""Conditions that no statement about a table goes without, and where they are lifted.

    register_criterion(Criterion("archived", notes, lambda rows: rows.c.archived == sa.false()))
    with lifted("archived"):
        ...

The engine room puts them into statements: `portico.db.engine.criteria`.
"""

from portico.db.engine.criteria import (
    FOR_GOOD,
    Criterion,
    count_writes,
    keep_rows,
    lift_while,
    lifted,
    lifted_now,
    register_criterion,
)

__all__ = [
    "FOR_GOOD",
    "Criterion",
    "count_writes",
    "keep_rows",
    "lift_while",
    "lifted",
    "lifted_now",
    "register_criterion",
]

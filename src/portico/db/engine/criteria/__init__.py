"""Conditions that no statement about a table goes without, put there by the SQL compiler."""

from .counting import count_writes
from .following import follow_truly
from .identity import within_reach
from .keeping import FOR_GOOD, keep_rows
from .lifting import Lifted, lift_while, lifted, lifted_now
from .registry import Criterion, register_criterion, version
from .variants import in_force, keep_no_more, kept_by
from .watching import Watch, watch

__all__ = [
    "FOR_GOOD",
    "Criterion",
    "Lifted",
    "Watch",
    "count_writes",
    "follow_truly",
    "in_force",
    "keep_no_more",
    "keep_rows",
    "kept_by",
    "lift_while",
    "lifted",
    "lifted_now",
    "register_criterion",
    "version",
    "watch",
    "within_reach",
]

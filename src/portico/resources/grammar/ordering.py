"""Sort keys: ``sort=-created_at,author.username``.

    parse_order(reach, ["-likes,title"])     # (Order((), "likes", descending=True), Order((), "title"))

Raises `InvalidParameterError` for what is not there, has no order, or stands on several rows.
"""

from __future__ import annotations

from portico.errors import InvalidParameterError

from .lookups import sortable
from .plan import Order
from .reach import Reach
from .refusals import unknown


def parse_order(reach: Reach, texts: list[str], *, parameter: str = "sort") -> tuple[Order, ...]:
    """Sort keys, comma-separated or repeated."""
    keys = [key for text in texts for key in text.split(",") if key]
    if len(keys) > reach.limits.sorts:
        raise InvalidParameterError(f"At most {reach.limits.sorts} sort keys.", parameter=parameter)
    return tuple(_sort_key(reach, key, parameter) for key in keys)


def _sort_key(reach: Reach, key: str, parameter: str) -> Order:
    # A plus sign that was not percent-encoded arrives as a space.
    descending, dotted = key.startswith("-"), key.lstrip("+ ").removeprefix("-")
    found = reach.field(dotted, parameter=parameter)
    if found.lookup or not sortable(found.owner.kinds[found.field]):
        choices = [name for name, kind in found.owner.kinds.items() if sortable(kind)]
        raise unknown(f"Cannot sort by {dotted!r}.", dotted, choices, parameter=parameter)
    if any(relation.many for relation, _ in reach.walk(found.path)):
        raise InvalidParameterError(
            f"Cannot sort by {dotted!r}: one row has several of them.", parameter=parameter
        )
    return Order(found.path, found.field, descending)

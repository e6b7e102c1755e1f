"""Whether the objects of a mapped class show more, or something else, than the columns of their rows.

altered_by(Post)        # None, or "a listener for load"
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, InstrumentedAttribute, Mapper


def altered_by(model: type[Any], names: Iterable[str] = ()) -> str | None:
    """What may alter rows on their way to objects, in a few words; None where nothing does.

    ``names`` are the attributes that matter.
    """
    mapper: Mapper[Any] = sa.inspect(model)
    if mapper.polymorphic_on is not None or mapper.inherits is not None:
        return "rows of several classes"
    events: Any = mapper.class_manager.dispatch
    for event in ("load", "refresh"):
        if bool(getattr(events, event)):
            return f"a listener for {event}"
    for name in names:
        attribute: Any = getattr(model, name, None)
        behind: Any = getattr(attribute, "property", None)
        if not (isinstance(attribute, InstrumentedAttribute) and isinstance(behind, ColumnProperty)):
            return f"an attribute of its own for {name!r}"
    own: Any = model.__getattribute__
    return None if own is object.__getattribute__ else "its own __getattribute__"

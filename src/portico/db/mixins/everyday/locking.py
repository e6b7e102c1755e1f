"""Hold the row of an object until the unit of work ends.

async with atomic():
    await locked(post, nowait=False, skip_locked=False)     # True; the object says what the row says now
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from portico.db.models import column_specs, key_here, mapper_of
from portico.db.models.keys import class_of, where_key
from portico.db.models.model import database_of
from portico.db.models.shapes import gone
from portico.db.session import current_unit, run
from portico.errors import UsageError

from .showing import changed_fields


async def locked(instance: Any, *, nowait: bool, skip_locked: bool) -> bool:
    """Lock the row and read it; False where ``skip_locked`` has passed over it."""
    cls = class_of(instance)
    database = database_of(cls)
    unit = current_unit(database)
    if unit is None:
        raise UsageError(
            "A lock lasts until its unit of work ends, and there is none.",
            hint="Lock inside of `async with atomic():`.",
        )
    if sa.inspect(instance).key is None or changed_fields(instance):
        raise UsageError(
            f"This {cls.__name__} has changes that are not saved, and locking reads it again.",
            hint="Lock first, then change.",
        )
    mapper, names = mapper_of(cls), tuple(column_specs(cls))
    columns = [mapper.columns[name].label(f"c{i}") for i, name in enumerate(names)]
    statement = sa.select(*columns).select_from(mapper.persist_selectable)
    held = statement.where(where_key(cls, key_here(instance)))
    row = (await run(database, held.with_for_update(nowait=nowait, skip_locked=skip_locked))).first()
    if row is None:
        if skip_locked and (await run(database, held)).first() is not None:
            return False
        raise gone(cls)
    unit.changed(instance, {name: instance.__dict__[name] for name in names if name in instance.__dict__})
    for name, value in zip(names, row, strict=True):
        set_committed_value(instance, name, value)
    return True

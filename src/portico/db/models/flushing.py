"""Check what a session is about to write, so that a flush is no way round validation.

Instances of models that were changed inside a unit of work are written when it ends; they are held to the
same rules as by ``save()``. Raises `InvalidError`, which ends the unit.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from portico.db.fields import validate
from portico.db.models.keys import class_of
from portico.db.models.schemas import column_specs
from portico.db.models.writing import changed_values
from portico.db.query import is_computed

from .shapes import facts_of, without_version


def check_on_flush(base: type[Any]) -> None:
    """Check every new or changed instance of ``base`` before any session flushes it."""

    def before_flush(session: Session, _context: object, _instances: object) -> None:
        for instance in [*session.new, *session.dirty]:
            if isinstance(instance, base):
                _check(instance)

    event.listen(Session, "before_flush", before_flush)


def _check(instance: Any) -> None:
    cls = class_of(instance)
    specs = column_specs(cls)
    new = sa.inspect(instance).key is None
    held = (
        {n: instance.__dict__[n] for n in specs if n in instance.__dict__}
        if new
        else changed_values(instance)
    )
    if not new:
        held = without_version(instance, facts_of(cls).version, held)
    plain = {
        name: value for name, value in held.items() if not is_computed(value) and not (new and value is None)
    }
    for name, value in validate(
        {n: specs[n] for n in plain}, plain, partial=True, where=cls.__name__
    ).items():
        if instance.__dict__[name] is not value and instance.__dict__[name] != value:
            setattr(instance, name, value)

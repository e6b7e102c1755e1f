"""``session.delete(post)`` by somebody who has a session: the flush marks the row instead of removing it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from portico.db.models import mapper_of
from portico.db.models.keys import class_of
from portico.db.scoping import Keeper, keeper_of
from portico.errors import UsageError

from .marks import next_moment

_MARKED: Final = "portico_marked"
"""Under this key the ``info`` of a session holds what a flush marks."""


def mark_on_flush() -> None:
    """Listen to the flushes of every session, once there is something to listen for."""
    if not event.contains(Session, "before_flush", _mark):
        event.listen(Session, "before_flush", _mark, insert=True)
        event.listen(Session, "after_flush_postexec", _let_go)


def _mark(session: Session, _context: object, _instances: object) -> None:
    for instance in list(session.deleted):
        keeper = keeper_of(mapper_of(class_of(instance)).local_table)
        if keeper is None:
            continue
        _refuse_dependents(instance, keeper)
        moment = next_moment()
        _keep(session, instance)  # It is an update now.
        # As an expression: values of this column are refused, since nobody else is to write them.
        setattr(instance, keeper.name, sa.literal(moment, keeper.column.type))
        session.info.setdefault(_MARKED, []).append((instance, keeper.name, moment))


def _keep(session: Any, instance: Any) -> None:
    """Take the object out of what is to be deleted, and nothing else into the session.

    `Session.add` goes on to what its relations hold: objects whose rows were removed are new ones again, and
    would be inserted once more.
    """
    session._update_impl(instance_state(instance))  # noqa: SLF001 -- what `add` does to one object


def _refuse_dependents(instance: Any, keeper: Keeper) -> None:
    if not keeper.is_alone:
        name = class_of(instance).__name__
        raise UsageError(
            f"session.delete() does not know what else goes with a {name}.",
            hint=f"Write: await {name.lower()}.delete(). It joins the session's unit of work.",
        )


def _let_go(session: Session, _context: object) -> None:
    for instance, name, moment in session.info.pop(_MARKED, ()):
        set_committed_value(instance, name, moment)
        session.expunge(instance)

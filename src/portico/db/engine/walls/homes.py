"""Objects whose row lies in the schema of one tenant: the same key is another row in the schema of another.

    watch_homes(Invoice)        # objects of it belong to the tenant from whose schema they were read
    settle_down(invoice)        # its row was written here
    stay_at_home(invoice)       # UsageError where another tenant is set by now

An object in the hands of another tenant's code would carry values from one schema into another. A session
that holds such objects works for one tenant: by its identity map it would take the one for the other.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from portico.errors import NoTenantError, UsageError

from .schemas import schema_meant

_KEY: Final = "portico_home"
_classes: set[type[Any]] = set()


def watch_homes(cls: type[Any]) -> None:
    """Let objects of this class belong to a tenant, whoever loads or writes them."""
    _classes.add(cls)
    event.listen(cls, "load", _loaded)
    event.listen(cls, "refresh", _loaded)
    event.listen(cls, "after_insert", _inserted)
    event.listen(cls, "before_update", _stays)
    event.listen(cls, "before_delete", _stays)


def settle_down(instance: object) -> None:
    """The row of an object is one of the tenant that is set."""
    if type(instance) in _classes:
        _state(instance).info[_KEY] = schema_meant()


def stay_at_home(instance: object) -> None:
    """Raise where the row of an object is not one of the tenant that is set."""
    if type(instance) not in _classes:
        return
    meant = schema_meant()
    if _state(instance).info.setdefault(_KEY, meant) != meant:
        raise UsageError(
            f"This {type(instance).__name__} is a row of another tenant than the one that is set.",
            hint="Read it, change it and write it inside of one tenant_context.",
        )


def stay_with(session: Session) -> None:
    """Raise where a session that holds rows of one tenant is used for another."""
    held = session.info.get(_KEY)
    if held is None:
        return
    try:
        meant = schema_meant()
    except NoTenantError:
        return  # what needs one says so itself
    if meant != held:
        raise UsageError(
            "This unit of work holds rows of another tenant's schema than the one that is set.",
            hint="Open one for each tenant: the `tenant_context` around, and `atomic()` inside.",
        )


def _state(instance: object) -> Any:
    return sa.inspect(instance)


def _hold(session: Session | None) -> None:
    if session is not None:
        session.info.setdefault(_KEY, schema_meant())
        stay_with(session)


def _loaded(instance: object, context: Any, _names: object = None) -> None:
    stay_at_home(instance)
    _hold(context.session)


def _inserted(_mapper: object, _connection: object, instance: object) -> None:
    settle_down(instance)
    _hold(_state(instance).session)


def _stays(_mapper: object, _connection: object, instance: object) -> None:
    stay_at_home(instance)

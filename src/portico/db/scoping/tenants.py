"""The tenant whose rows are meant here.

    with tenant_context("acme"):
        await Invoice.all()              # those of acme, and no others
    with unscoped():
        await Invoice.all().count()      # of every tenant: for administrators and scripts

Without a tenant the first statement about such rows is an error. A task that is started inside a block takes
its tenant with it. `set_current_tenant` is for middlewares and scripts that have no block.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any, Final

from portico.db.engine.walls import row_setting_by, schema_by
from portico.db.scoping.criteria import lift_while
from portico.errors import NoTenantError

_EVERY: Final = object()
_tenant: ContextVar[Any] = ContextVar("portico_tenant", default=None)


def get_current_tenant() -> Any:
    """The tenant set here; None when there is none, and inside `unscoped`."""
    tenant = _tenant.get()
    return None if tenant is _EVERY else tenant


def set_current_tenant(tenant: Any) -> Token[Any]:
    """Mean this tenant from here on in this context; None for no tenant."""
    return _tenant.set(tenant)


@contextmanager
def tenant_context(tenant: Any) -> Generator[None]:
    """Mean this tenant in this block, also inside of `unscoped`."""
    token = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(token)


@contextmanager
def unscoped() -> Generator[None]:
    """Mean the rows of every tenant in this block: for administrators, migrations and scripts."""
    token = _tenant.set(_EVERY)
    try:
        yield
    finally:
        _tenant.reset(token)


def is_unscoped() -> bool:
    """Whether the rows of every tenant are meant here."""
    return _tenant.get() is _EVERY


def tenant_in_text() -> str:
    """The tenant whose schema is meant; `NoTenantError` without one."""
    tenant = get_current_tenant()
    if tenant is not None:
        return str(tenant)
    if is_unscoped():
        raise NoTenantError(
            "Each tenant has tables of its own in its schema, and no statement is about all of them.",
            hint="Ask one after the other: for tenant in await TenantSchemas(db).tenants():",
        )
    raise NoTenantError(
        "Each tenant has tables of its own in its schema, and no tenant is set.",
        hint="Set one: `with tenant_context(…):`.",
    )


def _settings() -> tuple[str, str]:
    """What policies of PostgreSQL look at; nothing in the first lets no row through."""
    tenant = get_current_tenant()
    return "" if tenant is None else str(tenant), "on" if is_unscoped() else ""


lift_while("tenant", is_unscoped)
schema_by(tenant_in_text)
row_setting_by(_settings)

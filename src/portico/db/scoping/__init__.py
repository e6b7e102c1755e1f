"""Whose rows are meant, who acts, and the conditions that no statement goes without."""

from portico.db.scoping.acting import acting, current_actor, current_request_id
from portico.db.scoping.criteria import FOR_GOOD, Criterion, count_writes, lifted, register_criterion
from portico.db.scoping.deleting import Keeper, keep_deleted, keeper_of
from portico.db.scoping.owning import OWNER, is_shared, owner_column
from portico.db.scoping.tenants import (
    get_current_tenant,
    is_unscoped,
    set_current_tenant,
    tenant_context,
    tenant_in_text,
    unscoped,
)

__all__ = [
    "FOR_GOOD",
    "OWNER",
    "Criterion",
    "Keeper",
    "acting",
    "count_writes",
    "current_actor",
    "current_request_id",
    "get_current_tenant",
    "is_shared",
    "is_unscoped",
    "keep_deleted",
    "keeper_of",
    "lifted",
    "owner_column",
    "register_criterion",
    "set_current_tenant",
    "tenant_context",
    "tenant_in_text",
    "unscoped",
]

"""Statements about tables that lie in a schema for each tenant, and fail since it is not there.

In metadata such tables lie in the schema `PLACE`; each statement is given that of the tenant in its stead.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.engine import ExceptionContext

from .finding import Finding, Kind
from .reading import driver_error

PLACE: Final = "portico_each_tenant"
"""The schema of such tables in metadata; no schema of a database has this name."""
_STATES: Final = {"42P01", "3F000"}
_NUMBERS: Final = {1049, 1146}


def missing_place(context: ExceptionContext) -> Finding | None:
    """A finding, where a statement about such tables did not find one of them."""
    compiled: Any = getattr(context.execution_context, "compiled", None)
    if compiled is None or PLACE not in (compiled.string or ""):
        return None
    error: Any = driver_error(context.original_exception)
    number = error.args[0] if error.args else None
    if getattr(error, "sqlstate", None) in _STATES or number in _NUMBERS:
        return Finding(Kind.NO_PLACE)
    return None

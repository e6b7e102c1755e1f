"""Where an error happened: table and values are known only while the statement is being executed.

The engine room lets `remember_site` listen to every error of its engines; what it learns is attached to the
exception, where `portico.db.dialects.translate` finds it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import ExceptionContext

from . import foreign_keys, mysql_names
from .finding import Finding, Kind
from .places import missing_place
from .reading import driver_error, read_driver_error
from .table_facts import as_table

log = logging.getLogger("portico.db")
_ATTRIBUTE = "_portico_site"
_MULTI_VALUES = re.compile(r"_m\d+$")


@dataclass(frozen=True)
class Site:
    """The statement that failed: its table, the rows it carried, and what a second look has shown."""

    dialect: sa.Dialect
    table: sa.Table | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    finding: Finding | None = None


def remember_site(context: ExceptionContext) -> None:
    """Attach to an exception what only its statement knows."""
    error = context.sqlalchemy_exception or context.original_exception
    site = _site(context)
    try:
        finding = _second_look(context, site)
    except Exception:
        # It must never hide the first error.
        log.debug("The statement behind a database error could not be examined.", exc_info=True)
    else:
        site = replace(site, finding=finding)
    setattr(error, _ATTRIBUTE, site)


def site_of(error: BaseException) -> Site | None:
    """What was remembered about the statement behind this exception."""
    found = getattr(error, _ATTRIBUTE, None)
    return found if isinstance(found, Site) else None


def _site(context: ExceptionContext) -> Site:
    execution: Any = context.execution_context
    compiled: Any = getattr(execution, "compiled", None)
    statement: Any = getattr(compiled, "statement", None)
    # A write that gives objects stands inside of the select of them.
    writes: Any = getattr(statement, "element", statement) if getattr(statement, "is_dml", False) else None
    table: Any = getattr(writes, "table", None)
    parameters: list[Mapping[str, Any]] = getattr(execution, "compiled_parameters", None) or []
    rows = tuple(row for given in parameters for row in _rows(given))
    return Site(context.dialect, as_table(table), rows)


def _rows(parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of one parameter set; ``insert().values([...])`` writes all into one, numbered."""
    rows: dict[str, dict[str, Any]] = {}
    for key, value in parameters.items():
        number = _MULTI_VALUES.search(key)
        rows.setdefault(number[0] if number else "", {})[key[: number.start()] if number else key] = value
    return list(rows.values())


def _second_look(context: ExceptionContext, site: Site) -> Finding | None:
    """Ask the database what its error did not say; only where the connection still answers."""
    if context.is_disconnect or context.connection is None:
        return None
    finding = read_driver_error(driver_error(context.original_exception))
    statement = context.statement or ""
    if (missing := missing_place(context)) is not None:
        return missing
    if context.dialect.name == "sqlite" and finding.kind is Kind.MISSING_PARENT:
        return foreign_keys.broken(context.connection, statement, site.table, site.rows)
    if context.dialect.name in {"mysql", "mariadb"} and finding.kind in {Kind.UNIQUE, Kind.CHECK}:
        return mysql_names.named(context.connection, statement, site.table, finding)
    return None

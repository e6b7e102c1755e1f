"""Turn what SQLAlchemy and the drivers raise into our errors: the same class and fields on every database.

    try:
        ...
    except DRIVER_ERRORS as error:
        raise translate(error) from error

The message never holds SQL or values. The exception that ours is chained to is stripped of them too, because
a logged traceback prints the whole chain (and PostgreSQL's detail line holds the complete row).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import Mapper

from portico.errors import PorticoError

from . import wording
from .failures import (
    Finding,
    Kind,
    Site,
    attribute_names,
    columns_of_constraint,
    driver_error,
    read_driver_error,
    site_of,
    unfit_columns,
)
from .failures.table_facts import as_table, besides_tenant, columns_in
from .sqlalchemy_errors import translate_sqlalchemy

DRIVER_ERRORS: tuple[type[Exception], ...] = (
    sa_exc.SQLAlchemyError,
    OSError,
    OverflowError,
    UnicodeEncodeError,
)
"""What a database call of ours may raise besides our own errors (`TimeoutError` is an `OSError`)."""


def translate(
    exc: BaseException, *, tables: sa.MetaData | None = None, mapper: Mapper[Any] | None = None
) -> PorticoError:
    """Our error for whatever a database call raised; raise it ``from`` the original.

    ``fields`` are the attributes of the mapped class where one is known: from ``mapper``, else from the
    table of the statement; with neither they are column names. ``tables`` is searched for statements in
    plain text.
    """
    if isinstance(exc, PorticoError):
        return exc
    if isinstance(exc, sa_exc.StatementError) and isinstance(exc.orig, PorticoError):
        return exc.orig
    if isinstance(exc, sa_exc.SQLAlchemyError) and not isinstance(exc, sa_exc.StatementError):
        return translate_sqlalchemy(exc)
    if isinstance(exc, sa_exc.StatementError) and isinstance(exc.orig, sa_exc.SQLAlchemyError):
        return translate_sqlalchemy(exc.orig)
    finding = _complete(_read(exc), site_of(exc), tables, mapper)
    _strip(exc)
    return wording.error_for(finding)


def kind_of(exc: BaseException) -> Kind:
    """What happened, without turning it into an error yet."""
    return _read(exc).kind


def _read(exc: BaseException) -> Finding:
    site = site_of(exc)
    if site is not None and site.finding is not None:
        return site.finding
    return read_driver_error(driver_error(exc))


def _complete(
    finding: Finding, site: Site | None, tables: sa.MetaData | None, mapper: Mapper[Any] | None
) -> Finding:
    """Fill in columns from the metadata and give them the names of the mapped class."""
    table = site.table if site is not None else None
    if table is None and mapper is not None:
        table = as_table(mapper.local_table)
    if finding.table and (table is None or table.name != finding.table):
        searched = table.metadata if table is not None else tables
        table = _named(searched, finding.table) if searched is not None else None
    columns = finding.columns
    if site is not None and not columns:
        columns = columns_of_constraint(table, finding.constraint, site.dialect)
    if finding.kind is Kind.CHECK and not columns:
        columns = columns_in(table, finding.words)
    if site is not None and not columns:
        columns = unfit_columns(table, site.rows, finding.kind)
    columns = besides_tenant(table, columns)
    return Finding(
        finding.kind,
        finding.table or (table.name if table is not None else None),
        attribute_names(table, columns, mapper),
        finding.constraint,
        finding.other,
        finding.words,
    )


def _named(tables: sa.MetaData, name: str) -> sa.Table | None:
    found = [table for table in tables.tables.values() if table.name == name]
    return found[0] if len(found) == 1 else None


def _strip(exc: BaseException) -> None:
    """Leave class and code of a driver's error in tracebacks, and nothing that it quotes."""
    if not isinstance(exc, sa_exc.StatementError):
        return
    driver = driver_error(exc)
    code = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None)
    exc.args = (f"{type(driver).__module__}.{type(driver).__qualname__}" + (f" ({code})" if code else ""),)
    exc.statement = None
    exc.params = None
    exc.detail = []
    exc.__cause__ = None  # the driver's own exception stays reachable as ``orig``

"""Moments, days, clock times and durations, to the microsecond, the same on every database.

    created_at: Mapped[datetime] = mapped_column(UTCDateTime())

`UTCDateTime` takes aware datetimes of any zone, stores UTC and gives UTC back; `NaiveDateTime` takes and
gives naive ones. `Duration` is an INTERVAL on PostgreSQL and a number of microseconds elsewhere. Raises
`InvalidError` for a datetime of the other kind and for what lies out of range.
"""

# ruff: noqa: ARG002 -- the signatures are those of SQLAlchemy's TypeDecorator
from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.type_api import TypeEngine

from portico.errors import InvalidError

MICROSECOND = dt.timedelta(microseconds=1)
MAX_DURATION = (2**63 - 1) * MICROSECOND
MARIADB = ("mysql", "mariadb")


def clock_time() -> TypeEngine[dt.time]:
    """A time of day with microseconds."""
    return sa.Time().with_variant(mysql.TIME(fsp=6), *MARIADB)


class UTCDateTime(sa.TypeDecorator[dt.datetime]):
    """A moment: aware in Python, UTC in the database."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ on PostgreSQL, a plain DATETIME with microseconds elsewhere."""
        if dialect.name in MARIADB:
            return mysql.DATETIME(fsp=6)
        return sa.DateTime(timezone=dialect.name == "postgresql")

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment in UTC, without the zone where the database has none."""
        if value is None:
            return None
        moment = to_utc(value)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment, aware in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class NaiveDateTime(sa.TypeDecorator[dt.datetime]):
    """A date and time that belong to no zone."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP or DATETIME, with microseconds."""
        return mysql.DATETIME(fsp=6) if dialect.name in MARIADB else sa.DateTime()

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a zone, which would be lost."""
        if value is not None and value.tzinfo is not None:
            raise InvalidError("A date and time without a time zone is expected.")
        return value


class Duration(sa.TypeDecorator[dt.timedelta]):
    """A length of time, also negative."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTERVAL on PostgreSQL, microseconds elsewhere."""
        return postgresql.INTERVAL() if dialect.name == "postgresql" else sa.BigInteger()

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """What is compared with a duration is one; what it is multiplied with is what it is."""
        if isinstance(value, dt.timedelta):
            return self
        return self.impl_instance.coerce_compared_value(op, value)

    def process_bind_param(self, value: dt.timedelta | None, dialect: Dialect) -> Any:
        """The length, if 64 bits of microseconds hold it."""
        if value is None:
            return None
        if not -MAX_DURATION <= value <= MAX_DURATION:
            raise InvalidError("A duration of at most 292,000 years is expected.")
        return value if dialect.name == "postgresql" else value // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.timedelta | None:
        """The length; sums come back from MariaDB as decimals."""
        if value is None or isinstance(value, dt.timedelta):
            return value
        return int(value) * MICROSECOND


def to_utc(value: dt.datetime) -> dt.datetime:
    """The same moment in UTC; InvalidError for a naive datetime, or one that leaves the calendar there."""
    if value.tzinfo is dt.UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidError("The time zone is missing; for example 2026-01-31T12:00:00Z.")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise InvalidError("This moment lies outside the years 1 to 9999 in UTC.") from None

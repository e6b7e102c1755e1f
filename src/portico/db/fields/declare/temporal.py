"""Fields for moments, days, times of day and durations.

    published_at: Mapped[datetime] = DateTimeField()              # aware; stored in UTC
    created_at: Mapped[datetime] = DateTimeField(auto_now_add=True)
    opens: Mapped[time] = TimeField()

Automatic times are made in Python, in UTC, so that no statement has to read them back. For type checkers the
fields that can have one are optional in the constructor. Raises `ConfigurationError` when the model is
imported.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal, Unpack, overload

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields.marks import AWARE, NAIVE, STORABLE, ZONELESS
from portico.db.fields.spec import FieldSpec
from portico.db.fields.types import Duration, NaiveDateTime, UTCDateTime, clock_time

from .columns import make
from .options import Default, Moment, Number, Temporal


@overload
def DateTimeField(
    *,
    nullable: Literal[True],
    default: dt.datetime | Callable[[], dt.datetime | None] | None = ...,
    **options: Unpack[Moment[dt.datetime]],
) -> Mapped[dt.datetime | None]: ...
@overload
def DateTimeField(*, default: None, **options: Unpack[Moment[dt.datetime]]) -> Mapped[dt.datetime | None]: ...
@overload
def DateTimeField(
    *,
    nullable: Literal[False] = ...,
    default: Default[dt.datetime] = ...,
    **options: Unpack[Moment[dt.datetime]],
) -> Mapped[dt.datetime]: ...
def DateTimeField(**options: Any) -> Any:
    """A date and time: aware and stored in UTC, or naive with ``timezone=False``."""
    if options.pop("timezone", True):
        spec = FieldSpec(python_type=dt.datetime, marks=(AWARE,), clock=_now)
        return make("DateTimeField", Moment, options, spec, UTCDateTime())
    spec = FieldSpec(python_type=dt.datetime, marks=(NAIVE,), clock=_now_naive)
    return make("DateTimeField", Moment, options, spec, NaiveDateTime())


@overload
def DateField(
    *,
    nullable: Literal[True],
    default: dt.date | Callable[[], dt.date | None] | None = ...,
    **options: Unpack[Temporal[dt.date]],
) -> Mapped[dt.date | None]: ...
@overload
def DateField(*, default: None, **options: Unpack[Temporal[dt.date]]) -> Mapped[dt.date | None]: ...
@overload
def DateField(
    *, nullable: Literal[False] = ..., default: Default[dt.date] = ..., **options: Unpack[Temporal[dt.date]]
) -> Mapped[dt.date]: ...
def DateField(**options: Any) -> Any:
    """A day."""
    return make("DateField", Temporal, options, FieldSpec(python_type=dt.date, clock=_today), sa.Date())


@overload
def TimeField(
    *,
    nullable: Literal[True],
    default: dt.time | Callable[[], dt.time | None] | None = ...,
    **options: Unpack[Temporal[dt.time]],
) -> Mapped[dt.time | None]: ...
@overload
def TimeField(*, default: None, **options: Unpack[Temporal[dt.time]]) -> Mapped[dt.time | None]: ...
@overload
def TimeField(
    *, nullable: Literal[False] = ..., default: Default[dt.time] = ..., **options: Unpack[Temporal[dt.time]]
) -> Mapped[dt.time]: ...
def TimeField(**options: Any) -> Any:
    """A time of day, to the microsecond, without a zone."""
    spec = FieldSpec(python_type=dt.time, marks=(ZONELESS,), clock=_time_of_day)
    return make("TimeField", Temporal, options, spec, clock_time())


@overload
def DurationField(
    *,
    nullable: Literal[True],
    default: dt.timedelta | Callable[[], dt.timedelta | None] | None = ...,
    **options: Unpack[Number[dt.timedelta]],
) -> Mapped[dt.timedelta | None]: ...
@overload
def DurationField(
    *, default: None, **options: Unpack[Number[dt.timedelta]]
) -> Mapped[dt.timedelta | None]: ...
@overload
def DurationField(
    *,
    nullable: Literal[False] = ...,
    default: Default[dt.timedelta] = ...,
    **options: Unpack[Number[dt.timedelta]],
) -> Mapped[dt.timedelta]: ...
def DurationField(**options: Any) -> Any:
    """A length of time, to the microsecond; it may be negative."""
    spec = FieldSpec(python_type=dt.timedelta, marks=(STORABLE,))
    return make("DurationField", Number, options, spec, Duration())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _now_naive() -> dt.datetime:
    return _now().replace(tzinfo=None)


def _today() -> dt.date:
    return _now().date()


def _time_of_day() -> dt.time:
    return _now().time()

"""How the values of one column become JSON: which ones its driver gives, and what is done to them.

    how = Writing(accepts=frozenset({timedelta, NoneType}), convert=iso_duration, bulk=each(iso_duration))

Which type has which is decided in `kinds`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Final, Protocol

from pydantic import TypeAdapter
from sqlalchemy.engine import Dialect

from portico.db.fields import FieldSpec

from . import values
from .values import Bulk, Convert

POSTGRESQL: Final = "asyncpg"
SQLITE: Final = "aiosqlite"
MARIADB: Final = "asyncmy"


class NoWriterError(Exception):
    """No writer is known to give the very bytes that Pydantic would; the text says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name in the document, its type, and what is known of it."""

    name: str
    type: Any
    spec: FieldSpec


class Types(Container[type[Any]], Protocol):
    """Types that a driver may give."""

    def issuperset(self, other: Iterable[type[Any]], /) -> bool:
        """Whether there are no others."""
        ...


class _Every:
    """Any type, or any but that of None."""

    def __init__(self, *, nulls: bool) -> None:
        self._nulls = nulls

    def __contains__(self, found: object) -> bool:
        return self._nulls or found is not NoneType

    def issuperset(self, others: Iterable[Any], /) -> bool:
        """Whether None is among them where it must not be."""
        return self._nulls or NoneType not in others


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What is done to the values of a column.

    ``mixed``: they may be of several types, as SQLite's are, so that each has to be looked at.
    ``told_alike``: a row that its schema refuses shows them as every other row does.
    """

    accepts: Types
    convert: Convert | None = None
    bulk: Bulk | None = None
    mixed: bool = False
    told_alike: bool = True


EVERY: Final[Types] = _Every(nulls=True)


def without_null(found: Writing) -> Writing:
    """The same for a column in which NULL has to be noticed."""
    accepts: Any = found.accepts
    kept = _Every(nulls=False) if accepts is EVERY else accepts - {NoneType}
    return replace(found, accepts=kept, mixed=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the type that the dialect gives it."""

    field: Field
    type: Any
    dialect: Dialect

    @property
    def driver(self) -> str:
        """The name of the driver."""
        return str(self.dialect.driver)

    def reader(self) -> Convert | None:
        """What SQLAlchemy does to the driver's values; None for nothing."""
        found: Convert | None = self.type.dialect_impl(self.dialect).result_processor(self.dialect, None)
        return found

    def writing(
        self, *accepts: type[Any], convert: Convert | None = None, bulk: Bulk | None = None
    ) -> Writing:
        """Values of some types, each looked at where the driver may give others beside them."""
        if bulk is None and convert is not None:
            bulk = values.each(convert)
        known = frozenset((*accepts, NoneType))
        return Writing(accepts=known, convert=convert, bulk=bulk, mixed=self.driver == SQLITE)

    def expect(self, *python_types: Any, marks: Sequence[tuple[Any, ...]] = ((),)) -> None:
        """The schema shows what the column holds, as the same type and without more ado."""
        if self.field.spec.python_type not in python_types or self.field.spec.read_marks not in marks:
            raise NoWriterError(f"the column {self.field.name!r} is shown as something else than it holds")


def shown(spec: FieldSpec, read: Convert | None) -> Convert:
    """What the schema makes of a value by itself, as JSON."""
    adapter: TypeAdapter[Any] = TypeAdapter(spec.read_annotation)
    validate, dump = adapter.validate_python, adapter.dump_python

    def convert(value: Any) -> Any:
        return values.written(dump(validate(value if read is None else read(value)), mode="json"))

    return convert

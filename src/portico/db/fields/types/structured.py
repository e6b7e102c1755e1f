"""Values with a shape: UUIDs, enumerations, JSON documents, arrays, bytes.

    state: Mapped[State] = mapped_column(ValueEnum(State))
    tags: Mapped[list[str]] = mapped_column(ItemArray(str))

Enumerations are stored by value, as text or as an integer, so that renaming a member changes no row. Arrays
are arrays on PostgreSQL and JSON elsewhere. UUIDs sort by their bytes everywhere: MariaDB's own type would
not, so they are 32 hexadecimal digits there, as on SQLite.
"""

# ruff: noqa: ARG002 -- the signatures are those of SQLAlchemy's TypeDecorator
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.type_api import TypeEngine

from portico.errors import ConfigurationError, InvalidError

from .numbers import FiniteFloat, whole_number
from .temporal import MARIADB, UTCDateTime
from .text import Text

ITEM_TYPES: dict[type[Any], Callable[[], TypeEngine[Any]]] = {
    str: Text,
    int: lambda: whole_number("big"),
    float: FiniteFloat,
    bool: sa.Boolean,
    uuid.UUID: sa.Uuid,
    dt.date: sa.Date,
    dt.datetime: UTCDateTime,
}
"""What an array may hold."""

_READERS: dict[type[Any], Callable[[Any], Any]] = {
    float: float,
    uuid.UUID: uuid.UUID,
    dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
}


def unique_id() -> TypeEngine[uuid.UUID]:
    """A UUID: PostgreSQL's own type, digits elsewhere."""
    return sa.Uuid().with_variant(sa.Uuid(native_uuid=False), *MARIADB)


def document() -> TypeEngine[Any]:
    """JSON, JSONB on PostgreSQL; None is SQL's NULL."""
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def octets() -> TypeEngine[bytes]:
    """Bytes of any number; MariaDB's plain BLOB would end at 64 kB."""
    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), *MARIADB)


class ValueEnum(sa.TypeDecorator[Any]):
    """An enumeration stored by the values of its members, all of them text or all of them whole numbers."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[Enum] | Sequence[str | int]) -> None:
        super().__init__()
        self.enum: type[Enum] | tuple[Any, ...] = enum if isinstance(enum, type) else tuple(enum)
        if self.values and all(type(value) is int for value in self.values):
            stored: TypeEngine[Any] = whole_number("big")
        elif self.values and all(isinstance(value, str) for value in self.values):
            stored = Text(max(1, *(len(value) for value in self.values)))
        else:
            name = getattr(enum, "__name__", "This enumeration")
            raise ConfigurationError(
                f"{name} cannot be stored: its values are neither all text nor all whole numbers.",
                hint="Give every member a value of the same of these two types.",
            )
        self.impl = cast("Any", stored)

    @property
    def values(self) -> tuple[Any, ...]:
        """What may stand in the database."""
        if isinstance(self.enum, tuple):
            return self.enum
        return tuple(_plain(member.value) for member in self.enum)

    def __repr__(self) -> str:
        return f"ValueEnum({self.values!r})"

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value of a member."""
        if value is None or isinstance(self.enum, tuple):
            return value
        try:
            return _plain(self.enum(value).value)
        except ValueError:
            raise InvalidError(f"One of these is expected: {', '.join(map(str, self.values))}.") from None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The member; LookupError for a value that no member has any more."""
        if value is None or isinstance(self.enum, tuple):
            return value
        try:
            return self.enum(value)
        except ValueError:
            raise LookupError(f"The database holds a {self.enum.__name__} that has no member.") from None


class ItemArray(sa.TypeDecorator[list[Any]]):
    """A list of values of one type."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, item: type[Any]) -> None:
        super().__init__(none_as_null=True)
        if item not in ITEM_TYPES:
            raise ConfigurationError(
                f"An array cannot hold {getattr(item, '__name__', item)!s}.",
                hint=f"It can hold: {', '.join(known.__name__ for known in ITEM_TYPES)}.",
            )
        self.item = item

    def __repr__(self) -> str:
        return f"ItemArray({self.item.__module__}.{self.item.__qualname__})".replace("builtins.", "")

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """ARRAY on PostgreSQL, JSON elsewhere."""
        if dialect.name == "postgresql":
            return postgresql.ARRAY(ITEM_TYPES[self.item]())
        return sa.JSON(none_as_null=True)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """A list is one of ours; whatever else follows the rules of the type underneath."""
        if value is None or isinstance(value, (list, tuple)):
            return self
        return self.impl_instance.coerce_compared_value(op, value)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """A list, its items as JSON has them where it is JSON."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return list(value)
        return [_as_json(item) for item in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any] | None:
        """A list of Python values."""
        if value is None or dialect.name == "postgresql":
            return cast("list[Any] | None", value)
        found = json.loads(value) if isinstance(value, str) else value
        read = _READERS.get(self.item)
        return [read(item) for item in found] if read else list(found)


def _plain(value: Any) -> Any:
    """The value without the enumeration around it: ``class State(str, Enum)`` has members that are text."""
    return int(value) if isinstance(value, int) else str.__str__(value) if isinstance(value, str) else value


def _as_json(item: Any) -> Any:
    if isinstance(item, dt.datetime):
        return item.astimezone(dt.UTC).isoformat()
    if isinstance(item, dt.date):
        return item.isoformat()
    return str(item) if isinstance(item, (uuid.UUID, Decimal)) else item

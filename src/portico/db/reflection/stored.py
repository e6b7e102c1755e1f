"""Values that do not fit their column's type, as SQLite may hold them: served as they are, never refused.

    as_stored("about 1999")        # StoredText("about 1999"), in a column that is declared INTEGER

A value that fits comes out of the database as its ordinary Python type. One that does not comes out as one of
the classes here, which no request body can contain: so `AsStored` lets it pass on the way out, while the same
text sent by a client is refused as usual. All of them are ordinary str, int, float and bytes otherwise.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


class StoredText(str):
    """Text in a column of another type."""

    __slots__ = ()


class StoredInteger(int):
    """A whole number in a column of another type."""


class StoredFloat(float):
    """A fractional number in a column of another type."""


class StoredBytes(bytes):
    """Bytes in a column of another type; in JSON they are base64."""


_STORED = (StoredText, StoredInteger, StoredFloat, StoredBytes)
_CLASSES: tuple[tuple[type[Any], type[Any]], ...] = (
    (bool, StoredInteger),
    (str, StoredText),
    (int, StoredInteger),
    (float, StoredFloat),
    (bytes, StoredBytes),
)


def as_stored(value: Any) -> Any:
    """The same value, marked as one that does not fit its column; others are shown as text."""
    for plain, stored in _CLASSES:
        if isinstance(value, plain):
            return stored(value)
    return StoredText(value)


def plain(value: Any) -> Any:
    """A stored value as JSON can hold it."""
    if isinstance(value, StoredText):
        return str(value)
    if isinstance(value, StoredInteger):
        return int(value)
    if isinstance(value, StoredFloat):
        return float(value)
    return b64encode(value).decode()


class AsStored:
    """A Pydantic annotation: values out of the database as they are, all others as the type says."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Wrap the schema of the type on both ways."""
        return core_schema.no_info_wrap_validator_function(
            _let_stored_pass,
            handler(source),
            serialization=core_schema.wrap_serializer_function_ser_schema(
                _show_stored, schema=handler(source)
            ),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsStored)

    def __hash__(self) -> int:
        return hash(AsStored)


def _let_stored_pass(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, _STORED) else validate(value)


def _show_stored(value: Any, serialize: core_schema.SerializerFunctionWrapHandler) -> Any:
    return plain(value) if isinstance(value, _STORED) else serialize(value)

"""The options of the field helpers, as type checkers and the helpers themselves read them.

An option that makes no sense for a type is not in its class, so that a checker refuses it in the editor and
the helper when the model is imported. Two more are in the signatures themselves, since they decide the type:
``nullable`` and ``default``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Literal, TypeAlias, TypedDict, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Default: TypeAlias = T | Callable[[], T]
Action: TypeAlias = Literal["restrict", "cascade", "set_null", "set_default", "no_action"]
ServerDefault: TypeAlias = str | int | float | bool | sa.TextClause | sa.ColumnElement[Any]


class Plain(TypedDict, Generic[T], total=False):
    """What every field has.

    ``validators`` are called with the value: they raise ValueError with a sentence to refuse it, return
    another value to replace it, or None to keep it. ``title`` and ``description`` are for the schemas,
    ``comment`` for the database.
    """

    server_default: ServerDefault
    validators: Sequence[Callable[[T], T | None]]
    comment: str
    column_name: str
    title: str
    description: str


class Compared(Plain[T], total=False):
    """What fields have whose values can be told apart by the database."""

    unique: bool
    index: bool
    choices: Iterable[T]


class Key(Compared[T], total=False):
    """What fields have that can be a key."""

    primary_key: bool


class Number(Compared[T], total=False):
    """Limits of a number, or of a point in time."""

    min_value: T
    max_value: T


class NumberKey(Number[T], total=False):
    """Limits, for a type that can be a key."""

    primary_key: bool


class Integral(NumberKey[int], total=False):
    """Whole numbers, which the database counts up by itself where they are the key.

    ``init`` is a word to type checkers: whether the constructor takes the field.
    """

    autoincrement: bool
    init: bool


class Temporal(NumberKey[T], total=False):
    """Values that can follow the clock: at every write (``auto_now``) or at the first (``auto_now_add``)."""

    auto_now: bool
    auto_now_add: bool


class Moment(Temporal[T], total=False):
    """A date and time: aware and stored in UTC, or naive with ``timezone=False``."""

    timezone: bool


class Exact(NumberKey[T], total=False):
    """``precision`` digits in all (10 unless said), ``scale`` of them decimals (2)."""

    precision: int
    scale: int


class Characters(Key[str], total=False):
    """Text up to a length, counted in characters."""

    min_length: int
    max_length: int


class LongText(Compared[str], total=False):
    """Text of any length."""

    min_length: int
    max_length: int


class Web(Characters, total=False):
    """A URL, of these schemes (http and https unless said)."""

    schemes: Sequence[str]


class Sized(Plain[T], total=False):
    """Something that has a length."""

    min_length: int
    max_length: int


class Hidden(Plain[str], total=False):
    """Text that is shown nowhere."""

    min_length: int
    max_length: int


class SecretKey(Hidden, total=False):
    """A secret that can be looked up."""

    unique: bool
    index: bool


class Reference(Plain[Any], total=False):
    """A foreign key. It is indexed unless ``index=False``; ``to_field`` is the target's key unless said."""

    nullable: bool
    default: Any
    primary_key: bool
    unique: bool
    index: bool
    to_field: str
    on_delete: Action
    on_update: Action


class AnyColumn(Key[T], total=False):
    """Everything that does not depend on the type."""

    min_length: int
    max_length: int
    min_value: T
    max_value: T

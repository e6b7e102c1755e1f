"""Fields for text.

    username: Mapped[str] = StringField(max_length=50, unique=True)
    email: Mapped[str] = EmailField()
    body: Mapped[str] = TextField(default="")

Lengths count characters. NUL and lone surrogates are refused: PostgreSQL could not store them. Raises
`ConfigurationError` when the model is imported.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Unpack, overload

from sqlalchemy.orm import Mapped

from portico.db.fields.marks import EMAIL, TEXT, url
from portico.db.fields.spec import FieldSpec
from portico.db.fields.types import Text
from portico.errors import ConfigurationError

from .columns import make
from .options import Characters, Default, LongText, Web

DEFAULT_LENGTH = 255
EMAIL_LENGTH = 254
URL_LENGTH = 2048


@overload
def StringField(
    *,
    nullable: Literal[True],
    default: str | Callable[[], str | None] | None = ...,
    **options: Unpack[Characters],
) -> Mapped[str | None]: ...
@overload
def StringField(*, default: None, **options: Unpack[Characters]) -> Mapped[str | None]: ...
@overload
def StringField(
    *, nullable: Literal[False] = ..., default: Default[str] = ..., **options: Unpack[Characters]
) -> Mapped[str]: ...
def StringField(**options: Any) -> Any:
    """Text of at most ``max_length`` characters (255 unless said)."""
    return _text("StringField", Characters, {"max_length": DEFAULT_LENGTH, **options})


CharField = StringField


@overload
def TextField(
    *,
    nullable: Literal[True],
    default: str | Callable[[], str | None] | None = ...,
    **options: Unpack[LongText],
) -> Mapped[str | None]: ...
@overload
def TextField(*, default: None, **options: Unpack[LongText]) -> Mapped[str | None]: ...
@overload
def TextField(
    *, nullable: Literal[False] = ..., default: Default[str] = ..., **options: Unpack[LongText]
) -> Mapped[str]: ...
def TextField(**options: Any) -> Any:
    """Text of any length."""
    return _text("TextField", LongText, options)


@overload
def EmailField(
    *,
    nullable: Literal[True],
    default: str | Callable[[], str | None] | None = ...,
    **options: Unpack[Characters],
) -> Mapped[str | None]: ...
@overload
def EmailField(*, default: None, **options: Unpack[Characters]) -> Mapped[str | None]: ...
@overload
def EmailField(
    *, nullable: Literal[False] = ..., default: Default[str] = ..., **options: Unpack[Characters]
) -> Mapped[str]: ...
def EmailField(**options: Any) -> Any:
    """An e-mail address, checked for its form and kept as it is written."""
    return _text("EmailField", Characters, {"max_length": EMAIL_LENGTH, **options}, *EMAIL)


@overload
def URLField(
    *,
    nullable: Literal[True],
    default: str | Callable[[], str | None] | None = ...,
    **options: Unpack[Web],
) -> Mapped[str | None]: ...
@overload
def URLField(*, default: None, **options: Unpack[Web]) -> Mapped[str | None]: ...
@overload
def URLField(
    *, nullable: Literal[False] = ..., default: Default[str] = ..., **options: Unpack[Web]
) -> Mapped[str]: ...
def URLField(**options: Any) -> Any:
    """An absolute URL, http or https unless ``schemes`` says otherwise, kept as it is written."""
    schemes = tuple(options.pop("schemes", ("http", "https")))
    return _text("URLField", Web, {"max_length": URL_LENGTH, **options}, *url(schemes))


def _text(helper: str, declared: type, options: dict[str, Any], *marks: Any) -> Any:
    length = options.get("max_length")
    if length is not None and length < 1:
        raise ConfigurationError(f"{helper}(max_length={length}) could hold nothing.")
    # A TextField keeps its kind of column: its length is a rule that may change, not a size.
    column_type = Text(None if declared is LongText else length)
    spec = FieldSpec(python_type=str, marks=(TEXT, *marks))
    return make(helper, declared, options, spec, column_type)

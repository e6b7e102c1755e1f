"""Fields that are shown nowhere.

    password: Mapped[str] = PasswordField(min_length=8)     # argon2id at rest; written, never read
    api_key: Mapped[str] = SecretField()                    # stored as it is; in no schema at all

Raises `ConfigurationError` when the model is imported.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Unpack, overload

from sqlalchemy.orm import Mapped

from portico.db.fields.marks import HASH_AS_IT_IS, MASKED, TEXT, WRITTEN_ONLY
from portico.db.fields.passwords import MAX_LENGTH
from portico.db.fields.spec import FieldSpec
from portico.db.fields.types import PasswordHash, SecretText

from .columns import make
from .options import Default, Hidden, SecretKey


@overload
def PasswordField(
    *, nullable: Literal[True], default: None = ..., **options: Unpack[Hidden]
) -> Mapped[str | None]: ...
@overload
def PasswordField(*, default: None, **options: Unpack[Hidden]) -> Mapped[str | None]: ...
@overload
def PasswordField(*, nullable: Literal[False] = ..., **options: Unpack[Hidden]) -> Mapped[str]: ...
def PasswordField(**options: Any) -> Any:
    """A password, of which only the argon2id hash is stored; `HashedPassword` passes as it is."""
    spec = FieldSpec(
        python_type=str, write_only=True, marks=(TEXT,), outer_marks=(HASH_AS_IT_IS, WRITTEN_ONLY)
    )
    given = {"min_length": 1, "max_length": MAX_LENGTH, **options}
    return make("PasswordField", Hidden, given, spec, PasswordHash())


@overload
def SecretField(
    *,
    nullable: Literal[True],
    default: str | Callable[[], str | None] | None = ...,
    **options: Unpack[SecretKey],
) -> Mapped[str | None]: ...
@overload
def SecretField(*, default: None, **options: Unpack[SecretKey]) -> Mapped[str | None]: ...
@overload
def SecretField(
    *, nullable: Literal[False] = ..., default: Default[str] = ..., **options: Unpack[SecretKey]
) -> Mapped[str]: ...
def SecretField(**options: Any) -> Any:
    """Text that is stored as it is and is absent from every schema; its repr shows dots."""
    spec = FieldSpec(python_type=str, secret=True, marks=(TEXT,), outer_marks=(MASKED,))
    return make("SecretField", SecretKey, options, spec, SecretText(options.get("max_length")))

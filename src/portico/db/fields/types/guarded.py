"""Text that must not be seen: password hashes and secrets.

    password: Mapped[str] = mapped_column(PasswordHash())
    api_key: Mapped[str] = mapped_column(SecretText())

A plain password is hashed when it is bound, in a thread while the loop goes on; `HashedPassword` marks what
is hashed already. What comes back shows dots in a repr. Comparing a password in SQL is a `UsageError`, since
a salted hash equals nothing.
"""

# ruff: noqa: ARG002 -- the signatures are those of SQLAlchemy's TypeDecorator
from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators

from portico.db.fields.passwords import HashedPassword, hash_in_greenlet
from portico.errors import UsageError

from .text import Text

HASH_LENGTH = 255


class Secret(str):
    """Text whose repr shows dots."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class PasswordHash(sa.TypeDecorator[str]):
    """A password that exists only as its hash."""

    impl = Text
    cache_ok = True

    class Comparator(sa.TypeDecorator.Comparator[str]):
        """Asks only whether there is a password."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Refuse comparisons with text."""
            if op in (operators.eq, operators.ne) and any(isinstance(one, str) for one in other):
                raise UsageError(
                    "A password cannot be compared in SQL.",
                    hint="Load the row, then: await verify_password_async(plain, user.password).",
                )
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator  # pyright: ignore[reportAssignmentType] -- SQLAlchemy's is a property

    def __init__(self) -> None:
        super().__init__(HASH_LENGTH)

    def __repr__(self) -> str:
        return "PasswordHash()"

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The hash."""
        return None if value is None else str.__str__(hash_in_greenlet(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> HashedPassword | None:
        """The hash, marked as one."""
        return None if value is None else HashedPassword.stored(value)


class SecretText(sa.TypeDecorator[str]):
    """Text that is stored as it is and shown nowhere."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__(length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Plain text: a driver must not meet our class."""
        return None if value is None else str.__str__(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Secret | None:
        """The text, masked."""
        return None if value is None else Secret(value)

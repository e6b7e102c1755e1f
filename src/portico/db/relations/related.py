"""The value of a to-many relation on an instance."""

from __future__ import annotations

from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Related(Generic[T_co]):
    """First version."""

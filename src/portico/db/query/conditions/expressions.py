"""`F`: another field of the same row, named as in keywords, inside filters, orders and updates.

    await Post.filter(likes__gt=F("dislikes") * 2)
    await Post.filter(id=1).update(views=F("views") + 1)
    Post.filter().order_by(F("author__username").desc())

Typed expressions say the same with names that a checker knows: ``Post.views + 1``. Raises `UnknownNameError`
for a field that does not exist.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql import coercions, roles

from portico.errors import UsageError

from .names import find_operand

_SYMBOLS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right,
    "%": operator.mod,
}


@dataclass(frozen=True, slots=True)
class Sum:
    """Two sides and the sign between them."""

    left: Any
    sign: str
    right: Any


class F:
    """A field of the row in question; ``+ - * / %`` compute with it."""

    __slots__ = ("content",)

    def __init__(self, name: str | Sum) -> None:
        self.content = name

    def __add__(self, other: Any) -> F:
        return F(Sum(self, "+", other))

    def __radd__(self, other: Any) -> F:
        return F(Sum(other, "+", self))

    def __sub__(self, other: Any) -> F:
        return F(Sum(self, "-", other))

    def __rsub__(self, other: Any) -> F:
        return F(Sum(other, "-", self))

    def __mul__(self, other: Any) -> F:
        return F(Sum(self, "*", other))

    def __rmul__(self, other: Any) -> F:
        return F(Sum(other, "*", self))

    def __truediv__(self, other: Any) -> F:
        return F(Sum(self, "/", other))

    def __rtruediv__(self, other: Any) -> F:
        return F(Sum(other, "/", self))

    def __mod__(self, other: Any) -> F:
        return F(Sum(self, "%", other))

    def __clause_element__(self) -> NoReturn:
        # SQLAlchemy would send the object itself as a value.
        raise UsageError(
            "F() names a field in keywords, and has no model to look it up in here.",
            hint="In typed expressions write the field itself: Post.likes > Post.dislikes.",
        )

    def asc(self) -> Ordered:
        """Order by it, the smallest first."""
        return Ordered(self, descending=False)

    def desc(self) -> Ordered:
        """Order by it, the largest first."""
        return Ordered(self, descending=True)

    def __repr__(self) -> str:
        return f"F({self.content!r})" if isinstance(self.content, str) else "F(…)"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An `F` as a sort key."""

    expression: F
    descending: bool


def resolved(entity: Any, value: Any) -> ColumnElement[Any]:
    """A value that is computed in the database, as SQL."""
    if isinstance(value, F):
        content = value.content
        if isinstance(content, str):
            return _element(find_operand(entity, content).expression)
        built: ColumnElement[Any] = _SYMBOLS[content.sign](
            _side(entity, content.left), _side(entity, content.right)
        )
        return built
    return _element(value)


def _element(value: Any) -> ColumnElement[Any]:
    found: ColumnElement[Any] = coercions.expect(roles.ExpressionElementRole, value)
    return found


def _side(entity: Any, value: Any) -> Any:
    return resolved(entity, value) if is_computed(value) else sa.literal(value)


def is_computed(value: Any) -> bool:
    """Whether a value comes from the database rather than from Python."""
    return isinstance(value, F | ColumnElement) or hasattr(value, "__clause_element__")


def subquery_of(value: Any) -> Any:
    """A query given as a value, as SQL; anything else as it is."""
    ask: Any = getattr(value, "as_subquery", None)
    return ask() if callable(ask) else value

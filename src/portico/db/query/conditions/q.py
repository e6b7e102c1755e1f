"""`Q`: conditions joined with and, or and not, before they meet a table.

    Q(title__icontains="hello") | ~Q(author__username="ann")
    Q(Post.likes > 10, published=True)            # both

A `Q` is frozen: every operator gives a new one. An empty `Q()` says nothing, also when it is negated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias

from sqlalchemy import SQLColumnExpression, TextClause

from portico.errors import UsageError

Connector = Literal["and", "or"]
_CHANGING = frozenset({list, set})


@dataclass(frozen=True, slots=True)
class Term:
    """One keyword and its value, such as ``title__icontains`` and ``"hello"``."""

    keyword: str
    value: Any


class Q:
    """Conditions for `filter` and `exclude`; join them with ``&``, ``|`` and ``~``."""

    __slots__ = ("children", "connector", "negated")

    children: tuple[Any, ...]
    connector: Connector
    negated: bool

    def __init__(self, /, *conditions: Condition, **lookups: Any) -> None:
        terms = tuple([Term(keyword, _kept(value)) for keyword, value in lookups.items()])
        self._set((*conditions, *terms), "and", negated=False)

    def _set(self, children: tuple[Any, ...], connector: Connector, *, negated: bool) -> None:
        object.__setattr__(self, "children", children)
        object.__setattr__(self, "connector", connector)
        object.__setattr__(self, "negated", negated)

    @classmethod
    def joined(cls, children: tuple[Any, ...], connector: Connector, *, negated: bool = False) -> Q:
        """Conditions and terms joined by a word, or the opposite of that."""
        made = object.__new__(cls)
        made._set(children, connector, negated=negated)
        return made

    def _with(self, other: Condition, connector: Connector) -> Q:
        # A long chain of | stays flat, so that its length is no depth.
        mine = self.children if self.connector == connector and not self.negated else (self,)
        return Q.joined((*mine, other), connector)

    def __and__(self, other: Condition) -> Q:
        return self._with(other, "and")

    def __rand__(self, other: Condition) -> Q:
        return Q.joined((other, self), "and")

    def __or__(self, other: Condition) -> Q:
        return self._with(other, "or")

    def __ror__(self, other: Condition) -> Q:
        return Q.joined((other, self), "or")

    def __invert__(self) -> Q:
        return Q.joined((self,), "and", negated=True)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise UsageError(f"A Q cannot be changed ({name}).", hint="Join it with another one by & or |.")

    def __bool__(self) -> NoReturn:
        raise UsageError(
            "A Q has no truth value: Python's `and`, `or` and `not` cannot join it.", hint="Use &, | and ~."
        )

    def __repr__(self) -> str:
        # Names only: values may be secrets, and reprs end in logs.
        named = (child.keyword if isinstance(child, Term) else _shown(child) for child in self.children)
        inside = (", " if self.connector == "and" else " | ").join(named)
        return f"{'~' if self.negated else ''}Q({inside})"


def _kept(value: Any) -> Any:
    """A list is taken as it is now, whatever its owner does with it later."""
    return value.copy() if type(value) in _CHANGING else value


def _shown(child: Any) -> str:
    return repr(child) if isinstance(child, Q) else "…"


Condition: TypeAlias = Q | SQLColumnExpression[bool] | SQLColumnExpression[bool | None] | TextClause

"""Conditions understood but not yet placed: and, or, not over expressions that know their paths.

    Group("and", (Leaf(Post.likes > 10), Leaf(author.username == "ann", (author_path,))))

Where each expression finally stands (in WHERE, or inside the EXISTS of its to-many path) is for `placing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement

from portico.db.relations import Path

from .q import Connector


class Leaf:
    """One expression; a ``total`` one is never NULL, a ``foreign`` one may be about another table."""

    __slots__ = ("_element", "_make", "foreign", "paths", "total")

    def __init__(
        self,
        element: ColumnElement[bool] | None,
        paths: tuple[Path, ...] = (),
        *,
        total: bool = False,
        foreign: bool = True,
        make: Callable[[], ColumnElement[bool]] | None = None,
    ) -> None:
        """Without an ``element`` yet, it is made when it is first needed, which it may never be."""
        self._element = element
        self._make = make
        self.paths = paths
        self.total = total
        self.foreign = foreign

    @property
    def element(self) -> ColumnElement[bool]:
        """The expression."""
        if self._element is None:
            assert self._make is not None  # noqa: S101 -- for type checkers: one of both is given
            self._element = self._make()
        return self._element


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions, joined."""

    connector: Connector
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """``complement`` counts NULL as not true; SQL's own NOT leaves it NULL."""

    child: Node
    kind: Literal["complement", "sql"] = "complement"


Node: TypeAlias = Leaf | Group | Negation


def group(connector: Connector, nodes: Iterable[Node | None]) -> Node | None:
    """Nodes joined, groups of the same kind opened; None when there are none."""
    children: list[Node] = []
    for node in nodes:
        if isinstance(node, Group) and node.connector == connector:
            children.extend(node.children)
        elif node is not None:
            children.append(node)
    if len(children) > 1:
        return Group(connector, tuple(children))
    return children[0] if children else None


def paths_of(node: Node) -> set[Path]:
    """Every path that a condition uses."""
    if isinstance(node, Leaf):
        return set(node.paths)
    if isinstance(node, Negation):
        return paths_of(node.child)
    return {path for child in node.children for path in paths_of(child)}


def ordered(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Paths in a steady order, so that the same question gives the same SQL."""
    return tuple(sorted(set(paths), key=lambda path: path.name))

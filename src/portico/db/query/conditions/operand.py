"""The left side of a lookup: an expression on the root of a query or at the end of a path.

    operand_of(path, User.username, "author__username", post_mapper).kind      # Kind.TEXT
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import ColumnProperty, Mapper

from portico.db.fields import FieldSpec
from portico.db.relations import Path

from .kinds import Kind, kind_of
from .values import Value


@dataclass(frozen=True, slots=True)
class Operand:
    """What is compared, what kind of value it holds, and what an error calls it."""

    path: Path | None
    expression: Any
    kind: Kind
    name: str
    model: str
    nullable: bool

    @property
    def value(self) -> Value:
        """What it may be compared with."""
        return Value(self.kind, name=self.name, model=self.model, type_=self.expression.type)


def operand_of(path: Path | None, attribute: Any, name: str, mapper: Mapper[Any]) -> Operand:
    """An attribute as the left side of a lookup."""
    property_ = getattr(attribute, "property", None)
    columns = property_.columns if isinstance(property_, ColumnProperty) else []
    spec = columns[0].info.get("portico") if columns else None
    secret = isinstance(spec, FieldSpec) and spec.write_only
    nullable = path is not None or not columns or getattr(columns[0], "nullable", True)
    return Operand(
        path=path,
        expression=attribute,
        kind=Kind.PASSWORD if secret else kind_of(attribute),
        name=name,
        model=mapper.class_.__name__,
        nullable=bool(nullable),
    )

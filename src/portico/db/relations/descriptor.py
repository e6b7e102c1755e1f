"""The class attribute of a relation: a path on the class, the loaded value on an instance."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute, RelationshipProperty
from sqlalchemy.orm.base import _MappedAttribute

from portico.errors import NotLoadedError, UsageError

from .path import PathAttribute, facade_of, path_of


class RelationDescriptor(_MappedAttribute):  # type: ignore[type-arg]
    """Stands in the class for SQLAlchemy's own attribute, which it keeps as ``attribute``."""

    def __init__(self, attribute: QueryableAttribute[Any]) -> None:
        self.attribute = attribute
        self.key = attribute.key

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return facade_of(sa.inspect(owner), self.key)
        state = instance.__dict__
        if self.key in state:
            return state[self.key]
        if not sa.inspect(instance).has_identity:
            return self.attribute.__get__(instance, owner)
        name = type(instance).__name__
        raise NotLoadedError(
            f"{name}.{self.key} is not loaded.", model=name, attribute=self.key,
            hint=f'Use .prefetch("{self.key}") or await obj.load("{self.key}").',
        )

    def __set__(self, instance: Any, value: Any) -> None:
        self.attribute.__set__(instance, value)

    def __delete__(self, instance: Any) -> None:
        self.attribute.__delete__(instance)


def install_relations(cls: type[Any]) -> None:
    """Replace the relation attributes of a mapped class by descriptors."""
    for key, own in list(cls.__dict__.items()):
        if isinstance(own, QueryableAttribute) and isinstance(own.comparator, RelationshipProperty.Comparator):
            type.__setattr__(cls, key, RelationDescriptor(own))


def relation(attribute: Any) -> QueryableAttribute[Any]:
    """SQLAlchemy's own attribute behind ``Post.author``."""
    if isinstance(attribute, PathAttribute):
        path = path_of(attribute)
        assert path is not None
        return path.attribute
    if isinstance(attribute, QueryableAttribute):
        return attribute
    raise UsageError(f"relation() takes a relation such as Post.author, not {attribute!r}.")

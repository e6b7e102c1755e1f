"""Typed paths over relations (first version)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import inspection
from sqlalchemy.orm import Mapper, QueryableAttribute, RelationshipProperty, aliased, join
from sqlalchemy.orm.util import AliasedClass, AliasedInsp

from portico._kernel.suggest import did_you_mean, nearest
from portico.errors import UnknownNameError

_MARK = "_portico_path"


class _UnknownPathName(UnknownNameError, AttributeError):
    """Also an AttributeError, so that ``hasattr`` works on paths."""


class Path:
    """One relation, or several in a row, seen from a root entity."""

    def __init__(self, root: Any, steps: tuple[RelationshipProperty[Any], ...], parent: Path | None) -> None:
        self.root = root
        self.steps = steps
        self.parent = parent
        self.alias: Any = aliased(steps[-1].mapper.class_)
        self._children: dict[str, Path] = {}
        sa.inspect(self.alias).selectable.__dict__[_MARK] = self

    @property
    def key(self) -> str:
        return self.steps[-1].key

    @property
    def mapper(self) -> Mapper[Any]:
        return self.steps[-1].mapper

    @property
    def name(self) -> str:
        return ".".join(step.key for step in self.steps)

    @property
    def to_many(self) -> bool:
        return any(bool(step.uselist) for step in self.steps)

    @property
    def parent_entity(self) -> Any:
        return self.parent.alias if self.parent else self.root.entity

    @property
    def attribute(self) -> QueryableAttribute[Any]:
        """SQLAlchemy's attribute of the last step, on the parent entity."""
        return raw_attribute(sa.inspect(self.parent_entity), self.key)

    @property
    def join_target(self) -> QueryableAttribute[Any]:
        """What ``select().join()`` and ``outerjoin()`` take to reach this path's alias."""
        return self.attribute.of_type(self.alias)

    def child(self, key: str) -> Path:
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = Path(self.root, (*self.steps, self.mapper.relationships[key]), self)
        return found

    def onclause(self) -> Any:
        joined = join(self.parent_entity, self.alias, self.join_target)
        if self.steps[-1].secondary is not None:
            return sa.and_(joined.left.onclause, joined.onclause)  # type: ignore[attr-defined]
        return joined.onclause

    def exists(self, condition: Any, *also: Path) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<Path {self.root.mapper.class_.__name__}.{self.name}>"


class PathAttribute:
    """What ``Post.author`` gives: every name on it belongs to the target."""

    __slots__ = ("_portico_path",)

    def __init__(self, path: Path) -> None:
        object.__setattr__(self, "_portico_path", path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return attribute_of(self._portico_path, name)

    def __eq__(self, other: object) -> Any:
        return self._portico_path.attribute == other

    def __ne__(self, other: object) -> Any:
        return self._portico_path.attribute != other

    def __hash__(self) -> int:
        return id(self._portico_path)

    def __repr__(self) -> str:
        return repr(self._portico_path)


_BORROWED = {"of_type", "and_", "any", "has", "is_", "is_not", "contains", "adapt_to_entity", "in_", "not_in"}


def attribute_of(path: Path, name: str) -> Any:
    mapper = path.mapper
    if name in mapper.relationships:
        return PathAttribute(path.child(name))
    if name in mapper.all_orm_descriptors:
        return getattr(path.alias, name)
    if name in _BORROWED:
        return getattr(path.attribute, name)
    choices = list(mapper.all_orm_descriptors.keys())
    raise _UnknownPathName(
        f"{mapper.class_.__name__} has no field {name!r}.",
        name=name, choices=choices, nearest=nearest(name, choices), hint=did_you_mean(name, choices),
    )


def raw_attribute(entity: Any, key: str) -> QueryableAttribute[Any]:
    """SQLAlchemy's attribute, also where the class attribute was replaced by ours."""
    attribute = entity.mapper.class_manager[key]
    if entity.is_aliased_class:
        attribute = attribute.adapt_to_entity(entity)
    return attribute  # type: ignore[no-any-return]


def root_path(entity: Any, key: str) -> Path:
    mapper: Mapper[Any] = entity.mapper
    mapper._check_configure()
    store = entity.entity.__dict__ if entity.is_aliased_class else mapper.__dict__
    paths = store.setdefault("_portico_paths", {})
    if key not in paths:
        paths[key] = Path(entity, (mapper.relationships[key],), None)
    return paths[key]  # type: ignore[no-any-return]


def facade_of(entity: Any, key: str) -> PathAttribute:
    return PathAttribute(root_path(entity, key))


def path_of(found: Any) -> Path | None:
    """The path behind a PathAttribute, one of our aliases, or a column of such an alias; else None."""
    if isinstance(found, Path):
        return found
    if isinstance(found, PathAttribute):
        return found._portico_path
    if isinstance(found, QueryableAttribute):
        found = found.parent
    if isinstance(found, AliasedClass):
        found = sa.inspect(found)
    if isinstance(found, AliasedInsp):
        return found.selectable.__dict__.get(_MARK)
    return None


def resolve_path(entity: Any, names: Sequence[str]) -> tuple[Path | None, Any]:
    """Walk names such as ["author", "username"]: the path (None without relations) and the last attribute."""
    insp = sa.inspect(entity)
    path: Path | None = None
    for name in names[:-1]:
        mapper = path.mapper if path else insp.mapper
        if name not in mapper.relationships:
            choices = list(mapper.relationships.keys())
            raise _UnknownPathName(
                f"{mapper.class_.__name__} has no relation {name!r}.",
                name=name, choices=choices, nearest=nearest(name, choices), hint=did_you_mean(name, choices),
            )
        path = path.child(name) if path else root_path(insp, name)
    last = names[-1]
    mapper = path.mapper if path else insp.mapper
    holder = sa.inspect(path.alias) if path else insp
    if last in mapper.relationships:
        return path, raw_attribute(holder, last)
    if last not in mapper.all_orm_descriptors:
        choices = list(mapper.all_orm_descriptors.keys())
        raise _UnknownPathName(
            f"{mapper.class_.__name__} has no field {last!r}.",
            name=last, choices=choices, nearest=nearest(last, choices), hint=did_you_mean(last, choices),
        )
    return path, getattr(holder.entity, last)


@inspection._inspects(PathAttribute)
def _inspect_path(found: PathAttribute) -> QueryableAttribute[Any]:
    return found._portico_path.attribute

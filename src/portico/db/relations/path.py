"""Typed paths over relations: ``Post.author.username``, ``Category.parent.parent.name``.

    Post.author                      # a PathAttribute: every name on it belongs to User
    Post.author.username             # a column of an alias of users that belongs to this path
    path_of(Post.author.username)    # the Path, which knows its steps, its alias and how to join it

A name is looked up on the target first, so that columns called ``key`` or ``parent`` are reached. The same
path has the same alias, so conditions on it share one join. Raises `UnknownNameError` with the nearest match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NoReturn
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlalchemy import inspection
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapper,
    QueryableAttribute,
    RelationshipProperty,
    aliased,
    join,
)
from sqlalchemy.orm.util import AliasedClass, AliasedInsp
from sqlalchemy.sql import roles

from portico._kernel.suggest import did_you_mean, nearest
from portico.errors import UnknownNameError, UsageError

_MARK = "_portico_path"
_ROOTS = "_portico_paths"
_KEPT_DEPTH = 2
_BORROWED = frozenset(
    {"and_", "any", "contains", "has", "is_", "is_not", "isnot", "of_type", "parent", "prop"}
)
Entity = Mapper[Any] | AliasedInsp[Any]


class Path:
    """One relation, or several in a row, seen from a root entity."""

    def __init__(
        self, root: Entity, steps: tuple[RelationshipProperty[Any], ...], parent: Path | None
    ) -> None:
        self.root = root
        self.steps = steps
        self.parent = parent
        self.alias: Any = aliased(steps[-1].mapper.class_, flat=True)
        self.facade = PathAttribute(root, steps[-1].key, self)
        self.attribute = raw_attribute(parent.entity if parent else root, steps[-1].key)
        """SQLAlchemy's attribute of the last step, on the entity before it."""
        self._near: dict[str, Path] = {}
        self._far: WeakValueDictionary[str, Path] = WeakValueDictionary()
        self.entity.selectable.__dict__[_MARK] = self

    @property
    def key(self) -> str:
        """The name of the last relation."""
        return self.steps[-1].key

    @property
    def name(self) -> str:
        """The relations from the root, joined by dots."""
        return ".".join(step.key for step in self.steps)

    @property
    def mapper(self) -> Mapper[Any]:
        """The mapper of the target."""
        return self.steps[-1].mapper

    @property
    def entity(self) -> AliasedInsp[Any]:
        """What SQLAlchemy's inspect() gives for the alias."""
        entity: AliasedInsp[Any] = sa.inspect(self.alias)
        return entity

    @property
    def parent_entity(self) -> Any:
        """The class or alias that the last relation starts from."""
        return self.parent.alias if self.parent else self.root.entity

    @property
    def to_many(self) -> bool:
        """Whether one root row can have several targets."""
        return any(bool(step.uselist) for step in self.steps)

    @property
    def prefixes(self) -> tuple[Path, ...]:
        """The paths from the first relation up to this one."""
        return (*(self.parent.prefixes if self.parent else ()), self)

    @property
    def join_target(self) -> QueryableAttribute[Any]:
        """What ``select().join()`` and ``outerjoin()`` take to reach this path's alias."""
        return self.attribute.of_type(self.alias)

    def child(self, key: str) -> Path:
        """This path and one relation more; the same object each time, while anybody holds it."""
        found = self._near.get(key) or self._far.get(key)
        if found is None:
            # Names may come from outside, and a model that refers to itself has paths without end:
            # long ones are kept only as long as a query uses them.
            found = Path(self.root, (*self.steps, self.mapper.relationships[key]), self)
            if len(found.steps) <= _KEPT_DEPTH:
                self._near[key] = found
            else:
                self._far[key] = found
        return found

    def onclause(self) -> sa.ColumnElement[bool]:
        """The condition that joins the alias to the entity before it, over a junction where there is one."""
        clause, junction = self.join_clauses()
        return clause if junction is None else sa.and_(clause, junction[1])

    def exists(self, condition: Any = None, *also: Path) -> sa.ColumnElement[bool]:
        """EXISTS over the part of this path that begins with its first to-many step.

        The steps before it must be joined by the statement around. ``also`` names longer paths that the
        condition uses; they are outer-joined inside.
        """
        chain = [path for path in self.prefixes if path.to_many]
        if not chain:
            raise UsageError(f"{self!r} leads to one row at most, so there is nothing to quantify over.")
        first = chain[0]
        clause, junction = first.join_clauses()
        source: Any = first.alias if junction is None else join(first.alias, *junction)
        inside = {id(path) for path in chain}
        for path in chain[1:]:
            source = join(source, path.alias, path.join_target)
        for path in (prefix for longer in also for prefix in longer.prefixes if prefix.to_many):
            if id(path) not in inside:
                inside.add(id(path))
                source = join(source, path.alias, path.join_target, isouter=True)
        conditions = [clause] if condition is None else [clause, condition]
        own = [first.alias] if junction is None else [first.alias, junction[0]]
        one: sa.Select[Any] = sa.select(sa.literal_column("1"))
        return one.select_from(source).where(*conditions).correlate_except(*own).exists()

    def join_clauses(self) -> tuple[sa.ColumnElement[bool], tuple[Any, Any] | None]:
        """The condition on the entity before; for many-to-many, the junction and its join to the alias."""
        joined: Any = join(self.parent_entity, self.alias, self.join_target)
        if self.steps[-1].secondary is None:
            return joined.onclause, None
        return joined.left.onclause, (joined.left.right, joined.onclause)

    def __repr__(self) -> str:
        return f"<Path {self.root.mapper.class_.__name__}.{self.name}>"


class PathAttribute(roles.JoinTargetRole):
    """What ``Post.author`` gives: every name on it belongs to the target's class.

    The path is made when it is first used, not when it is mentioned: the target may not be defined yet.
    """

    __slots__ = ("_portico_path", "_portico_start")

    def __init__(self, entity: Entity, key: str, path: Path | None = None) -> None:
        object.__setattr__(self, "_portico_start", (entity, key))
        object.__setattr__(self, "_portico_path", path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "is_clause_element":
            raise AttributeError(name)
        path = _path_behind(self)
        if name in _names(path.mapper):
            return member(path, name)
        if name == "adapt_to_entity":
            return partial(_adapt, path.attribute)
        if name in _BORROWED or name.startswith("_"):
            # What SQLAlchemy asks of a join target and of an argument to selectinload().
            plain = name in {"_of_type", "_extra_criteria"} or name in _BORROWED
            return getattr(path.attribute if plain else path.join_target, name)
        raise _unknown(path.mapper, name)

    def __clause_element__(self) -> Any:
        return _path_behind(self).join_target.__clause_element__()

    def __eq__(self, other: object) -> Any:
        return _path_behind(self).attribute == other

    def __ne__(self, other: object) -> Any:
        return _path_behind(self).attribute != other

    def __hash__(self) -> int:
        return id(_path_behind(self))

    def __repr__(self) -> str:
        return repr(_path_behind(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise UsageError(f"{self!r}.{name} cannot be set: a path is not an object.")


class AliasedRelation(InstrumentedAttribute[Any]):  # pyright: ignore[reportIncompatibleVariableOverride] -- __doc__ is a property there
    """``aliased(Post).author``: SQLAlchemy's attribute, on which the target's columns are found too."""

    __slots__ = ()
    inherit_cache = True

    def __getattr__(self, key: str) -> Any:
        try:
            return super().__getattr__(key)
        except AttributeError:
            if key.startswith("_"):
                raise
        return member(root_path(self.parent, self.key), key)


def _adapt(attribute: QueryableAttribute[Any], entity: AliasedInsp[Any]) -> AliasedRelation:
    plain = attribute.adapt_to_entity(entity)
    return AliasedRelation(
        plain.class_, plain.key, parententity=entity, comparator=plain.comparator, impl=plain.impl
    )


def raw_attribute(entity: Entity, key: str) -> QueryableAttribute[Any]:
    """SQLAlchemy's attribute of an entity, also where the class attribute was replaced by ours."""
    attribute: QueryableAttribute[Any] = entity.mapper.class_manager[key]
    return attribute.adapt_to_entity(entity) if isinstance(entity, AliasedInsp) else attribute


def root_path(entity: Entity, key: str) -> Path:
    """The path of one relation from a mapped class or an alias of one."""
    mapper = entity.mapper
    relationships = mapper.relationships
    store: dict[str, Any] = mapper.__dict__ if isinstance(entity, Mapper) else entity.entity.__dict__
    paths: dict[str, Path] = store.setdefault(_ROOTS, {})
    if key not in paths:
        paths[key] = Path(entity, (relationships[key],), None)
    return paths[key]


def member(path: Path, name: str) -> Any:
    """A name on the target of a path: a longer path for a relation, else an attribute of the alias."""
    if name in path.mapper.relationships:
        return path.child(name).facade
    if name not in _names(path.mapper):
        raise _unknown(path.mapper, name)
    return getattr(path.alias, name)


def path_of(found: Any) -> Path | None:
    """The path behind ``Post.author``, an alias of ours, or a column of such an alias; else None."""
    if isinstance(found, Path):
        return found
    if isinstance(found, PathAttribute):
        return _path_behind(found)
    if isinstance(found, AliasedRelation):
        return root_path(found.parent, found.key)
    if isinstance(found, QueryableAttribute):
        found = found.parent
    plain: Any = found
    if isinstance(found, AliasedClass):
        return _marked(sa.inspect(plain))
    if isinstance(found, AliasedInsp):
        return _marked(plain)
    return None


def resolve_path(entity: Any, names: Sequence[str]) -> tuple[Path | None, Any]:
    """Walk names such as ``["author", "username"]``.

    Gives the path (None without a relation before the last name) and the attribute of the last name, on the
    path's alias or on the entity; for a relation as last name, SQLAlchemy's attribute of it.
    """
    start: Entity = sa.inspect(entity)
    path: Path | None = None
    for name in names[:-1]:
        mapper = path.mapper if path else start.mapper
        if name not in mapper.relationships:
            raise _unknown(mapper, name, relations_only=True)
        path = path.child(name) if path else root_path(start, name)
    last, mapper = names[-1], path.mapper if path else start.mapper
    holder: Entity = path.entity if path else start
    if last in mapper.relationships:
        return path, raw_attribute(holder, last)
    if last not in _names(mapper):
        raise _unknown(mapper, last)
    return path, getattr(holder.entity, last)


class _UnknownPathName(UnknownNameError, AttributeError):  # type: ignore[misc]  # both have a name, the same
    """Also an AttributeError, so that hasattr() answers on a path."""


def _names(mapper: Mapper[Any]) -> frozenset[str]:
    known: frozenset[str] | None = mapper.__dict__.get("_portico_names")
    if known is None:
        known = frozenset((*mapper.attrs.keys(), *mapper.all_orm_descriptors.keys()))
        mapper.__dict__["_portico_names"] = known
    return known


def _unknown(mapper: Mapper[Any], name: str, *, relations_only: bool = False) -> UnknownNameError:
    choices: Iterable[str] = mapper.relationships.keys() if relations_only else _names(mapper)
    what, several = "relation" if relations_only else "field", sorted(choices)
    return _UnknownPathName(
        f"{mapper.class_.__name__} has no {what} {name!r}.",
        name=name,
        choices=several,
        nearest=nearest(name, several),
        hint=did_you_mean(name, several),
    )


def _marked(entity: Any) -> Path | None:
    found: Path | None = entity.selectable.__dict__.get(_MARK)
    return found


def _path_behind(facade: PathAttribute) -> Path:
    path: Path | None = object.__getattribute__(facade, "_portico_path")
    if path is None:
        path = root_path(*object.__getattribute__(facade, "_portico_start"))
        object.__setattr__(facade, "_portico_path", path)
    return path


@inspection._inspects(PathAttribute)  # noqa: SLF001 -- SQLAlchemy has no public name for it
def _inspect_path(found: PathAttribute) -> QueryableAttribute[Any]:  # pyright: ignore[reportUnusedFunction] -- registered
    """What ``select().join(Post.author)`` and loader options see."""
    target: QueryableAttribute[Any] = _path_behind(found).join_target
    return target

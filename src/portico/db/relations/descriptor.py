"""The class attribute of a relation: a path on the class, the loaded value on an instance.

    Post.author.username           # a typed path, for conditions and orders
    post.author                    # the User, or NotLoadedError naming the call that loads it
    relation(Post.author)          # SQLAlchemy's own attribute

`install_relations` puts these descriptors where SQLAlchemy put its attributes, right after a class is mapped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, QueryableAttribute, RelationshipProperty
from sqlalchemy.orm.base import _MappedAttribute

from portico.errors import NotFoundError, UsageError

from .declaring import ModelRelationship
from .guards import relation_not_loaded
from .managing import Related, refuse_foreign
from .path import PathAttribute, path_of
from .sides import (
    agrees,
    drop_key,
    holds_key,
    is_absent,
    is_stored,
    key_pairs,
    put_quietly,
    reverse_of,
    set_quietly,
    state_of,
    take_key,
    take_out_quietly,
)
from .spec import relation_behind

_WAITING = "_portico_waiting"
_OTHER_KINDS = frozenset({"dynamic", "write_only"})


class RelationDescriptor(_MappedAttribute[Any]):
    """Stands in the class for SQLAlchemy's own attribute, which it keeps as ``attribute``."""

    def __init__(self, attribute: QueryableAttribute[Any], relation: RelationshipProperty[Any]) -> None:
        self.attribute = attribute
        self.relation = relation
        self.key = attribute.key
        self.__doc__ = relation.doc

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return PathAttribute(sa.inspect(owner), self.key)
        relation = self.relation
        if relation.uselist:
            many: Related[Any] = Related(instance, self.attribute, relation)
            return many
        held = instance.__dict__
        if self.key in held:
            target = held[self.key]
            if not holds_key(relation) or agrees(instance, key_pairs(relation), target):
                return target
            if self._is_absent(instance) if target is None else not is_stored(target):
                return target
        elif not is_stored(instance):
            return self.attribute.__get__(instance, owner)
        if holds_key(relation) and any(held.get(foreign, ...) is None for foreign, _ in key_pairs(relation)):
            return None
        raise relation_not_loaded(instance, relation)

    def __set__(self, instance: Any, value: Any) -> None:
        if self.relation.uselist:
            self._set_many(instance, list(value))
        else:
            self._set_one(instance, value)

    def _is_absent(self, instance: Any) -> bool:
        """Whether the target is known to be out of sight; refused where the relation may not be none."""
        relation = self.relation
        found = is_absent(instance, relation)
        if found and not any(column.nullable for column in relation.local_columns):
            raise NotFoundError(
                f"{relation.parent.class_.__name__}.{relation.key} refers to a "
                f"{relation.mapper.class_.__name__} that is deleted or out of reach."
            )
        return found

    def __delete__(self, instance: Any) -> None:
        self.attribute.__delete__(instance)

    def _set_one(self, instance: Any, value: Any) -> None:
        relation = self.relation
        if value is not None:
            _check_class(instance, relation, value)
        old = instance.__dict__.get(self.key)
        pairs = key_pairs(relation)
        if holds_key(relation) and (value is None or is_stored(value)):
            if value is None:
                drop_key(instance, pairs)
            else:
                take_key(instance, pairs, value)
            set_quietly(instance, relation, value)
        elif holds_key(relation):
            self.attribute.__set__(instance, value)
        else:
            self._set_far(instance, value, old)
        reverse = reverse_of(relation)
        if reverse is not None and old is not None and old is not value:
            take_out_quietly(old, reverse, instance)
        if reverse is not None and value is not None:
            put_quietly(value, reverse, instance)

    def _set_far(self, instance: Any, value: Any, old: Any) -> None:
        """A one-to-one whose other row holds the key: that row is what has to be saved."""
        pairs = key_pairs(self.relation)
        if old is not None and old is not value:
            drop_key(old, pairs)
        if value is not None and is_stored(instance):
            take_key(value, pairs, instance)
        attached = value is not None and not is_stored(value) and state_of(instance).session is not None
        if is_stored(instance) and not attached:
            set_quietly(instance, self.relation, value)
        else:
            self.attribute.__set__(instance, value)

    def _set_many(self, instance: Any, targets: list[Any]) -> None:
        if is_stored(instance) and self.key not in instance.__dict__:
            raise UsageError(
                f"{type(instance).__name__}.{self.key} is not loaded, so it cannot be replaced.",
                hint=f"Use await obj.{self.key}.set([…]), which needs no loading.",
            )
        refuse_foreign(instance, self.relation, targets)
        reverse = reverse_of(self.relation)
        before = list(instance.__dict__.get(self.key) or ())
        self.attribute.__set__(instance, targets)
        stored = is_stored(instance) and self.relation.secondary is None
        pairs = key_pairs(self.relation) if stored else ()
        for target in _without(before, targets):
            drop_key(target, pairs)
            if reverse is not None:
                take_out_quietly(target, reverse, instance)
        for target in targets:
            take_key(target, pairs, instance)
            if reverse is not None:
                put_quietly(target, reverse, instance)


def install_relations(cls: type[Any]) -> None:
    """Replace the relation attributes of a mapped class, and make the junction tables that can be made.

    Plain relations that are no lists (sets, dictionaries, ``write_only``) stay as SQLAlchemy made them.
    """
    mapper: Mapper[Any] = sa.inspect(cls)
    waiting: list[ModelRelationship] = mapper.registry.__dict__.setdefault(_WAITING, [])
    for key, own in list(cls.__dict__.items()):
        attribute: Any = own
        found = relation_behind(attribute) if isinstance(own, QueryableAttribute) else None
        if found is not None and _is_list_or_one(found):
            type.__setattr__(cls, key, RelationDescriptor(attribute, found))
            if isinstance(found, ModelRelationship) and found.parent is mapper:
                waiting.append(found)
    unprepared, waiting[:] = list(waiting), []
    waiting.extend(one for one in unprepared if not one.prepare_junction())


def relation(attribute: Any) -> QueryableAttribute[Any]:
    """SQLAlchemy's own attribute behind ``Post.author``, for ``selectinload`` and comparisons."""
    path = path_of(attribute) if isinstance(attribute, PathAttribute) else None
    if path is not None:
        return path.attribute
    plain: Any = attribute
    if isinstance(attribute, QueryableAttribute) and relation_behind(plain) is not None:
        return cast("QueryableAttribute[Any]", plain)
    raise UsageError(f"relation() takes a relation such as Post.author, not {attribute!r}.")


def _check_class(instance: Any, relation: RelationshipProperty[Any], value: Any) -> None:
    if not isinstance(value, relation.mapper.class_):
        raise UsageError(
            f"{type(instance).__name__}.{relation.key} takes a {relation.mapper.class_.__name__}, "
            f"not {type(value).__name__}."
        )


def _is_list_or_one(relation: RelationshipProperty[Any]) -> bool:
    collection = cast("Any", relation).collection_class
    return relation.lazy not in _OTHER_KINDS and (collection is None or collection is list)


def _without(several: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    left_out = {id(other) for other in others}
    return [one for one in several if id(one) not in left_out]

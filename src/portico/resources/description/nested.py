"""Bodies that are about more than one row: a post with its author, its tags and its comments.

    bodies = nested_bodies(resources, posts, most=100)
    bodies.create                       # PostCreateNested: PostCreate, author, tags, comments
    bodies.relations["tags"].create     # PostCreateTags: {"create": [TagCreate], "connect": [1, 2]}

What a relation takes depends on the relation and on what its target's policy offers to anybody:
``disconnect`` and ``set`` exist where a row can do without the other. Nesting ends after one level.
Raises `UnknownFieldError` for a relation that is not there, `ConfigurationError` for one that cannot be
written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from portico._kernel.suggest import did_you_mean
from portico.db.models import schemas_for
from portico.db.models.schemas import column_specs
from portico.db.relations import Shape, shape_of
from portico.errors import ConfigurationError, UnknownFieldError

from .links import Relation
from .registry import Resources
from .resource import Resource
from .schemas import absent_field, unsent

_WORDS: Final = re.compile(r"[A-Za-z0-9]+")


def _read_whole(value: Any) -> Any:
    """A number such as 1.0 is a whole one to JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_INTEGER: Final = Annotated[
    int,
    Field(strict=True, ge=-(2**63), le=2**63 - 1),
    BeforeValidator(_read_whole, json_schema_input_type=Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]),
]
_TEXT: Final = Annotated[str, Field(strict=True, max_length=1000)]
PREFIX: Final = "nested_"
"""What the fields of relations are called in Python: a relation may be called as anything."""


@dataclass(frozen=True, kw_only=True)
class NestedRelation:
    """One relation that a body may write along; ``child`` is what makes a row at its end."""

    relation: Relation
    target: Resource
    shape: Shape
    child: type[BaseModel] | None
    create: type[BaseModel]
    update: type[BaseModel]

    @property
    def name(self) -> str:
        """The relation."""
        return self.relation.name


@dataclass(frozen=True, kw_only=True)
class NestedBodies:
    """The bodies of one resource, with the relations that they may name."""

    create: type[BaseModel]
    update: type[BaseModel]
    relations: Mapping[str, NestedRelation]
    unlinked: int
    """How many links one ``set`` may take away."""


def nested_bodies(resources: Resources, resource: Resource, most: int, unlinked: int = 1_000) -> NestedBodies:
    """The bodies of a resource that was exposed with ``nested=``."""
    relations = {name: _relation(resources, resource, name, most) for name in resource.nested}
    given = {
        foreign
        for one in relations.values()
        if one.shape.holds_key and one.create.model_fields
        for foreign, _ in one.shape.pairs
    }
    added = {
        name: (one.create, _optional(name)) for name, one in relations.items() if one.create.model_fields
    }
    once = resource.rules.sealed("update")
    changed = {name: (one.update, _optional(name)) for name, one in relations.items() if name not in once}
    title, schemas = resource.title, resource.schemas
    return NestedBodies(
        create=adjusted(schemas.create, f"{title}CreateNested", optional=given, added=added),
        update=adjusted(schemas.update, f"{title}UpdateNested", added=changed),
        relations=relations,
        unlinked=unlinked,
    )


def check_nested(resources: Resources, resource: Resource) -> None:
    """Refuse a relation that a developer named and that no body can write along."""
    for name in resource.nested:
        if name not in resource.relations:
            raise UnknownFieldError(
                f"expose({resource.title}, nested=...): there is no relation {name!r}.",
                hint=did_you_mean(name, resource.relations),
            )
        if why := _obstacle(resources, resource, name):
            raise ConfigurationError(
                f"expose({resource.title}, nested=...): nothing can be written along {name!r}: {why}.",
                hint="Leave it out of nested=.",
            )


def key_type(resource: Resource) -> Any:
    """A key in a body: the value of the field, or the parts as they stand in a path."""
    whole = len(resource.key) == 1 and resource.columns[resource.key[0]].python_type is int
    return _INTEGER if whole else _TEXT


def owned_create(owner: Resource, relation: str, target: Resource, shape: Shape) -> type[BaseModel]:
    """What makes a row that belongs to another: as the target's own, and the foreign key may be left out."""
    foreign = () if shape.junction is not None else [name for name, _ in shape.pairs]
    return adjusted(target.schemas.create, f"{owner.title}{_pascal(relation)}Create", optional=foreign)


def junction_body(owner: Resource, relation: str, shape: Shape, junction: Resource | None) -> Any | None:
    """What a link says besides that it is there; None where it says nothing."""
    if shape.through is None:
        return None
    schema = junction.schemas.create if junction else schemas_for(shape.through).create
    link = {name for name, _ in (*shape.near, *shape.far)}
    if not {info.alias or name for name, info in schema.model_fields.items()} - link - _keys(shape):
        return None
    return adjusted(schema, f"{owner.title}{_pascal(relation)}Link", dropped=link | _keys(shape))


def required_of_link(shape: Shape) -> list[str]:
    """What a junction row needs besides the link itself."""
    link = {name for name, _ in (*shape.near, *shape.far)}
    if shape.through is None:
        columns = [] if shape.junction is None else list(shape.junction.columns)
        return [one.key for one in columns if one.key not in link and _is_required(one)]
    specs = column_specs(shape.through)
    return [name for name, spec in specs.items() if name not in link and spec.required]


def adjusted(
    schema: type[BaseModel],
    name: str,
    *,
    optional: Collection[str] = (),
    dropped: Collection[str] = (),
    added: Mapping[str, Any] = MappingProxyType({}),
) -> type[BaseModel]:
    """A schema with fields that may be left out, that no body may send, and that come on top."""
    changes: dict[str, Any] = {}
    for field, info in schema.model_fields.items():
        if (info.alias or field) in dropped:
            changes[field] = absent_field(info)
        elif (info.alias or field) in optional and info.is_required():
            changes[field] = (
                _whole(info),
                Field(
                    default_factory=unsent, alias=info.alias, title=info.title, description=info.description
                ),
            )
    changes |= {f"{PREFIX}{number}": field for number, field in enumerate(added.values())}
    if not changes:
        return schema
    made: type[BaseModel] = create_model(
        name, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **changes
    )
    return made


def _relation(resources: Resources, resource: Resource, name: str, most: int) -> NestedRelation:
    relation, shape = resource.relations[name], shape_of(resource.model, name)
    target = resources.target(resource, name)
    if target is None:
        raise UnknownFieldError(f"{relation.target.__name__} is not exposed.")
    child = _child(resource, relation, target, shape)
    fields = _fields(relation, target, child, most)
    verbs = _verbs(resources, relation, target, shape)
    at_first = [verb for verb in verbs if verb in ("create", "connect")]
    alone: dict[str, Any] = {"dependentSchemas": {"set": {"maxProperties": 1}}} if "set" in verbs else {}
    rules = alone if relation.many else {"maxProperties": 1}
    return NestedRelation(
        relation=relation,
        target=target,
        shape=shape,
        child=child if "create" in verbs else None,
        create=_body(
            f"{resource.title}Create{_pascal(name)}",
            target,
            {v: fields[v] for v in at_first},
            {} if relation.many else rules,
        ),
        update=_body(f"{resource.title}Update{_pascal(name)}", target, {v: fields[v] for v in verbs}, rules),
    )


def _verbs(resources: Resources, relation: Relation, target: Resource, shape: Shape) -> list[str]:
    """What a body may say of a relation, as far as anybody may do it."""
    possible = (
        ["create", "connect", "disconnect", "set"] if relation.many else ["create", "connect", "disconnect"]
    )
    refused: set[str] = set() if shape.optional else {"disconnect", "set"}
    if not target.allows("create", "create"):
        refused.add("create")
    if "read" not in target.operations:
        refused |= {"connect", "disconnect", "set"}
    foreign = () if shape.holds_key else [name for name, _ in shape.pairs]
    if foreign and (not target.allows("update", "update") or target.rules.sealed("update") & set(foreign)):
        refused |= {"connect", "disconnect", "set"}
    junction = resources.of(shape.through) if shape.through else None
    if shape.needs_rows if junction is None else not junction.key:
        return []
    if junction is not None and "create" not in junction.operations:
        refused |= {"create", "connect", "set"}
    if junction is not None and "delete" not in junction.operations:
        refused |= {"disconnect", "set"}
    return [verb for verb in possible if verb not in refused]


def _child(owner: Resource, relation: Relation, target: Resource, shape: Shape) -> type[BaseModel] | None:
    if "create" not in target.operations:
        return None
    schema = target.schemas.create
    if shape.junction is not None or shape.holds_key:
        return schema
    foreign = [name for name, _ in shape.pairs]
    return adjusted(schema, f"{owner.title}{_pascal(relation.name)}Item", dropped=foreign)


def _fields(
    relation: Relation, target: Resource, child: type[BaseModel] | None, most: int
) -> dict[str, tuple[Any, Any]]:
    key: Any = key_type(target)
    many: Any = Field(default_factory=unsent, max_length=most)
    one: Any = Field(default_factory=unsent)
    made: Any = child
    if relation.many:
        keys = (list[key], many)
        return {"create": (list[made], many), "connect": keys, "disconnect": keys, "set": keys}
    return {"create": (made, one), "connect": (key, one), "disconnect": (Literal[True], one)}


def _body(
    name: str, target: Resource, fields: Mapping[str, Any], rules: Mapping[str, Any]
) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1, **rules})
    made: type[BaseModel] = create_model(
        name, __config__=config, __module__=target.model.__module__, __doc__=_said(target), **fields
    )
    return made


def _said(target: Resource) -> str:
    return f"What happens to {target.name} along this relation."


def _obstacle(resources: Resources, resource: Resource, name: str) -> str | None:
    shape, target = shape_of(resource.model, name), resources.target(resource, name)
    if target is None:
        return f"{resource.relations[name].target.__name__} is not exposed"
    lacking = required_of_link(shape) if shape.junction is not None else []
    obstacles = {
        f"{target.name} have no key that may be read": not target.key,
        "it is only for reading": not shape.writable,
        "it is read-only": name in resource.rules.sealed("create"),
        f"a link needs {', '.join(lacking)}": bool(lacking),
        f"nobody may change {target.name}": not _verbs(resources, resource.relations[name], target, shape),
    }
    return next((why for why, is_so in obstacles.items() if is_so), None)


def _optional(name: str) -> Any:
    field: Any = Field(default_factory=unsent, alias=name)
    return field


def _whole(info: FieldInfo) -> Any:
    """The annotation of a field with everything that was said beside it."""
    annotation: Any = info.annotation
    return Annotated[annotation, *info.metadata] if info.metadata else annotation


def _keys(shape: Shape) -> set[str]:
    """The key of a junction row, where the database makes it."""
    specs = column_specs(shape.through) if shape.through else {}
    return {name for name, spec in specs.items() if spec.generated}


def _is_required(column: Any) -> bool:
    given = column.nullable or column.default is not None or column.server_default is not None
    return not given and column is not column.table.autoincrement_column


def _pascal(text: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in _WORDS.findall(text)) or "X"

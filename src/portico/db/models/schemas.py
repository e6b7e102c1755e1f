"""Pydantic classes for what goes in and comes out of a model: Create, Update, Read.

    User.Create(username="ann", password="…")     # what a client sends to make one
    User.Update(username="bea")                    # what a client sends to change one; all optional
    User.Read.model_validate(user)                 # what a client sees: no password, no secret

Their fields are final when the class statement ends. A model overrides or adds by nesting a class of the
same name: ``class Read(Model.Read): ...``. `schemas_for` gives the same three for any mapped class.

Read classes never refuse a stored value for its length or range: the checks belong to the way in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from types import GenericAlias, MappingProxyType, new_class
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from sqlalchemy import Column, inspect
from sqlalchemy.orm import ColumnProperty

from portico._kernel.suggest import unknown_name
from portico.db.fields import FieldSpec, spec_of
from portico.db.models.keys import mapper_of
from portico.errors import UsageError

FieldDefinition = tuple[Any, FieldInfo]
UNFINISHED = ConfigDict(defer_build=True)
"""Of a nested class: it gets its columns later, and until then its validators name fields that it lacks."""
SCHEMA_NAMES = ("Create", "Update", "Read")


class CreateSchema(BaseModel):
    """What a client sends to make a row; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, populate_by_name=False)

    if TYPE_CHECKING:  # the fields are made at run time, where type checkers do not see them

        def __init__(self, **values: Any) -> None: ...


class UpdateSchema(BaseModel):
    """What a client sends to change a row; only what is sent changes."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, populate_by_name=False)

    if TYPE_CHECKING:  # the fields are made at run time, where type checkers do not see them

        def __init__(self, **values: Any) -> None: ...


class ReadSchema(BaseModel):
    """What a client sees of a row."""

    __exclude__: ClassVar[tuple[str, ...]] = ()
    model_config = ConfigDict(from_attributes=True, serialize_by_alias=True, populate_by_name=False)


class Schemas:
    """The three schema classes of one mapped class, each made when it is first asked for."""

    def __init__(self, cls: type[Any], bodies: Mapping[str, type[BaseModel]] = MappingProxyType({})) -> None:
        self._cls = cls
        self._bodies = bodies

    @cached_property
    def create(self) -> type[BaseModel]:
        """What a client sends to make a row."""
        return self._made("Create", _create_field, _is_given)

    @cached_property
    def update(self) -> type[BaseModel]:
        """What a client sends to change a row."""
        return self._made("Update", _update_field, _is_changed)

    @cached_property
    def read(self) -> type[BaseModel]:
        """What a client sees."""
        return self._made("Read", _read_field, _is_shown)

    def is_plain(self, kind: str) -> bool:
        """Whether nobody has written a class of that name, so that all of it is known."""
        return kind not in self._bodies

    def _made(
        self, kind: str, field: Callable[[FieldSpec], FieldDefinition], wanted: Callable[[FieldSpec], bool]
    ) -> type[BaseModel]:
        specs = column_specs(self._cls)
        fields = {name: field(spec) for name, spec in specs.items() if wanted(spec)}
        return _make(self._cls, kind, fields, self._bodies.get(kind))


_BASES: dict[str, type[BaseModel]] = {"Create": CreateSchema, "Update": UpdateSchema, "Read": ReadSchema}
_specs: WeakKeyDictionary[type[Any], dict[str, FieldSpec]] = WeakKeyDictionary()
_made: WeakKeyDictionary[type[Any], Schemas] = WeakKeyDictionary()
_with_relations: WeakKeyDictionary[type[Any], dict[tuple[str, ...], type[BaseModel]]] = WeakKeyDictionary()


def column_specs(cls: type[Any]) -> dict[str, FieldSpec]:
    """The specs of all columns, by attribute name, in the order of declaration; not to be changed."""
    found = _specs.get(cls)
    if found is None:
        mapper = mapper_of(cls)
        # The mapper's own list of attributes would resolve relations, whose targets may not exist yet.
        found = {
            name: _spec(cast("ColumnProperty[Any]", mapper.get_property_by_column(column)))
            for name, column in mapper.columns.items()
        }
        _specs[cls] = found
    return found


def _spec(prop: ColumnProperty[Any]) -> FieldSpec:
    """Where a joined class repeats the key of its base, the base says how the key is made."""
    if len(prop.columns) == 1:
        return spec_of(prop)
    return replace(spec_of(cast("Column[Any]", prop.columns[-1])), name=prop.key)


def schemas_for(cls: type[Any]) -> Schemas:
    """Create, Update and Read of any mapped class; those of a model are the ones on the class."""
    if cls not in _made:
        _made[cls] = Schemas(cls)
    return _made[cls]


def install_schemas(cls: type[Any], bodies: Mapping[str, type[BaseModel]]) -> None:
    """Make the schemas of a model and put them on the class."""
    made = _made[cls] = Schemas(cls, bodies)
    for name, schema in zip(SCHEMA_NAMES, (made.create, made.update, made.read), strict=True):
        schema.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, schema)


def _make(
    cls: type[Any], kind: str, fields: dict[str, FieldDefinition], body: type[BaseModel] | None
) -> type[BaseModel]:
    name = f"{cls.__name__}{kind}"
    dropped = getattr(body, "__exclude__", ())
    definitions: dict[str, Any] = {
        _safe_name(key): field for key, field in fields.items() if key not in dropped
    }
    doc = f"{kind} schema of {cls.__name__}."
    base = create_model(name, __base__=_BASES[kind], __module__=cls.__module__, __doc__=doc, **definitions)
    if body is None:
        return base
    return new_class(
        name,
        (body, base),
        exec_body=lambda ns: ns.update(
            __module__=cls.__module__,
            __doc__=body.__doc__ or doc,
            model_config=ConfigDict(defer_build=False),
        ),
    )


def _safe_name(key: str) -> str:
    """A field name that Pydantic takes: its own attributes and leading underscores need an alias."""
    if key.startswith(("_", "model_")):
        return f"field_{key.lstrip('_')}"
    return f"{key}_" if hasattr(BaseModel, key) else key


def _is_given(spec: FieldSpec) -> bool:
    by_itself = spec.read_only or spec.auto_now or spec.auto_now_add or spec.generated or spec.version
    return not (spec.secret or by_itself)


def _is_changed(spec: FieldSpec) -> bool:
    return (_is_given(spec) or spec.version) and not spec.primary_key


def _is_shown(spec: FieldSpec) -> bool:
    return not (spec.secret or spec.internal or spec.write_only)


def _described(spec: FieldSpec, **more: Any) -> FieldInfo:
    return cast(
        "FieldInfo",
        Field(
            title=spec.title,
            description=spec.description or spec.comment or None,
            alias=spec.name if _safe_name(spec.name) != spec.name else None,
            **more,
        ),
    )


def _create_field(spec: FieldSpec) -> FieldDefinition:
    if spec.required:
        return spec.annotation, _described(spec)
    if spec.has_default and spec.default is not None and not callable(spec.default):
        return spec.annotation, _described(spec, default=spec.default)
    return spec.annotation, _described(spec, default_factory=_unsent)


def _update_field(spec: FieldSpec) -> FieldDefinition:
    return spec.annotation, _described(spec, default_factory=_unsent)


def _unsent() -> None:
    """What a field reads as that was not sent; ``model_fields_set`` tells it from a null that was."""


def _read_field(spec: FieldSpec) -> FieldDefinition:
    annotation = spec.read_annotation
    return annotation, _described(spec)


def read_schema(cls: type[Any], *relations: str) -> type[BaseModel]:
    """The Read class with relations nested to the depth that the paths say: ``author``, ``author.posts``."""
    paths = tuple(sorted({path.replace("__", ".") for path in relations}))
    if not paths:
        return schemas_for(cls).read
    cache = _with_relations.setdefault(cls, {})
    if paths not in cache:
        cache[paths] = _nest(cls, paths)
    return cache[paths]


def shown(instance: Any, schema: type[BaseModel]) -> BaseModel:
    """An object as its Read schema; what was not loaded or saved is told as by the object itself."""
    try:
        return schema.model_validate(instance)
    except ValidationError as error:
        if inspect(instance).key is None:
            raise UsageError(
                f"This {type(instance).__name__} is not in the database yet, and lacks what that will add.",
                hint="Save it first: await obj.save().",
            ) from error
        for name, field in schema.model_fields.items():
            value: object = getattr(instance, field.alias or name, None)  # raises what Pydantic has wrapped
            if isinstance(value, Iterable):
                iter(cast("Iterable[object]", value))
        raise


def _nest(cls: type[Any], paths: tuple[str, ...]) -> type[BaseModel]:
    deeper: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        deeper.setdefault(head, []).extend([rest] if rest else [])
    relationships = mapper_of(cls).relationships
    nested: dict[str, Any] = {}
    for name, inner in deeper.items():
        if name not in relationships:
            raise unknown_name(f"{cls.__name__} has no relation {name!r}.", name, relationships.keys())
        prop = relationships[name]
        target = read_schema(prop.mapper.class_, *inner)
        nested[name] = (GenericAlias(list, (target,)) if prop.uselist else target | None, ...)
    suffix = "And".join("".join(part.title() for part in path.replace(".", "_").split("_")) for path in paths)
    base = schemas_for(cls).read
    return create_model(f"{base.__name__}With{suffix}", __base__=base, __module__=cls.__module__, **nested)

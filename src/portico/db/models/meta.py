"""The metaclass that turns a class body into a SQLAlchemy mapped class.

    class User(Model):
        username: Mapped[str] = StringField(max_length=50)

    ModelMeta.registry["User"]      # every concrete model, by name

When the class statement ends, the class is mapped, its relations and columns are guarded against reading
what was not loaded, and its schemas exist. Raises `ConfigurationError` for a body that cannot work.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeGuard, cast

from pydantic import BaseModel
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, MappedColumn, Mapper, RelationshipProperty, registry
from sqlalchemy.types import NullType

from portico.db.fields import NAMING_CONVENTION
from portico.db.models.options import ModelOptions, read_options
from portico.db.models.refusals import explained, refuse_body, refuse_taken_table
from portico.db.models.schemas import SCHEMA_NAMES, install_schemas
from portico.db.relations import guard_columns, install_relations, redeclare
from portico.db.session import register_metadata
from portico.errors import ConfigurationError

DEFAULT_METADATA = MetaData(naming_convention=NAMING_CONVENTION)
"""Where the tables of models stand that name no other; ``Model.metadata`` for Alembic."""

_registries: dict[MetaData, registry] = {}
_ROOTS = "portico.db.models.model"


def registry_of(metadata: MetaData) -> registry:
    """The SQLAlchemy registry of a metadata; models on one metadata find each other by class name."""
    if metadata not in _registries:
        if not metadata.naming_convention or "pk" not in metadata.naming_convention:
            metadata.naming_convention = NAMING_CONVENTION
        _registries[metadata] = registry(metadata=metadata)
        register_metadata(metadata)
    return _registries[metadata]


class ModelMeta(type):
    """The metaclass of `Model` and `DjangoModel`."""

    registry: ClassVar[dict[str, type[Any]]] = {}
    __portico_options__: ModelOptions

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> ModelMeta:
        """Read the options, then map the class unless it is abstract."""
        if namespace.get("__module__") == _ROOTS:
            return super().__new__(mcs, name, bases, namespace, **kwargs)
        refuse_body(name, bases, namespace)
        options = read_options(name, namespace, bases)
        namespace["__portico_options__"] = options
        namespace["__portico_ordering__"] = tuple(options.ordering)
        namespace["__portico_loading__"] = options.loading
        namespace["metadata"] = options.metadata if options.metadata is not None else DEFAULT_METADATA
        bodies = namespace["__portico_bodies__"] = _schema_bodies(name, bases, namespace)
        if options.abstract:
            namespace["__abstract__"] = True
            _keep_relations(namespace)
            return super().__new__(mcs, name, bases, namespace, **kwargs)
        namespace["__abstract__"] = False
        _inherit_relations(bases, namespace)
        _annotate_references(namespace)
        if not any(_is_mapped(base) for base in bases) or "table" in vars(namespace.get("Meta", object)):
            namespace.setdefault("__tablename__", options.table)
            inherited = "Meta" not in namespace or namespace["Meta"].__mro__[1] is not object
            arguments = options.table_args(inherited=inherited, renamed=_renamed(bases, namespace))
            namespace.setdefault("__table_args__", arguments)
        for key in SCHEMA_NAMES:
            namespace.pop(key, None)
        cls = super().__new__(mcs, name, bases, namespace, **kwargs)
        _map(cls, options)
        install_schemas(cls, bodies)
        return cls

    def __repr__(cls) -> str:
        """The class with its table, as it reads best in messages."""
        table = getattr(cls, "__tablename__", None)
        return f"<model {cls.__name__}{f' ({table})' if table else ''}>"


def _map(cls: ModelMeta, options: ModelOptions) -> None:
    orm = registry_of(options.metadata if options.metadata is not None else DEFAULT_METADATA)
    if "__tablename__" in vars(cls) and not hasattr(cls, "__table__"):
        refuse_taken_table(cls.__name__, vars(cls)["__tablename__"], options.schema, orm)
    with explained(cls.__name__, [name for name in dir(cls) if _is_column(getattr(cls, name, None))]):
        orm.map_declaratively(cast("type[Any]", cls))
    install_relations(cls)
    guard_columns(cls)
    ModelMeta.registry[cls.__name__] = cls


def _is_mapped(base: type) -> bool:
    return isinstance(base.__dict__.get("__mapper__"), Mapper)


def _renamed(bases: tuple[type, ...], namespace: dict[str, Any]) -> dict[str, str]:
    """The columns that have another name than their attribute."""
    bodies = [vars(cls) for base in reversed(bases) for cls in reversed(base.__mro__)]
    columns = {
        key: value.column.name or key
        for body in (*bodies, namespace)
        for key, value in body.items()
        if _is_column(value)
    }
    return {key: name for key, name in columns.items() if key not in columns.values()}


def _schema_bodies(
    name: str, bases: tuple[type, ...], namespace: dict[str, Any]
) -> dict[str, type[BaseModel]]:
    """The nested schema classes of this body, and of its bases where it has none of its own."""
    found: dict[str, type[BaseModel]] = {}
    for base in reversed(bases):
        found |= getattr(base, "__portico_bodies__", {})
    for kind in SCHEMA_NAMES:
        own = namespace.get(kind)
        if own is None:
            continue
        if not (isinstance(own, type) and issubclass(own, BaseModel)):
            raise ConfigurationError(
                f"{name}.{kind} is the name of a schema.",
                hint=f"Write class {kind}(Model.{kind}): … to change the schema, or rename the attribute.",
            )
        found[kind] = own
    return found


def _keep_relations(namespace: dict[str, Any]) -> None:
    """SQLAlchemy drops relations of abstract classes silently; we hand them on to each child instead."""
    annotations: dict[str, Any] = namespace.get("__annotations__", {})
    kept: dict[str, tuple[RelationshipProperty[Any], Any]] = {}
    for key, value in [*namespace.items()]:
        if _is_declared_relation(value):
            kept[key] = (value, annotations.get(key))
            del namespace[key]
    namespace["__portico_relations__"] = kept


def _annotate_references(namespace: dict[str, Any]) -> None:
    """A foreign key to a class that comes later has no type yet; SQLAlchemy wants one to begin with."""
    annotations = namespace.setdefault("__annotations__", {})
    for key, value in namespace.items():
        if _is_column(value) and not value.foreign_keys and isinstance(value.column.type, NullType):
            annotations.setdefault(key, Mapped[int])


def _is_column(value: object) -> TypeGuard[MappedColumn[Any]]:
    return isinstance(value, MappedColumn)


def _is_declared_relation(value: Any) -> TypeGuard[RelationshipProperty[Any]]:
    return isinstance(value, RelationshipProperty) and "portico" in value.info


def _inherit_relations(bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
    for base in bases:
        for ancestor in base.__mro__:
            for key, (declared, annotation) in vars(ancestor).get("__portico_relations__", {}).items():
                if key not in namespace:
                    namespace[key] = redeclare(declared)
                    if annotation is not None:
                        namespace.setdefault("__annotations__", {})[key] = annotation

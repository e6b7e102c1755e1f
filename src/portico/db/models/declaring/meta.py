"""The metaclass that turns a class body into a SQLAlchemy mapped class.

    class User(Model):
        username: Mapped[str] = StringField(max_length=50)

    ModelMeta.registry["User"]      # every concrete model, by name

When the class statement ends, the class is mapped, its relations and columns are guarded against reading
what was not loaded, and its schemas exist. Raises `ConfigurationError` for a body that cannot work.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeGuard, cast

from pydantic import BaseModel
from sqlalchemy import MetaData
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import InspectionAttr, Mapped, MappedColumn, Mapper, RelationshipProperty, registry
from sqlalchemy.orm import exc as orm_exc
from sqlalchemy.types import NullType

from portico._kernel.suggest import did_you_mean
from portico.db.fields import NAMING_CONVENTION
from portico.db.models import hooks
from portico.db.models.schemas import SCHEMA_NAMES, install_schemas
from portico.db.relations import guard_columns, install_relations, redeclare
from portico.db.session import register_metadata
from portico.errors import ConfigurationError

from .options import ModelOptions, read_options
from .parts import parts_of, refuse_hidden
from .undoing import undone_if_refused

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
        _refuse_body(name, bases, namespace)
        hooks.begin(name, bases, namespace)
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
        refuse_hidden(name, bases, namespace)
        parts = parts_of(bases)
        for part in parts:
            part.prepare(name, bases, namespace)
        options = namespace["__portico_options__"]
        _inherit_relations(bases, namespace)
        _annotate_references(namespace)
        if not any(_is_mapped(base) for base in bases) or "table" in vars(namespace.get("Meta", object)):
            _name_table(options, bases, namespace)
        for key in SCHEMA_NAMES:
            namespace.pop(key, None)
        cls = super().__new__(mcs, name, bases, namespace, **kwargs)
        orm = registry_of(options.metadata if options.metadata is not None else DEFAULT_METADATA)
        with undone_if_refused(cls, orm):
            _map(cls, options, orm)
            install_schemas(cls, bodies)
            for part in parts:
                part.mapped(cls)
        ModelMeta.registry[name] = cls
        return cls

    def __repr__(cls) -> str:
        """The class with its table, as it reads best in messages."""
        table = getattr(cls, "__tablename__", None)
        return f"<model {cls.__name__}{f' ({table})' if table else ''}>"


def _map(cls: ModelMeta, options: ModelOptions, orm: registry) -> None:
    if "__tablename__" in vars(cls) and not hasattr(cls, "__table__"):
        _refuse_taken_table(cls.__name__, vars(cls)["__tablename__"], options.schema, orm)
    with _explained(cls.__name__, [name for name in dir(cls) if _is_column(getattr(cls, name, None))]):
        orm.map_declaratively(cast("type[Any]", cls))
    install_relations(cls)
    guard_columns(cls)


def _name_table(options: ModelOptions, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
    namespace.setdefault("__tablename__", options.table)
    inherited = "Meta" not in namespace or namespace["Meta"].__mro__[1] is not object
    arguments = options.table_args(inherited=inherited, renamed=_renamed(bases, namespace))
    namespace.setdefault("__table_args__", arguments)


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


def _refuse_body(name: str, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> None:
    """A column called ``save`` would hide the method ``save``; a helper not called makes no column."""
    annotations: Mapping[str, Any] = namespace.get("__annotations__", {})
    for key, value in namespace.items():
        if callable(value) and getattr(value, "__module__", "").startswith("portico.db.fields"):
            raise ConfigurationError(
                f"{name}.{key} is a field helper that is not called.",
                hint=f"Write {key} = {getattr(value, '__name__', 'Field')}(…).",
            )
    columns = [key for key, value in namespace.items() if isinstance(value, (MappedColumn, InspectionAttr))]
    columns += [key for key, said in annotations.items() if key not in namespace and "Mapped[" in str(said)]
    for key in columns:
        owner = next((cls for base in bases for cls in base.__mro__ if _is_ours(cls, key)), None)
        if owner is None:
            continue
        taken = getattr(owner, key)
        if callable(taken) or isinstance(taken, MetaData):
            what = f"the method {owner.__name__}.{key}()" if callable(taken) else f"{owner.__name__}.{key}"
            raise ConfigurationError(
                f"{name}.{key} would hide {what}.",
                hint=f'Rename the attribute and keep the column: {key}_ = …Field(column_name="{key}").',
            )


def _is_ours(cls: type, key: str) -> bool:
    return key in vars(cls) and cls.__module__.startswith("portico.")


def _refuse_taken_table(name: str, table: str, schema: str | None, orm: registry) -> None:
    """Two classes over one table are a copy by mistake, or inheritance that was not said."""
    key = f"{schema}.{table}" if schema else table
    if key not in orm.metadata.tables:
        return
    owner = next(
        (m.class_.__name__ for m in orm.mappers if m.local_table is orm.metadata.tables[key]), "another"
    )
    raise ConfigurationError(
        f"{name} would have the table {key!r}, which {owner} has already.",
        hint='Name another: class Meta: table = "…". Or inherit from the model that has the table.',
    )


@contextmanager
def _explained(name: str, names: Collection[str]) -> Generator[None]:
    """Give what SQLAlchemy has against a class as our error, with the cure where it is known."""
    try:
        yield
    except (sa_exc.ArgumentError, sa_exc.InvalidRequestError, orm_exc.MappedAnnotationError) as error:
        text = str(error).splitlines()[0]
        if "could not assemble any primary key" in text:
            raise ConfigurationError(
                f"{name} has no primary key.",
                hint="Add one: id: Mapped[int] = IntegerField(primary_key=True). "
                "A base without a table says class Meta: abstract = True.",
            ) from error
        if (missing := re.search(r"no column named '(.*?)'", text)) is not None:
            raise ConfigurationError(
                f"{name}.Meta names a column {missing[1]!r} that {name} does not have.",
                hint=did_you_mean(missing[1], names),
            ) from error
        raise ConfigurationError(f"{name} cannot be mapped: {text}", hint=_cure(error)) from error


def _cure(error: Exception) -> str | None:
    if isinstance(error, sa_exc.DuplicateColumnError):
        return "Two attributes name one column; give one of them another column_name=."
    if isinstance(error, orm_exc.MappedAnnotationError):
        return "Annotate columns as Mapped[type], with a type that is imported at module level."
    return None

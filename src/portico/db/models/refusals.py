"""Class bodies that cannot become a model, refused with the cure instead of a mapper's traceback.

refuse_body("Post", bases, namespace)                 # before the class is made
with explained("Post", names): orm.map_declaratively(cls)

Raises `ConfigurationError`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import InspectionAttr, MappedColumn, registry
from sqlalchemy.orm import exc as orm_exc

from portico._kernel.suggest import did_you_mean
from portico.errors import ConfigurationError


def refuse_body(name: str, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> None:
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


def refuse_taken_table(name: str, table: str, schema: str | None, orm: registry) -> None:
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
def explained(name: str, names: Collection[str]) -> Generator[None]:
    """Give what SQLAlchemy has against a class as our error, with the cure where it is known."""
    try:
        yield
    except (sa_exc.ArgumentError, sa_exc.InvalidRequestError, orm_exc.MappedAnnotationError) as error:
        text = str(error).splitlines()[0]
        if "could not assemble any primary key" in text:
            raise ConfigurationError(
                f"{name} has no primary key.",
                hint="Add one: id: Mapped[int] = IntegerField(primary_key=True).",
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

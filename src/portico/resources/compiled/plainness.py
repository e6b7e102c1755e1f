"""Whether a Read schema shows its columns and nothing else, so that its documents need no Pydantic.

    shown_columns(posts)        # ("id", "title"), in the order of the document

Raises `NoWriterError`, with the reason, for a schema with code of the application in it or with names and
types of its own.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portico.db.compiled import NoWriterError
from portico.resources.description import Resource

_HARMLESS: Final = frozenset(
    {
        "title",
        "defer_build",
        "json_schema_extra",
        "use_attribute_docstrings",
        "protected_namespaces",
        "frozen",
    }
)
"""Settings of a schema that change no document."""
_OURS: Final = {"from_attributes": True, "serialize_by_alias": True, "populate_by_name": False}
_METHODS: Final = (
    "__init__",
    "__iter__",
    "__getattribute__",
    "__get_pydantic_core_schema__",
    "model_construct",
    "model_dump",
    "model_post_init",
    "model_validate",
)
_DECORATED: Final = {
    "validators": "validators",
    "field_validators": "validators",
    "root_validators": "validators",
    "model_validators": "validators",
    "field_serializers": "serializers",
    "model_serializers": "serializers",
    "computed_fields": "computed fields",
}


def shown_columns(resource: Resource) -> tuple[str, ...]:
    """The columns that the Read schema shows, in the order of the document."""
    schema = resource.schemas.read
    _refuse_code(schema)
    _refuse_settings(schema)
    if resource.embedded:
        raise NoWriterError("its Read schema shows relations")
    shown: list[str] = []
    for field, info in schema.model_fields.items():
        if info.exclude:
            continue
        _refuse_own_ways(resource, field, info)
        shown.append(info.alias or field)
    return tuple(shown)


def hides_columns(resource: Resource) -> bool:
    """Whether the schema looks at columns that it does not show."""
    fields = resource.schemas.read.model_fields.items()
    return any(info.exclude and (info.alias or field) in resource.columns for field, info in fields)


def _refuse_code(schema: type[BaseModel]) -> None:
    decorated = schema.__pydantic_decorators__
    for kind, name in _DECORATED.items():
        if getattr(decorated, kind):
            raise NoWriterError(f"its Read schema has {name} of its own")
    for name in _METHODS:
        if _function(schema, name) is not _function(BaseModel, name):
            raise NoWriterError(f"its Read schema has a {name} of its own")


def _refuse_settings(schema: type[BaseModel]) -> None:
    for name, value in schema.model_config.items():
        if name not in _HARMLESS and value is not None and _OURS.get(name) is not value:
            raise NoWriterError(f"its Read schema is configured with {name}")


def _refuse_own_ways(resource: Resource, field: str, info: FieldInfo) -> None:
    """A field is shown under the column's name, as the column's own type, and always."""
    name = info.alias or field
    if name not in resource.fields:
        raise NoWriterError(f"its Read schema shows {name!r}, which is no column")
    if (info.validation_alias or name, info.serialization_alias or name) != (name, name):
        raise NoWriterError(f"its Read schema shows {name!r} under another name")
    usual = FieldInfo.from_annotation(resource.fields[name].read_annotation)
    if info.annotation != usual.annotation or list(info.metadata) != list(usual.metadata):
        raise NoWriterError(f"its Read schema shows {name!r} as a type of its own")
    if getattr(info, "exclude_if", None) is not None or info.discriminator is not None:
        raise NoWriterError(f"its Read schema shows {name!r} in a way of its own")


def _function(schema: type[BaseModel], name: str) -> Any:
    found = getattr(schema, name, None)
    return getattr(found, "__func__", found)

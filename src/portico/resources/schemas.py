"""The schemas of a class without the fields that are hidden from outside.

    shown_schemas(User, hidden={"notes"}).read.model_fields     # no "notes"

Nothing hidden: the schemas of the class themselves. Otherwise copies of them, of the same names, so that
documents and clients see one ``UserRead``.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, create_model

from portico.db.models import Schemas, schemas_for


def shown_schemas(model: type[Any], hidden: frozenset[str]) -> Schemas:
    """Create, Update and Read without hidden fields."""
    schemas = schemas_for(model)
    if not hidden:
        return schemas
    return Schemas(*(_without(schema, hidden) for schema in (schemas.create, schemas.update, schemas.read)))


def _without(schema: type[BaseModel], hidden: frozenset[str]) -> type[BaseModel]:
    kept: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in schema.model_fields.items()
        if (info.alias or name) not in hidden
    }
    if len(kept) == len(schema.model_fields):
        return schema
    made: type[BaseModel] = create_model(
        schema.__name__,
        __config__=schema.model_config,
        __module__=schema.__module__,
        __doc__=schema.__doc__,
        **kept,
    )
    return made

"""Models: one class statement gives the table, the schemas and the calls."""

from portico.db.models.bulk import bulk_delete, bulk_insert, bulk_load, bulk_update
from portico.db.models.keys import column_type, key_attributes, key_of, mapper_of, unique_keys
from portico.db.models.meta import ModelMeta
from portico.db.models.model import AbstractModel, DjangoModel, Model
from portico.db.models.options import ModelOptions
from portico.db.models.schemas import Schemas, column_specs, schemas_for
from portico.db.models.writing import (
    delete,
    insert,
    moving_columns,
    refresh,
    update,
    watches_assignment,
)

__all__ = [
    "AbstractModel",
    "DjangoModel",
    "Model",
    "ModelMeta",
    "ModelOptions",
    "Schemas",
    "bulk_delete",
    "bulk_insert",
    "bulk_load",
    "bulk_update",
    "column_specs",
    "column_type",
    "delete",
    "insert",
    "key_attributes",
    "key_of",
    "mapper_of",
    "moving_columns",
    "refresh",
    "schemas_for",
    "unique_keys",
    "update",
    "watches_assignment",
]

"""Models: one class statement gives the table, the schemas and the calls."""

from portico.db.models.bulk import bulk_delete, bulk_insert, bulk_load, bulk_update
from portico.db.models.declaring import ModelMeta, ModelOptions, Part
from portico.db.models.hooks import (
    Writing,
    Written,
    post_delete,
    post_save,
    post_update,
    pre_delete,
    pre_save,
    pre_update,
)
from portico.db.models.keys import column_type, key_attributes, key_here, key_of, mapper_of, unique_keys
from portico.db.models.model import AbstractModel, DjangoModel, Model
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
    "Part",
    "Schemas",
    "Writing",
    "Written",
    "bulk_delete",
    "bulk_insert",
    "bulk_load",
    "bulk_update",
    "column_specs",
    "column_type",
    "delete",
    "insert",
    "key_attributes",
    "key_here",
    "key_of",
    "mapper_of",
    "moving_columns",
    "post_delete",
    "post_save",
    "post_update",
    "pre_delete",
    "pre_save",
    "pre_update",
    "refresh",
    "schemas_for",
    "unique_keys",
    "update",
    "watches_assignment",
]

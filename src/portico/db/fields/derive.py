"""Facts about columns that we did not make."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import Column

from .spec import FieldSpec


def spec_of(attr: Any) -> FieldSpec:
    """The FieldSpec of a column or column property."""
    column: Column[Any] = attr if isinstance(attr, Column) else attr.columns[0]
    name = column.key if isinstance(attr, Column) else attr.key
    made = column.info.get("portico")
    if isinstance(made, FieldSpec):
        return dataclasses.replace(made, name=name, column_name=column.name, nullable=bool(column.nullable))
    try:
        python_type: Any = column.type.python_type
    except NotImplementedError:
        python_type = Any
    return FieldSpec(name=name, column_name=column.name, python_type=python_type, nullable=bool(column.nullable),
        primary_key=column.primary_key, max_length=getattr(column.type, "length", None), has_default=column.default is not None,
        server_default=column.server_default is not None, foreign_key=bool(column.foreign_keys),
        generated=column.primary_key and python_type is int and not column.foreign_keys)

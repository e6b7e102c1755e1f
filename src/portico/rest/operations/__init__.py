"""The operations of the REST door, a family to a module."""

from .aggregating import aggregating_operations
from .exporting import exporting_operations
from .incrementing import incrementing_operations
from .linking import linking_operations
from .many import bulk_operations, mass_operations, upsert_operations
from .operation import Operation, endpoint
from .querying import querying_operations
from .reading import reading_operations
from .relations import relation_operations
from .trash import trash_operations
from .writing import writing_operations

__all__ = [
    "Operation",
    "aggregating_operations",
    "bulk_operations",
    "endpoint",
    "exporting_operations",
    "incrementing_operations",
    "linking_operations",
    "mass_operations",
    "querying_operations",
    "reading_operations",
    "relation_operations",
    "trash_operations",
    "upsert_operations",
    "writing_operations",
]

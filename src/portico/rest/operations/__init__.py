"""The operations of the REST door, a family to a module."""

from .operation import Operation, endpoint
from .reading import reading_operations
from .writing import writing_operations

__all__ = ["Operation", "endpoint", "reading_operations", "writing_operations"]

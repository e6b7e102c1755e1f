"""What a resource is: its fields, relations, key, schemas and policy, and the closed set of all of them."""

from .links import Reference, Relation
from .registry import Resources
from .resource import Exposure, Resource, path_name
from .schemas import ShownSchemas

__all__ = ["Exposure", "Reference", "Relation", "Resource", "Resources", "ShownSchemas", "path_name"]

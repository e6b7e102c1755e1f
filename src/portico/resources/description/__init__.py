"""What a resource is: its fields, relations, key, schemas and policy, and the closed set of all of them."""

from .links import Reference, Relation
from .nested import (
    NestedBodies,
    NestedRelation,
    check_nested,
    junction_body,
    key_type,
    nested_bodies,
    owned_create,
    required_of_link,
)
from .registry import Resources
from .resource import Exposure, Resource, WriterChoice, path_name
from .schemas import ShownSchemas

__all__ = [
    "Exposure",
    "NestedBodies",
    "NestedRelation",
    "Reference",
    "Relation",
    "Resource",
    "Resources",
    "ShownSchemas",
    "WriterChoice",
    "check_nested",
    "junction_body",
    "key_type",
    "nested_bodies",
    "owned_create",
    "path_name",
    "required_of_link",
]

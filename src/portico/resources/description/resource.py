"""A model as seen from outside, without a transport: fields, relations, key, schemas, policy.

    posts = describe(Post, policy="public", include=["author"])
    posts.name, posts.key        # ("posts", ("id",))

Works on any mapped class: Portico models, plain SQLAlchemy classes, reflected tables. REST and the doors
that follow render this description and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portico.access import OPERATIONS, Operation, Policy
from portico.db.fields import FieldSpec
from portico.db.query import Kind

from .links import Reference, Relation
from .schemas import ShownSchemas

_OUTSIDE_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """One exposed class; ``fields`` are the columns that may be read, filtered and sorted.

    ``embedded`` are relations that the Read schema itself shows. ``identity`` is the primary key; ``key`` is
    the same where all of it may be read, and empty where rows can be listed but not addressed.
    ``unique_keys`` are the keys that a client can read and write, by their names joined by commas.
    """

    name: str
    model: type[Any]
    policy: Policy
    schemas: ShownSchemas
    identity: tuple[str, ...]
    key: tuple[str, ...]
    unique_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], repr=False)
    fields: Mapping[str, FieldSpec]
    kinds: Mapping[str, Kind] = field(repr=False)
    columns: Mapping[str, FieldSpec] = field(repr=False)
    relations: Mapping[str, Relation]
    references: tuple[Reference, ...] = ()
    operations: frozenset[Operation] = frozenset(OPERATIONS)
    include: tuple[tuple[str, ...], ...] = ()
    embedded: tuple[tuple[str, ...], ...] = ()
    search: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    database: str | None = None
    description: str | None = None
    dependencies: tuple[Any, ...] = ()
    dialect: Any = None

    @cached_property
    def known_names(self) -> frozenset[str]:
        """The fields that a client may read or write; errors name no others."""
        schemas = (self.schemas.create, self.schemas.update)
        written = (info.alias or name for one in schemas for name, info in one.model_fields.items())
        return (frozenset(self.fields) | frozenset(written)) - self.hidden

    @property
    def title(self) -> str:
        """The singular name: that of the class."""
        return self.model.__name__


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What a developer says of a class in `expose()`; names are checked by `describe`."""

    model: type[Any]
    policy: Policy
    name: str | None = None
    include: Sequence[str] = ()
    search: Sequence[str] = ()
    hidden: Sequence[str] = ()
    read_only: bool = False
    tags: Sequence[str] | None = None
    dependencies: Sequence[Any] = ()
    dialect: Any = None


def path_name(name: str) -> str:
    """A table's name as a path segment: characters outside ``[A-Za-z0-9_-]`` become ``_``."""
    return _OUTSIDE_NAMES.sub("_", name)

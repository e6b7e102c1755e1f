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
from typing import Any, Literal

from portico.access import NO_RULES, OPERATIONS, FieldRules, Operation, Policy, Write
from portico.db.fields import FieldSpec
from portico.db.models import mapper_of, unique_keys
from portico.db.query import Kind
from portico.resources.hooks import NO_HOOKS, HookRunner, Hooks, Written

from .links import Reference, Relation
from .schemas import ShownSchemas

WriterChoice = Literal["auto", "rows", "documents", "pydantic"]
"""Rows in this process, documents by the database, or objects and their schemas as on the general path."""
_OUTSIDE_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """One exposed class; ``fields`` are the columns that may be read, filtered and sorted.

    ``embedded`` are relations that the Read schema itself shows. ``identity`` is the primary key; ``key`` is
    the same where all of it may be read, and empty where rows can be listed but not addressed.
    """

    name: str
    model: type[Any]
    policy: Policy
    schemas: ShownSchemas
    identity: tuple[str, ...]
    key: tuple[str, ...]
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
    version: str | None = None
    """The column that moves with every change, when there is one; entity tags are made of it."""
    require_if_match: bool = False
    cache_control: str | None = None
    writer: WriterChoice = "auto"
    """How rows become JSON: the fastest way that is known to be exact, or the one that was asked for."""
    rules: FieldRules = NO_RULES
    hooks: HookRunner = NO_HOOKS
    nested: tuple[str, ...] = ()
    """The relations that bodies may write along."""
    kinds_offered: frozenset[str] | None = None
    """The operations of a door that are offered; None for all that the policy allows."""
    more_dependencies: Mapping[str, tuple[Any, ...]] = field(
        default_factory=dict[str, tuple[Any, ...]], repr=False
    )
    """Dependencies of single operations."""

    def allows(self, right: Operation, kind: str) -> bool:
        """Whether anybody may do something, in a kind of operation that was not left out."""
        return right in self.operations and (self.kinds_offered is None or kind in self.kinds_offered)

    def has_hooks(self, operation: Written) -> bool:
        """Whether code of the application runs with an operation, so that rows are written one by one."""
        return self.hooks.has(operation)

    def writable(self, write: Write) -> frozenset[str]:
        """The columns that a client may give a value in a create or in an update."""
        schema = self.schemas.create if write == "create" else self.schemas.update
        named = frozenset(info.alias or name for name, info in schema.model_fields.items())
        return (named & self.columns.keys()) - self.rules.sealed(write)

    @cached_property
    def unique_keys(self) -> Mapping[str, tuple[str, ...]]:
        """The keys of rows that a client can both read and give, by their names joined by commas."""
        usable = self.writable("create") & self.fields.keys()
        return {",".join(names): names for names in unique_keys(self.model) if usable >= set(names)}

    @cached_property
    def loaded_by_name(self) -> tuple[str, ...]:
        """The columns to ask for by name: all of them, where the class leaves some out of its queries."""
        deferred = any(attribute.deferred for attribute in mapper_of(self.model).column_attrs)
        return tuple(self.columns) if deferred else ()

    @cached_property
    def computes(self) -> bool:
        """Whether rows show what is worked out in Python, maybe from columns that are hidden."""
        return bool(self.schemas.read.model_computed_fields)

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
    require_if_match: bool = False
    cache_control: str | None = None
    writer: WriterChoice = "auto"
    rules: FieldRules = NO_RULES
    hooks: Hooks[Any] | type[Hooks[Any]] | None = None
    own_errors: tuple[type[Exception], ...] = ()
    nested: Sequence[str] = ()
    kinds_offered: frozenset[str] | None = None
    more_dependencies: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])


def path_name(name: str) -> str:
    """A table's name as a path segment: characters outside ``[A-Za-z0-9_-]`` become ``_``."""
    return _OUTSIDE_NAMES.sub("_", name)

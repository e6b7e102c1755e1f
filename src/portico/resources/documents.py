"""Rows as documents: what the Read schema shows, and under it the relations that were asked for.

    document(resources, posts, post, include=(("author",),))
    # {"id": 1, "title": "Hello", "author": {"id": 7, "username": "ann"}}

The values are plain JSON ones. Hidden and write-only fields are not in the schemas, so they are not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from .description import Resource, Resources

Tree = Mapping[str, "Tree"]


def tree_of(paths: Iterable[tuple[str, ...]]) -> Tree:
    """Include paths as a tree: ``{"author": {"posts": {}}}``."""
    root: dict[str, Any] = {}
    for path in paths:
        node = root
        for step in path:
            node = node.setdefault(step, {})
    return root


def document(resources: Resources, resource: Resource, row: Any, tree: Tree) -> dict[str, Any]:
    """One row as a JSON object."""
    shown = _columns(resource, row)
    # Taken as it is held: what was asked for and is not loaded is out of reach for whoever asks.
    held = cast("dict[str, Any]", vars(row))
    for name, below in tree.items():
        target = resources.target(resource, name)
        if target is not None:
            shown[name] = _related(resources, target, held.get(name), below, resource.relations[name].many)
    return shown


def _related(resources: Resources, target: Resource, held: Any, tree: Tree, many: bool) -> Any:  # noqa: FBT001 -- private
    if many:
        return [document(resources, target, one, tree) for one in held or ()]
    return None if held is None else document(resources, target, held, tree)


def _columns(resource: Resource, row: Any) -> dict[str, Any]:
    schema = resource.schemas.read
    seen = _Loaded(row, resource) if resource.embedded else row
    try:
        return schema.model_validate(seen, from_attributes=True).model_dump(mode="json", by_alias=True)
    except ValidationError:
        # A database that others write to may hold what its own types forbid (SQLite keeps text in a column
        # of numbers): shown as it is, since a row that cannot be read cannot be repaired either.
        plain: dict[str, Any] = to_jsonable_python(
            {name: getattr(row, name) for name in resource.fields},
            fallback=str,
            bytes_mode="base64",
            inf_nan_mode="null",
        )
        return plain


class _Loaded:
    """A row whose relations read as empty where they were not loaded: the documents of those follow."""

    def __init__(self, row: Any, resource: Resource) -> None:
        self._row = row
        self._relations = resource.relations

    def __getattr__(self, name: str) -> Any:
        relation = self._relations.get(name)
        if relation is None:
            return getattr(self._row, name)
        held = cast("dict[str, Any]", vars(self._row))
        return held.get(name, [] if relation.many else None)

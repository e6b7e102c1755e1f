"""Rows as documents: what the Read schema shows, and under it the relations that were asked for.

    document(resources, posts, post, include=(("author",),))
    # {"id": 1, "title": "Hello", "author": {"id": 7, "username": "ann"}}

    shown_by(resources, posts, plan)(post)     # what a plan asks for, sparse where it names fields

The values are plain JSON ones. Hidden and write-only fields are not in the schemas, so they are not here.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from .description import Resource, Resources
from .grammar import RowPlan

Tree = Mapping[str, "Tree | None"]
"""Steps below a row; None for one that is closed to whoever asks."""


def tree_of(paths: Iterable[tuple[str, ...]], closed: Iterable[tuple[str, ...]] = ()) -> Tree:
    """Include paths as a tree: ``{"author": {"posts": {}}}``."""
    root: dict[str, Any] = {}
    for path in paths:
        node = root
        for step in path:
            node = node.setdefault(step, {})
    for *before, last in closed:
        above: dict[str, Any] = root
        for step in before:
            # Below what is closed nothing is shown, so it does not matter what is said there.
            above = above.get(step) or dict[str, Any]()
        above[last] = None
    return root


def shown_by(
    resources: Resources, resource: Resource, plan: RowPlan, closed: Iterable[tuple[str, ...]] = ()
) -> Callable[[Any], dict[str, Any]]:
    """How a plan wants its rows shown; what rows hold at the ``closed`` paths is not for whoever asks."""
    tree = tree_of((include.path for include in plan.include), closed)
    fields = None if plan.fields is None else fields_of(plan.fields)
    return lambda row: document(resources, resource, row, tree, fields)


def fields_of(paths: Iterable[tuple[str, ...]]) -> Tree:
    """The fields to show as a tree, in which a relation without any shows all of them."""
    whole = [path for path in paths if not any(path[:n] in paths for n in range(1, len(path)))]
    return tree_of(whole)


def document(
    resources: Resources, resource: Resource, row: Any, tree: Tree, fields: Tree | None = None
) -> dict[str, Any]:
    """One row as a JSON object: all that its schema shows, or the ``fields`` that are named."""
    shown = _columns(resource, row)
    if fields is not None:
        shown = {name: value for name, value in shown.items() if name in fields}
    # Taken as it is held: what was asked for and is not loaded is out of reach for whoever asks. In a unit of
    # work somebody else may have loaded it, so what is closed is not even looked at.
    loaded = cast("dict[str, Any]", vars(row))
    for name, below in tree.items():
        target = resources.target(resource, name)
        if target is not None and (fields is None or name in fields):
            inner = (fields or {}).get(name) or None

            def one(
                row: Any, to: Resource = target, tree: Tree = below or {}, fields: Tree | None = inner
            ) -> Any:
                return document(resources, to, row, tree, fields)

            held = None if below is None else loaded.get(name)
            shown[name] = _related(held, one, many=resource.relations[name].many)
    return shown


def _related(held: Any, shown: Callable[[Any], Any], *, many: bool) -> Any:
    if many:
        return [shown(one) for one in held or ()]
    return None if held is None else shown(held)


def own_columns(resource: Resource, row: Any) -> dict[str, Any]:
    """What a row shows of its own columns, without what it computes of them and without relations."""
    shown = _columns(resource, row)
    if not (resource.embedded or resource.computes):
        return shown
    return {name: value for name, value in shown.items() if name in resource.fields}


def _columns(resource: Resource, row: Any) -> dict[str, Any]:
    schema = resource.schemas.read
    seen = _Loaded(row, resource) if resource.embedded else row
    try:
        return schema.model_validate(seen, from_attributes=True).model_dump(mode="json", by_alias=True)
    except ValidationError:
        # A database that others write to may hold what its own types forbid (SQLite keeps text in a column
        # of numbers): shown as it is, since a row that cannot be read cannot be repaired either.
        plain: dict[str, Any] = to_jsonable_python(
            {name: _without_bytes(getattr(row, name)) for name in resource.fields},
            fallback=str,
            bytes_mode="base64",
            inf_nan_mode="null",
        )
        return plain


def _without_bytes(value: Any) -> Any:
    """Bytes as schemas show them, in the alphabet of base64 that is not for URLs."""
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else value


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

"""Bodies that are about several rows: read as strictly as those about one, and written in one unit.

    reading = create_reading(door, posts)       # an annotation for FastAPI
    # {"comments": {"create": [{"body": 5}]}}  ->  InvalidError at /comments/create/0/body
    create = creating(door, posts)              # create_row, with relations where they are open

Raises `InvalidError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BaseModel, BeforeValidator

from portico.errors import InvalidError
from portico.resources import (
    Match,
    NestedBodies,
    NestedRelation,
    Resource,
    Scope,
    change_nested,
    change_row,
    create_nested,
    create_row,
)
from portico.web.strictness import StrictReader
from portico.web.validation import field_names, refuse_unknown

from .door import Door

Write: TypeAlias = Callable[..., Awaitable[Any]]


def create_reading(door: Door, resource: Resource) -> Any:
    """The annotation of a body that makes a row."""
    bodies = door.nested_bodies(resource)
    return _reading(bodies, bodies.create)


def update_reading(door: Door, resource: Resource) -> Any:
    """The annotation of a body that changes a row."""
    bodies = door.nested_bodies(resource)
    return _reading(bodies, bodies.update)


def creating(door: Door, resource: Resource) -> Write:
    """What adds a row, along the relations that were opened."""
    if not resource.nested:
        return create_row

    async def create(scope: Scope, resource: Resource, body: BaseModel) -> Any:
        return await create_nested(scope, resource, door.nested_bodies(resource), body)

    return create


def changing(door: Door, resource: Resource) -> Write:
    """What changes a row, along the relations that were opened."""
    if not resource.nested:
        return change_row

    async def change(
        scope: Scope, resource: Resource, key: tuple[Any, ...], body: BaseModel, match: Match | None = None
    ) -> Any:
        return await change_nested(scope, resource, key, door.nested_bodies(resource), body, match)

    return change


def nested_dependencies(door: Door, resource: Resource) -> tuple[Any, ...]:
    """What the resources ask for that bodies may write to as well."""
    targets = [door.resources.target(resource, name) for name in resource.nested]
    return tuple(
        one
        for target in targets
        if target is not None
        for kind in ("create", "update")
        for one in (*target.dependencies, *target.more_dependencies.get(kind, ()))
    )


def _reading(bodies: NestedBodies, body: type[BaseModel]) -> Any:
    return Annotated[body, BeforeValidator(NestedReader(bodies, body).check)]


class NestedReader:
    """The strict reading of a body and of the rows in it."""

    def __init__(self, bodies: NestedBodies, body: type[BaseModel]) -> None:
        updates = body is bodies.update
        self._whole = StrictReader(body)
        self._relations = {
            name: _RelationReader(one, one.update if updates else one.create)
            for name, one in bodies.relations.items()
        }

    def check(self, body: Any) -> Any:
        """The body as it is; what has another shape is left to the schema to refuse."""
        given: object = self._whole.check(body)
        sent = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        for name, reader in self._relations.items():
            if isinstance(sent.get(name), dict):
                reader.check(sent[name])
        return body


class _RelationReader:
    def __init__(self, relation: NestedRelation, said: type[BaseModel]) -> None:
        self._name = relation.name
        self._verbs = field_names(said)
        self._child = StrictReader(relation.child) if relation.child else None

    def check(self, said: Mapping[str, Any]) -> None:
        _pointing(self._name, lambda: refuse_unknown(said, self._verbs))
        made = said.get("create")
        if isinstance(made, list):
            for number, item in enumerate(cast("list[object]", made)):
                self._check_one(f"create/{number}", item)
        else:
            self._check_one("create", made)

    def _check_one(self, where: str, item: object) -> None:
        child = self._child
        if child is not None:
            _pointing(f"{self._name}/{where}", lambda: child.check(item))


def _pointing(where: str, check: Callable[[], object]) -> None:
    try:
        check()
    except InvalidError as error:
        fields = {f"{where}/{name}": said for name, said in error.fields.items()}
        raise InvalidError(error.message, fields=fields, hint=error.hint) from None

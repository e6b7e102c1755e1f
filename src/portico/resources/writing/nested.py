"""Write a row together with rows around it, in one unit: a post, its author, its tags and its comments.

    post = await create_nested(scope, posts, bodies, body)
    post = await change_nested(scope, posts, (1,), bodies, body)

First what the row refers to, then the row, then what refers to it. The policy of every row that is touched is
asked; a row that is connected has to be within reach, and the child of a one-to-many to be one that may be
changed, since its foreign key changes. Errors point into the body: ``/comments/create/1/body``.
Raises what writing one row raises, and `ForeignKeyError` for a key whose row is absent or out of reach.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from portico.db.models import key_of
from portico.db.query import Query
from portico.db.relations import belonging
from portico.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from portico.resources.description import NestedBodies, NestedRelation, Resource
from portico.resources.etags import Match
from portico.resources.keys import key_in_body
from portico.resources.reading import one_of
from portico.resources.scope import Scope

from .checks import still_within_reach
from .discretion import guarded
from .linking import Ties, ends_of, found_all, nowhere, ties_of
from .passwords import hashed, hashed_one
from .rows import change_one, change_row, complete, create_row, in_unit, make_one
from .values import sent_values

Sent = dict[str, Any]
"""What a body says of one relation: operations and what they are given."""
Key = tuple[Any, ...]


async def create_nested(scope: Scope, resource: Resource, bodies: NestedBodies, body: BaseModel) -> Any:
    """Add a row and write along its relations."""
    values, sent = sent_values(resource, body), dict(_sent(bodies, body))
    _check_complete(resource, bodies, values, sent)
    if not sent:
        return await create_row(scope, resource, body)
    values = await hashed_one(scope, resource, values, "create")
    await _prepare(scope, bodies, sent)

    async def work() -> Any:
        referred = await _referred(scope, resource, bodies, values, sent)
        with guarded(resource):
            row = await make_one(scope, resource, {**values, **referred})
        await _around(scope, resource, bodies, row, sent)
        await still_within_reach(scope, resource, key_of(row), "create")
        return row

    return await complete(scope, resource, await in_unit(scope, resource, work))


async def change_nested(  # noqa: PLR0913, PLR0917 -- as change_row, and the bodies
    scope: Scope,
    resource: Resource,
    key: Key,
    bodies: NestedBodies,
    body: BaseModel,
    match: Match | None = None,
) -> Any:
    """Change a row and write along its relations."""
    values, sent = sent_values(resource, body), dict(_sent(bodies, body))
    if not sent:
        return await change_row(scope, resource, key, body, match)
    values = await hashed_one(scope, resource, values, "update")
    await _prepare(scope, bodies, sent)

    async def work() -> Any:
        if any(bodies.relations[name].shape.holds_key for name in sent):
            # First of all: whoever may not change the row must not learn what else would fail.
            await one_of(scope.rows(resource, "update").lock(), resource, key)
        referred = await _referred(scope, resource, bodies, values, sent)
        with guarded(resource):
            row = await change_one(scope, resource, key, {**values, **referred}, match)
        await _around(scope, resource, bodies, row, sent)
        await still_within_reach(scope, resource, key_of(row), "update")
        return row

    return await complete(scope, resource, await in_unit(scope, resource, work))


def _sent(bodies: NestedBodies, body: BaseModel) -> Iterator[tuple[str, Sent]]:
    fields = type(body).model_fields
    for field in body.model_fields_set:
        name = fields[field].alias if field in fields else None
        if name is not None and name in bodies.relations:
            yield name, _said(bodies.relations[name], getattr(body, field))


def _said(relation: NestedRelation, body: BaseModel) -> Sent:
    sent = {name: getattr(body, name) for name in type(body).model_fields if name in body.model_fields_set}
    offered = ", ".join(type(body).model_fields)
    if not sent:
        raise _refused(relation.name, f"Say one of {offered}.")
    if len(sent) > 1 and not relation.relation.many:
        raise _refused(relation.name, f"Say only one of {offered}.")
    if len(sent) > 1 and "set" in sent:
        raise _refused(relation.name, "set stands alone.")
    return sent


async def _prepare(scope: Scope, bodies: NestedBodies, sent: Mapping[str, Sent]) -> None:
    """Put values in the place of the bodies of new rows, ready to be written."""
    for name, said in sent.items():
        if "create" in said:
            relation = bodies.relations[name]
            target, new = relation.target, said["create"]
            items: list[Any] = new if relation.relation.many else [new]
            ready = await hashed(scope, target, [sent_values(target, one) for one in items], "create")
            said["create"] = ready if relation.relation.many else ready[0]


def _refused(name: str, why: str) -> InvalidError:
    return InvalidError(f"The body was refused: {name}.", fields={name: [why]})


def _check_complete(resource: Resource, bodies: NestedBodies, values: Sent, sent: Mapping[str, Sent]) -> None:
    """A foreign key that is required is given by itself or by its relation."""
    lacking: dict[str, list[str]] = {}
    for name, relation in bodies.relations.items():
        if not relation.shape.holds_key or name in sent:
            continue
        for foreign, _ in relation.shape.pairs:
            if resource.columns[foreign].required and foreign not in values:
                lacking[foreign] = [f"This, or {name}, is required."]
    if lacking:
        raise InvalidError(f"The body was refused: {', '.join(sorted(lacking))}.", fields=lacking)


async def _referred(
    scope: Scope, resource: Resource, bodies: NestedBodies, values: Sent, sent: Mapping[str, Sent]
) -> Sent:
    """The foreign keys that the body gives by relations."""
    found: Sent = {}
    for name, said in sent.items():
        relation = bodies.relations[name]
        if not relation.shape.holds_key:
            continue
        if twice := [foreign for foreign, _ in relation.shape.pairs if foreign in values or foreign in found]:
            raise InvalidError(
                f"The body was refused: {', '.join(sorted(twice))}.",
                fields={foreign: [f"Given by {name} as well."] for foreign in twice},
            )
        row = await _one(scope, relation, said)
        found |= {
            foreign: None if row is None else getattr(row, key)
            for foreign, key in relation.shape.pairs
            if row is not None or resource.columns[foreign].nullable
        }
    return found


async def _one(scope: Scope, relation: NestedRelation, said: Sent) -> Any | None:
    """The row that a to-one relation is to lead to, made or found; None for none."""
    target, name = relation.target, relation.name
    if "create" in said:
        with at(f"{name}/create"), guarded(target):
            return await make_one(scope, target, said["create"])
    if "connect" in said:
        return await _found(scope, target, said["connect"], f"{name}/connect")
    return None


async def _around(
    scope: Scope, resource: Resource, bodies: NestedBodies, row: Any, sent: Mapping[str, Sent]
) -> None:
    """Everything that refers to the row, or is linked to it."""
    for name, said in sent.items():
        relation = bodies.relations[name]
        if relation.shape.junction is not None:
            await _link(ties_of(scope, resource, name, row), relation, said, bodies.unlinked)
        elif not relation.shape.holds_key:
            await Children.of(scope, resource, relation, row).write(_listed(relation, said))


def _listed(relation: NestedRelation, said: Sent) -> Sent:
    """What is said of a single child, as of a list of children."""
    if relation.relation.many:
        return said
    return {"set": []} if "disconnect" in said else {verb: [value] for verb, value in said.items()}


async def _link(ties: Ties, relation: NestedRelation, said: Sent, unlinked: int) -> None:
    scope, target, name = ties.scope, relation.target, relation.name
    if "set" in said:
        keys = [key_in_body(target, one) for one in said["set"]]
        await ties.exactly(await ends_of(ties, keys, f"{name}/set"), unlinked)
    linked = await _all_found(scope, target, said.get("connect", []), f"{name}/connect")
    for number, item in enumerate(said.get("create", [])):
        with at(f"{name}/create/{number}"), guarded(target):
            linked.append(await make_one(scope, target, item))
    await ties.add(linked, {})
    for number, value in enumerate(said.get("disconnect", [])):
        key = key_in_body(target, value)
        found = await ties.linked().filter(**_by_key(target, key)).limit(1) if key else []
        if not found:
            raise nowhere(target, f"{name}/disconnect/{number}")
        await ties.remove(found)


@dataclass(frozen=True, kw_only=True)
class Children:
    """The rows that refer to one row by their own foreign key."""

    scope: Scope
    relation: NestedRelation
    mine: Sent
    """The foreign key of a child of this row, and of one that is no row's."""
    none: Sent
    belong: Any

    @classmethod
    def of(cls, scope: Scope, resource: Resource, relation: NestedRelation, row: Any) -> Children:
        """Those of a row."""
        mine = {foreign: getattr(row, key) for foreign, key in relation.shape.pairs}
        none = {foreign: None for foreign in mine if relation.target.columns[foreign].nullable}
        belong = belonging(resource.model, relation.name, key_of(row))
        return cls(scope=scope, relation=relation, mine=mine, none=none, belong=belong)

    def place(self, verb: str, number: int) -> str:
        """Where in the body a child stands."""
        many = self.relation.relation.many
        return f"{self.relation.name}/{verb}/{number}" if many else f"{self.relation.name}/{verb}"

    async def write(self, said: Sent) -> None:
        """Take away, give and make children."""
        target = self.relation.target
        await self._take(said)
        for verb in ("set", "connect"):
            for number, value in enumerate(said.get(verb, [])):
                where = self.place(verb, number)
                found = await _found(self.scope, target, value, where)
                await _moved(self.scope, target, key_of(found), self.mine, where)
        for number, item in enumerate(said.get("create", [])):
            with at(self.place("create", number)), guarded(target):
                await make_one(self.scope, target, {**item, **self.mine})

    async def _take(self, said: Sent) -> None:
        target, single = self.relation.target, not self.relation.relation.many
        if "set" in said or (single and self.none):
            stay: list[Any] = said["set"] if "set" in said else said.get("connect", [])
            kept = {key_in_body(target, value) for value in stay}
            for child in await self._rows().listed():
                if key_of(child) not in kept:
                    await _moved(self.scope, target, key_of(child), self.none, self.relation.name)
        for number, value in enumerate(said.get("disconnect", [])):
            key, where = key_in_body(target, value), self.place("disconnect", number)
            if not key or not await self._rows().filter(**_by_key(target, key)).exists():
                raise nowhere(target, where)
            await _moved(self.scope, target, key, self.none, where)

    def _rows(self) -> Query[Any]:
        return self.scope.rows(self.relation.target).filter(self.belong)


async def _moved(scope: Scope, target: Resource, key: Key, values: Sent, where: str) -> None:
    """Give a child another foreign key; it may be seen, so that it cannot be passed off as absent."""
    with at(where), guarded(target):
        try:
            await change_one(scope, target, key, values)
        except NotFoundError:
            raise ForbiddenError(f"You may not update such a row in {target.name}.") from None


async def _found(scope: Scope, target: Resource, value: Any, where: str) -> Any:
    key = key_in_body(target, value)
    try:
        found = await scope.rows(target).filter(**_by_key(target, key)).limit(1) if key else []
    except ForbiddenError:
        found = []
    if not found:
        raise nowhere(target, where)
    return found[0]


async def _all_found(scope: Scope, target: Resource, values: list[Any], where: str) -> list[Any]:
    return await found_all(scope, target, [key_in_body(target, one) for one in values], where)


def _by_key(target: Resource, key: Key) -> Sent:
    return dict(zip(target.key, key, strict=True))


@contextmanager
def at(where: str) -> Generator[None]:
    """Let errors of a nested row point to where it stands in the body."""
    try:
        yield
    except InvalidError as error:
        fields = {f"{where}/{name}" if name else where: said for name, said in error.fields.items()}
        raise InvalidError(error.message, fields=fields, hint=error.hint) from None
    except ConflictError as error:
        fields_there = tuple(f"{where}/{name}" for name in error.fields)
        raise type(error)(error.message, fields=fields_there, hint=error.hint) from None

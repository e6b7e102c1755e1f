"""Two tenants whose rows share what they can: numbers that are unique, and keys of what they refer to.

Every text of the other tenant holds `CANARY`, and every text of what is deleted holds `GHOST`; neither word
is ever given to a door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import sqlalchemy as sa

from portico.app import Portico
from portico.db.engine.walls import is_placed
from portico.db.idempotency import METADATA as ANSWERS
from portico.db.mixins import TenantSchemas
from portico.db.outbox import METADATA as OUTBOX
from portico.db.scoping import get_current_tenant, lifted, tenant_context, unscoped
from portico.db.session import Database, run

from .kinds import Kind

OURS: Final = "acme"
THEIRS: Final = "canary-rival"
CANARY: Final = "canary"
GHOST: Final = "ghost"
FAR: Final = 100_000
"""Keys of the other tenant that we have none of, in one table as well as in a schema of our own."""
ABSENT: Final = 900_000_000
NEVER: Final = 2_000_000_000
"""Keys of rows that were there once, and of rows that never were."""


@dataclass
class Goods:
    """What somebody has one of."""

    person: Any
    paper: Any
    label: Any


@dataclass
class Target:
    """What a door is asked for by name: a row of others, one that is deleted, or none at all.

    It notices whether it was asked, since only then two answers can be compared.
    """

    far: Goods
    far_key: int
    first: int
    asked: bool = False
    in_hand: bool = False
    _number: int = field(default=0)

    @property
    def key(self) -> int:
        """A key of a person, a paper and a label."""
        self.asked = True
        return self.far_key

    @property
    def number(self) -> int:
        """A number of a person; another one each time, so that each door meets one that is taken."""
        self.asked = True
        self._number += 1
        return self.first + self._number - 1

    @property
    def held(self) -> Goods:
        """Objects of the rows, as somebody may have got hold of them."""
        self.in_hand = True
        return self.far


@dataclass
class World:
    """Where the doors are."""

    kind: Kind
    db: Database
    client: httpx.AsyncClient
    ours: Goods = field(init=False)
    topic: Any = field(init=False)

    def __post_init__(self) -> None:
        classes = self.kind.classes
        self.Topic, self.Person, self.Label = classes["Topic"], classes["Person"], classes["Label"]
        self.Paper, self.Vote = classes["Paper"], classes["Vote"]

    async def http(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request of the tenant that is set."""
        tenant = get_current_tenant()
        headers = {**({"x-tenant": tenant} if tenant else {}), **options.pop("headers", {})}
        return await self.client.request(method, f"/vault_{path}", headers=headers, **options)

    async def goods(self, word: str, **given: Any) -> Goods:
        """One of each, whose texts begin with a word."""
        number = given.pop("number", None) or await self._free_number()
        person = await self.Person.create(name=f"{word} person", number=number, **given)
        label = await self.Label.create(word=f"{word} label", **given)
        paper = await self.Paper.create(
            title=f"{word} paper", notes=f"{word} notes", author_id=person.id, **given
        )
        await paper.labels.add(label)
        await paper.topics.add(self.topic.id)
        return Goods(person, paper, label)

    async def make_whole(self) -> None:
        """See that there are goods of ours, whatever was done to the last ones."""
        with tenant_context(OURS):
            goods = self.ours
            held: list[Any] = [goods.person, goods.paper, goods.label]
            if None in [await one.__class__.get_or_none(one.id) for one in held]:
                self.ours = await self.goods("own")

    async def _free_number(self) -> int:
        last = await self.Person.with_deleted().order_by("-number").first() if self.kind.rich else None
        last = last or await self.Person.order_by("-number").first()
        return max(last.number if last else 0, ABSENT) + 100_000

    async def rows(self, tenant: str) -> str:
        """Everything that a tenant has, deleted or not."""
        found: list[str] = []
        with lifted("deleted"):
            for table in self.kind.metadata.sorted_tables:
                if is_placed(table):
                    with tenant_context(tenant):
                        found += map(repr, (await run(self.db, sa.select(table))).all())
                elif "tenant_id" in table.c:
                    asked = sa.select(table).where(table.c.tenant_id == tenant)
                    with unscoped():
                        found += map(repr, (await run(self.db, asked)).all())
        return "\n".join(sorted(found))


def api_of(kind: Kind, db: Database, tenant: Any) -> Portico:
    """Everything exposed to everybody: only the walls are left."""
    api = Portico(db, tenant=tenant)
    for name, model in kind.classes.items():
        search = {"Paper": ["title", "notes"], "Person": ["name"]}.get(name, [])
        include = {"Paper": ["author", "labels", "topics"], "Person": ["papers"]}.get(name, [])
        nested = {"Paper": ["labels"], "Person": ["papers"]}.get(name, [])
        api.expose(model, policy="public", search=search, include=include, nested=nested)
    return api


async def make_tables(kind: Kind, owner: Database) -> None:
    """The tables of a kind, and those of Portico."""
    await owner.create_tables([kind.metadata, OUTBOX, ANSWERS])
    if kind.schemas:
        for tenant in (OURS, THEIRS):
            await TenantSchemas(owner).create(tenant)


async def furnish(world: World) -> None:
    """The goods of both."""
    kind = world.kind
    world.topic = await world.Topic.create(word="shared")
    with tenant_context(THEIRS):
        for number, given in ((1, {}), (2, {"id": FAR})):
            theirs = await world.goods(CANARY, number=number, **given)
            if not kind.schemas:
                await _vote(world, theirs)
        many = [world.Person(name=f"{CANARY} {n}", number=n) for n in range(5_000, 5_080)]
        await world.Person.bulk_create(many)
    with tenant_context(OURS):
        world.ours = await world.goods("own", number=1)
        await _vote(world, world.ours)


async def _vote(world: World, goods: Goods) -> None:
    reason = goods.person.name
    await world.Vote.create(person_id=goods.person.id, paper_id=goods.paper.id, reason=reason)


async def foreign(world: World) -> Target:
    """Rows of the other tenant, of which only the keys are in hand."""
    with tenant_context(THEIRS):
        body = {"name": f"{CANARY} asked", "number": 4_999}
        reply = await world.http("POST", "persons", json=body, headers={"Idempotency-Key": "key-5000"})
        assert reply.status_code == 201, reply.text
        return Target(await _held(world, FAR), FAR, 5_000)


async def absent(world: World) -> Target:
    """Rows that nobody has, in the hands of somebody who saw them before they were removed."""
    with tenant_context(OURS):
        await world.goods("gone", id=ABSENT)
        held = await _held(world, ABSENT)
        for model in (world.Person, world.Label):
            rows = model.filter(id=ABSENT)
            await (rows.hard_delete() if world.kind.rich else rows.delete())
    return Target(held, NEVER, 9_000)


async def _held(world: World, key: int) -> Goods:
    return Goods(*[await model.only("id").get(key) for model in (world.Person, world.Paper, world.Label)])


async def deleted(world: World) -> Target:
    """Rows of ours that are deleted, and numbers that are free again."""
    with tenant_context(OURS):
        await world.goods(GHOST, number=7_000, id=ABSENT)
        held = await _held(world, ABSENT)
        await world.Paper.filter(id=ABSENT).delete()
        await world.Label.filter(id=ABSENT).delete()
        many = [world.Person(name=f"{GHOST} {n}", number=n) for n in range(7_001, 7_080)]
        await world.Person.bulk_create(many)
        await world.Person.filter(name__startswith=GHOST).delete()
    return Target(held, ABSENT, 7_000)

"""Doors of the mixins, of the trail, of the change feed and of the outbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from portico.db.audit import audit
from portico.db.changes import ChangeFeed
from portico.db.mixins import TenantSchemas
from portico.db.outbox import Outbox, Relay
from portico.db.query import Q
from portico.db.scoping import tenant_context
from portico.db.session import atomic
from portico.pubsub import MemoryPubSub
from tests.invariants.world import CANARY, THEIRS, World

from .table import Drive, awaited

LATER: Final = datetime(2200, 1, 1, tzinfo=UTC)


async def _fed(w: World) -> Any:
    """What a feed of this tenant gives while both write."""
    async with ChangeFeed(w.Label) as feed:
        with tenant_context(THEIRS):
            made = await w.Label.create(word=f"{CANARY} news")
            await (made.hard_delete() if w.kind.rich else made.delete())
        await w.Label.create(word="own news")
    return [change async for change in feed]


async def _locked(w: World, row: Any) -> Any:
    async with atomic(w.db):
        return await row.lock(skip_locked=True)


async def _dead(w: World, call: str) -> Any:
    outbox = Outbox(w.db)
    try:
        return await getattr(outbox, call)(*([] if call == "dead_letters" else [[]]))
    finally:
        outbox.close()


async def _relayed(w: World) -> Any:
    outbox = Outbox(w.db)
    relay = Relay(outbox, MemoryPubSub())
    try:
        async with relay.running():
            return await relay.status()
    finally:
        outbox.close()


async def _schemas(w: World, call: str, *tenant: str) -> Any:
    return await getattr(TenantSchemas(w.db), call)(*tenant)


async def _sealed(w: World) -> Any:
    async with audit.sealing(w.db):
        return await audit.seal(w.db)


MIXINS: Final[dict[str, Drive]] = {
    "UtilsMixin.upsert": lambda w, it: [
        lambda: w.Person.upsert({"number": it.number, "name": "own"}, on=["number"]),
    ],
    "UtilsMixin.upsert_many": lambda w, it: [
        lambda: w.Person.upsert_many([{"number": it.number, "name": "own"}], on=["number"]),
    ],
    "UtilsMixin.get_many": lambda w, it: [lambda: w.Paper.get_many([it.key, w.ours.paper.id])],
    "UtilsMixin.exists_many": lambda w, it: [lambda: w.Paper.exists_many([1, 2, it.key])],
    "UtilsMixin.random": lambda w, _: [lambda: w.Label.random()],
    "UtilsMixin.sample": lambda w, _: [lambda: w.Paper.sample(50)],
    "UtilsMixin.lock": lambda w, it: [lambda: _locked(w, it.held.paper)],
    "UtilsMixin.clone": lambda w, it: [
        lambda: it.held.paper.clone(title="own", notes="own", likes=0, author_id=w.ours.person.id),
        lambda: w.ours.paper.clone(relations=["labels", "topics"], author_id=it.key),
    ],
    "UtilsMixin.update_if": lambda w, it: [
        lambda: it.held.paper.update_if(Q(likes=0), likes=1),
        lambda: w.ours.paper.update_if(Q(author__name__contains="can"), likes=1),
    ],
    "UtilsMixin.increment": lambda _, it: [lambda: it.held.paper.increment("likes")],
    "UtilsMixin.decrement": lambda _, it: [lambda: it.held.paper.decrement("likes", at_least=0)],
    "CompositeKeyMixin.get_by_composite_key": lambda w, it: [
        lambda: w.Vote.get_by_composite_key(
            **({} if w.kind.schemas else {"tenant_id": THEIRS}), person_id=it.key, paper_id=it.key
        )
    ],
    "SoftDeleteMixin.with_deleted": lambda w, _: [lambda: awaited(w.Person.with_deleted())],
    "SoftDeleteMixin.only_deleted": lambda w, _: [lambda: awaited(w.Paper.only_deleted())],
    "SoftDeleteMixin.restore": lambda _, it: [lambda: it.held.label.restore()],
    "SoftDeleteMixin.hard_delete": lambda _, it: [lambda: it.held.label.hard_delete()],
    "AuditMixin.audit_trail": lambda w, it: [
        lambda: awaited(it.held.paper.audit_trail()),
        lambda: awaited(w.ours.paper.audit_trail()),
    ],
    "Trail.__await__": lambda w, it: [
        lambda: awaited(audit.trail()),
        lambda: awaited(audit.trail(w.Paper, it.key)),
        lambda: awaited(audit.trail(w.Person).newest_first().limit(500)),
    ],
    "Trail.count": lambda w, it: [lambda: audit.trail(w.Paper, it.key).count()],
    "Audit.trail": lambda w, it: [lambda: awaited(audit.trail(w.Label, it.key))],
    "Audit.restore_point": lambda w, it: [lambda: audit.restore_point(w.Paper, it.key, at=LATER)],
    "Audit.difference": lambda w, it: [
        lambda: audit.difference(w.Paper, it.key, datetime(2000, 1, 1, tzinfo=UTC), LATER)
    ],
    "Audit.restore": lambda w, it: [lambda: audit.restore(w.Label, it.key, at=LATER)],
    "Audit.verify": lambda w, _: [lambda: audit.verify(w.db)],
    "Audit.heads": lambda w, _: [lambda: audit.heads(w.db)],
    "Audit.seal": lambda w, _: [lambda: audit.seal(w.db)],
    "Audit.sealing": lambda w, _: [lambda: _sealed(w)],
    "Audit.forget": lambda w, _: [lambda: audit.forget(before=LATER, database=w.db)],
    "ChangeFeed.__aiter__": lambda w, _: [lambda: _fed(w)],
    "Outbox.dead_letters": lambda w, _: [lambda: _dead(w, "dead_letters")],
    "Outbox.revive": lambda w, _: [lambda: _dead(w, "revive")],
    "Outbox.discard": lambda w, _: [lambda: _dead(w, "discard")],
    "Relay.run": lambda w, _: [lambda: _relayed(w)],
    "Relay.running": lambda w, _: [lambda: _relayed(w)],
    "Relay.status": lambda w, _: [lambda: _relayed(w)],
    "TenantSchemas.tenants": lambda w, _: [lambda: _schemas(w, "tenants")],
    "TenantSchemas.create": lambda w, _: [lambda: _schemas(w, "create", "third")],
    "TenantSchemas.drop": lambda w, _: [lambda: _schemas(w, "drop", "third")],
}

"""Mixins do the same in every base order, on both bases, through abstract bases and in families of tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import ForeignKeyField, IntegerField, StringField
from portico.db.mixins import (
    AuditMixin,
    CompositeKeyMixin,
    OptimisticLockMixin,
    SoftDeleteMixin,
    TenantMixin,
    TimestampMixin,
    UtilsMixin,
)
from portico.db.models import DjangoModel, Model
from portico.db.scoping import tenant_context
from portico.db.session import Database
from portico.errors import VersionConflictError

OURS: list[type] = [TimestampMixin, OptimisticLockMixin, UtilsMixin, CompositeKeyMixin]
ALL: list[type] = [*OURS, AuditMixin, SoftDeleteMixin, TenantMixin]
METADATA = sa.MetaData()
MADE: list[Any] = []


def _make(bases: tuple[type, ...]) -> Any:
    """A model with these bases, of which one is `Model` or `DjangoModel`."""
    # Tenants may know of each other's seats here; a model without tenants does not say anything about it.
    tenants = {"globally_unique": [("row", "seat")]} if _has_tenants(bases) else {}
    meta = type("Meta", (), {"metadata": METADATA, **tenants})
    body = {
        "__module__": __name__,
        "__annotations__": {"row": Mapped[int], "seat": Mapped[str], "note": Mapped[str]},
        "row": IntegerField(primary_key=True, autoincrement=False),
        "seat": StringField(max_length=3, primary_key=True),
        "note": StringField(max_length=20, default=""),
        "Meta": meta,
    }
    root: Any = type(Model)
    made = root(f"Seat{len(MADE)}", bases, body)
    MADE.append(made)
    return made


def _has_tenants(bases: tuple[type, ...]) -> bool:
    return any(issubclass(base, TenantMixin) for base in bases)


def _abstract(bases: tuple[type, ...]) -> Any:
    """The same with all mixins in an abstract base."""
    meta = type("Meta", (), {"metadata": METADATA, "abstract": True})
    root: Any = type(Model)
    return _make((root(f"Base{len(MADE)}", bases, {"__module__": __name__, "Meta": meta}),))


def _all_orders() -> Iterator[Any]:
    for number, (one, other) in enumerate(combinations(ALL, 2)):
        yield _make((one, Model, other) if number % 2 else (other, Model, one))
    for bases in permutations([TimestampMixin, OptimisticLockMixin, Model]):
        yield _make(bases)
    for start in range(len(ALL) + 1):
        mixed = [*ALL[start:], *ALL[:start]]
        yield _make((*mixed[:start], Model, *mixed[start:]))
        yield _make((*mixed[:start], DjangoModel, *mixed[start:]))
    yield _abstract((*ALL, Model))
    yield _abstract((Model, *ALL))


MODELS = list(_all_orders())


def _has(model: Any, mixin: type) -> bool:
    return issubclass(model, mixin)


@pytest.fixture
async def tables(db: Database) -> None:
    """The tables of this file."""
    await db.create_tables(METADATA)


async def test_every_combination_writes_alike(tables: None) -> None:
    """Made, changed by each path, refused when stale, and deleted."""
    with tenant_context("north"):
        for model in MODELS:
            await _written(model)


async def _written(model: Any) -> None:
    seat = await model.create(row=1, seat="A")
    stale = await model.get((1, "A"))
    await seat.update(note="window")
    await model.filter(row=1).update(note="aisle")
    seat = await model.get((1, "A"))
    assert seat.note == "aisle", model.__mro__
    if _has(model, TimestampMixin):
        assert seat.updated_at > seat.created_at == stale.created_at
    if _has(model, CompositeKeyMixin):
        assert (seat.pk, seat == stale) == ((1, "A"), True)
    if _has(model, UtilsMixin):
        assert [one.note for one in await model.get_many([(1, "A")])] == ["aisle"]
    if _has(model, OptimisticLockMixin):
        assert (seat.version, stale.version) == (3, 1)
        stale.note = "mine"
        with pytest.raises(VersionConflictError):
            await stale.save()
    await seat.delete()
    assert not await model.exists(row=1)


class Animal(Model, TimestampMixin, OptimisticLockMixin, UtilsMixin):
    """A family in one table, with one more in a table of its own."""

    id: Mapped[int] = IntegerField(primary_key=True)
    kind: Mapped[str] = StringField(max_length=10, default="animal")
    name: Mapped[str] = StringField(max_length=10, default="")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

    class Meta:
        metadata = METADATA


class Dog(Animal):
    tricks: Mapped[int | None] = IntegerField(default=None)
    __mapper_args__ = {"polymorphic_identity": "dog"}


class Whale(Animal):
    id: Mapped[int] = ForeignKeyField(Animal, primary_key=True)
    depth: Mapped[int] = IntegerField(default=0)
    __mapper_args__ = {"polymorphic_identity": "whale"}

    class Meta(Animal.Meta):
        table = "whales"


@pytest.mark.parametrize(("model", "field"), [(Animal, "name"), (Dog, "tricks"), (Whale, "depth")])
async def test_a_family_of_models_has_one_version(tables: None, model: Any, field: str) -> None:
    """Also where only a column of the second table changes."""
    value = "new" if field == "name" else 7
    made = await model.create()
    stale, deleted = await model.get(made.id), await model.get(made.id)
    await made.update(**{field: value})
    stored = await model.get(made.id)
    assert (getattr(stored, field), stored.version, made.version) == (value, 2, 2)
    assert stored.updated_at > stored.created_at
    setattr(stale, field, value)
    with pytest.raises(VersionConflictError):
        await stale.save()
    with pytest.raises(VersionConflictError):
        await model.bulk_update([stale], [field])
    with pytest.raises(VersionConflictError):
        await deleted.delete()
    await stored.delete()
    assert not await model.exists(id=made.id)

"""The same table once for each thing that is measured, and once for all of them together.

VARIANTS["base"].model, VARIANTS["base"].title
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico import (
    AuditMixin,
    BooleanField,
    Database,
    DateTimeField,
    DecimalField,
    FloatField,
    IntegerField,
    Mapped,
    Model,
    OptimisticLockMixin,
    Outbox,
    SoftDeleteMixin,
    StringField,
    TenantMixin,
    TimestampMixin,
    Written,
    post_save,
)

BASE = "base"
TENANT = "one"
STRANGER = "another"
SHOWN = ("id", "name", "description", "category", "price", "stock", "active", "made_at", "rating")


class Shape(Model):
    """Something for sale."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)
    description: Mapped[str] = StringField(max_length=200)
    category: Mapped[int] = IntegerField(index=True)
    price: Mapped[Decimal] = DecimalField(precision=10, scale=2)
    stock: Mapped[int] = IntegerField()
    active: Mapped[bool] = BooleanField()
    made_at: Mapped[datetime] = DateTimeField()
    rating: Mapped[float] = FloatField()

    class Meta:
        """Each class below has a table."""

        abstract = True


class Bare(Shape):
    """No mixin."""


class Timed(TimestampMixin, Shape):
    """`TimestampMixin`."""


class Owned(TenantMixin, Shape):
    """`TenantMixin`."""


class Kept(SoftDeleteMixin, Shape):
    """`SoftDeleteMixin`."""


class Counted(OptimisticLockMixin, Shape):
    """`OptimisticLockMixin`."""


class Audited(AuditMixin, Shape):
    """`AuditMixin`."""


class Heard(Shape):
    """A receiver hears of its rows after each commit."""


class Sent(Shape):
    """An outbox writes of each of its changes."""


class Everything(TenantMixin, SoftDeleteMixin, OptimisticLockMixin, TimestampMixin, AuditMixin, Shape):
    """All of it."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One class, what is said of it, and what it has."""

    name: str
    title: str
    model: type[Any]
    sent: bool = False

    @property
    def owned(self) -> bool:
        """Whether its rows belong to tenants."""
        return issubclass(self.model, TenantMixin)


_ALL = (
    Variant(name=BASE, title="no mixin", model=Bare),
    Variant(name="timestamps", title="`TimestampMixin`", model=Timed),
    Variant(name="tenant", title="`TenantMixin`", model=Owned),
    Variant(name="soft-delete", title="`SoftDeleteMixin`", model=Kept),
    Variant(name="version", title="`OptimisticLockMixin`", model=Counted),
    Variant(name="audit", title="`AuditMixin`", model=Audited),
    Variant(name="signal", title="a receiver of `post_save`, after the commit", model=Heard),
    Variant(name="outbox", title="an `Outbox`", model=Sent, sent=True),
    Variant(name="all", title="all of them", model=Everything, sent=True),
)
VARIANTS: Mapping[str, Variant] = {variant.name: variant for variant in _ALL}


async def heard(_: Written[Any]) -> None:
    """The shortest receiver: what is measured is that there is one."""


for _model in (Heard, Everything):
    post_save.connect(heard, of=_model, after_commit=True)


def connect_outbox(database: Database, variants: Iterable[Variant]) -> None:
    """Let an outbox write of the changes of those variants that have one; no relay reads them here."""
    models = [variant.model for variant in variants if variant.sent]
    if models:
        Outbox(database, models=models)

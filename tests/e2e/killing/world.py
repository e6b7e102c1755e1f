"""What the processes of this story share: two audited tables, and how fast a relay is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.mixins import AuditMixin
from portico.db.models import Model
from portico.db.outbox import RelayOptions

COUNTERS = 5
FAST = RelayOptions(batch=20, poll=0.05, lease=0.5, send_timeout=0.4)


class Base(Model):
    """The tables of this story only."""

    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Note(AuditMixin, Base):
    """Created once and never changed."""

    id: Mapped[str] = StringField(max_length=32, primary_key=True)

    class Meta(Base.Meta):
        table = "killing_notes"


class Counter(AuditMixin, Base):
    """Counted up with every note."""

    id: Mapped[int] = IntegerField(primary_key=True)
    value: Mapped[int] = IntegerField(default=0)

    class Meta(Base.Meta):
        table = "killing_counters"

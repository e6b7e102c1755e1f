"""When a row was made and when it last changed.

    class Post(TimestampMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)

Both are aware datetimes in UTC, set by Python, so that no statement has to read them back.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped

from portico.db.fields import DateTimeField


class TimestampMixin:
    """Adds ``created_at`` and ``updated_at``."""

    created_at: Mapped[datetime] = DateTimeField(auto_now_add=True)
    updated_at: Mapped[datetime] = DateTimeField(auto_now=True)

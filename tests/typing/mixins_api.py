"""What a type checker knows about mixins, without a plugin: each line is checked by mypy and pyright."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.mixins import CompositeKeyMixin, OptimisticLockMixin, TimestampMixin, UtilsMixin
from portico.db.models import Model


class Base(Model):
    class Meta:
        abstract = True
        metadata = MetaData()


class Before(UtilsMixin, OptimisticLockMixin, TimestampMixin, CompositeKeyMixin, Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)


class Behind(Base, CompositeKeyMixin, TimestampMixin, OptimisticLockMixin, UtilsMixin):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)


async def rows() -> None:
    """Calls of the class give the class."""
    assert_type(await Before.create(title="x"), Before)
    assert_type(await Before.upsert({"title": "x"}, on=["title"]), tuple[Before, bool])
    assert_type(await Behind.upsert_many([{"title": "x"}], on=["title"]), list[tuple[Behind, bool]])
    assert_type(await Before.get_many([1]), list[Before | None])
    assert_type(await Behind.exists_many([1]), list[bool])
    assert_type(await Before.random(), Before | None)
    assert_type(await Behind.sample(3), list[Behind])
    assert_type(await Before.get_by_composite_key(id=1), Before)


async def one(before: Before, behind: Behind) -> None:
    """Calls of an object, and its columns, in either order of bases."""
    assert_type(before.version, int)
    assert_type(behind.updated_at, datetime)
    assert_type(await before.clone(title="y"), Before)
    assert_type(await behind.update_if(Behind.version == 3, title="y"), bool)
    assert_type(await behind.lock(nowait=True), bool)
    assert_type(await before.increment("likes"), Any)
    assert_type(before.changed_fields(), tuple[str, ...])
    assert_type(before.diff(before), dict[str, tuple[Any, Any]])
    assert_type(behind.to_dict(include=["title"]), dict[str, Any])
    assert_type(behind.to_json(), str)
    assert_type(before.pk, tuple[Any, ...])

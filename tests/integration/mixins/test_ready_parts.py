"""The ready parts of models, in any base order, on every database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.mixins import CompositeKeyMixin, TimestampMixin
from portico.db.models import Model
from portico.db.session import Database
from portico.errors import UnknownNameError, UsageError


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Before(TimestampMixin, CompositeKeyMixin, Base):
    row: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    seat: Mapped[str] = StringField(max_length=3, primary_key=True)
    note: Mapped[str] = StringField(max_length=20, default="")


class After(Base, CompositeKeyMixin, TimestampMixin):
    row: Mapped[int] = IntegerField(primary_key=True, autoincrement=False)
    seat: Mapped[str] = StringField(max_length=3, primary_key=True)
    note: Mapped[str] = StringField(max_length=20, default="")


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of this file."""
    await db.create_tables(Base.metadata)


@pytest.mark.parametrize("model", [Before, After])
async def test_the_stamps_move_in_any_base_order(model: type[Before]) -> None:
    """A mixin that does nothing when it stands last would be a trap."""
    seat = model(row=1, seat="A")
    await seat.save()
    made, moved = seat.created_at, seat.updated_at
    await seat.update(note="window")
    await model.filter(row=1).update(note="aisle")
    stored = await model.get((1, "A"))
    assert stored.created_at == made
    assert stored.updated_at > seat.updated_at > moved


@pytest.mark.parametrize("model", [Before, After])
async def test_a_composite_key_is_one_value(model: type[Before]) -> None:
    """By name, as a tuple, as a dictionary, and for equality."""
    seat = model(row=1, seat="A")
    await seat.save()
    again = await model.get_by_composite_key(seat="A", row=1)
    assert (again.pk, again.key_dict()) == ((1, "A"), {"row": 1, "seat": "A"})
    assert again == seat
    assert len({again, seat}) == 1


async def test_new_rows_are_equal_only_to_themselves() -> None:
    """Two rows without a whole key are not the same row."""
    assert Before(row=1, seat="A") == Before(row=1, seat="A")
    unfinished = Before(row=1, seat="A")
    del unfinished.seat
    assert unfinished != Before(row=1, seat="A")
    assert Before(row=1, seat="A") != After(row=1, seat="A")


async def test_a_wrong_or_missing_part_of_the_key_is_named() -> None:
    """The mistake is in the call, and the message says where."""
    with pytest.raises(UnknownNameError, match="'seat'"):
        await Before.get_by_composite_key(row=1, seet="A")
    with pytest.raises(UsageError, match="seat"):
        await Before.get_by_composite_key(row=1)

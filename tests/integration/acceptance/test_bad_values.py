"""Values that each database would treat in its own way: refused alike by every write, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import DecimalField, FloatField, IntegerField, JSONField, StringField
from portico.db.models import Model
from portico.db.session import Database
from portico.errors import InvalidError


class Base(Model):
    class Meta:
        abstract = True
        metadata = sa.MetaData()


class Sample(Base):
    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=50, default="fine")
    whole: Mapped[int] = IntegerField(default=1)
    real: Mapped[float] = FloatField(default=1.0)
    price: Mapped[Decimal] = DecimalField(precision=10, scale=2, default=Decimal(1))
    data: Mapped[dict[str, Any]] = JSONField(default=dict[str, Any])


BAD: dict[str, tuple[str, Any]] = {
    "NUL": ("text", "a\0b"),
    "a lone surrogate": ("text", "\ud800"),
    "51 characters in 50": ("text", "x" * 51),
    "2^31 in 32 bits": ("whole", 2**31),
    "2^63": ("whole", 2**63),
    "NaN": ("real", float("nan")),
    "Infinity": ("real", float("inf")),
    "NaN in JSON": ("data", {"deep": [float("nan")]}),
    "three decimals in two": ("price", "1.005"),
    "more digits than there are": ("price", 10**12),
}


async def create(field: str, value: Any) -> None:
    """Make a row."""
    await Sample(**{field: value}).save()


async def save(field: str, value: Any) -> None:
    """Change a row and save it."""
    sample = await Sample.get(1)
    setattr(sample, field, value)
    await sample.save()


async def bulk_create(field: str, value: Any) -> None:
    """Make several rows, the last one bad."""
    await Sample.bulk_create([Sample(), Sample(**{field: value})])


async def bulk_update(field: str, value: Any) -> None:
    """Change several rows by key."""
    sample = await Sample.get(1)
    setattr(sample, field, value)
    await Sample.bulk_update([sample], [field])


async def update_a_query(field: str, value: Any) -> None:
    """Change rows by a condition."""
    await Sample.filter(id=1).update(**{field: value})


async def get_or_create(field: str, value: Any) -> None:
    """Make a row that was not found."""
    await Sample.get_or_create(id=99, defaults={field: value})


@pytest.fixture
async def stored(db: Database) -> list[dict[str, Any]]:
    """What is in the table before."""
    await db.create_tables(Base.metadata)
    await Sample.create()
    return await Sample.all().values()


@pytest.mark.parametrize(("field", "value"), BAD.values(), ids=BAD)
@pytest.mark.parametrize(
    "write",
    [create, save, bulk_create, bulk_update, update_a_query, get_or_create],
    ids=lambda one: one.__name__,
)
async def test_a_bad_value_is_refused_and_nothing_is_stored(
    stored: list[dict[str, Any]], write: Callable[[str, Any], Awaitable[None]], field: str, value: Any
) -> None:
    """The field is named, on each database the same."""
    with pytest.raises(InvalidError) as caught:
        await write(field, value)
    assert set(caught.value.fields) == {field}
    assert await Sample.all().values() == stored


@pytest.mark.parametrize(("field", "value"), BAD.values(), ids=BAD)
async def test_over_http_it_is_422(
    db: Database, stored: list[dict[str, Any]], field: str, value: Any
) -> None:
    """In the body of a POST and of a PATCH; never 500."""
    api = Portico(db)
    api.expose(Sample, policy="public")
    body = json.dumps({field: value})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.app()), base_url="http://test"
    ) as client:
        headers = {"content-type": "application/json"}
        made = await client.post("/samples", content=body, headers=headers)
        changed = await client.patch("/samples/1", content=body, headers=headers)
    assert {made.status_code, changed.status_code} <= {400, 422}
    assert await Sample.all().values() == stored

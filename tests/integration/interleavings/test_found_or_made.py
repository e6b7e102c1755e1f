"""get_or_create, update_or_create and upsert by two at once: one row, made once, and both told the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, TypeAlias

import pytest

from portico.db.scoping import tenant_context, unscoped
from portico.db.session import Database

from .models import Card, Flag, Jar, Sheet, empty
from .stage import Scenario, Script, Steps, orders

Call: TypeAlias = Callable[[Any], Awaitable[tuple[Any, bool]]]
ALL = [order for order in orders(a=2, b=2) if order[0] == "a"]


async def _get(cls: Any) -> tuple[Any, bool]:
    return await cls.get_or_create(slug="x", defaults={"amount": 1})  # type: ignore[no-any-return]  # of any class


async def _update(cls: Any) -> tuple[Any, bool]:
    return await cls.update_or_create(slug="x", defaults={"amount": 1})  # type: ignore[no-any-return]  # of any class


async def _upsert(cls: Any) -> tuple[Any, bool]:
    return await cls.upsert({"slug": "x", "amount": 1}, on=["slug"])  # type: ignore[no-any-return]  # of any class


async def _upsert_many(cls: Any) -> tuple[Any, bool]:
    (one,) = await cls.upsert_many([{"slug": "x", "amount": 1}], on=["slug"])
    return one  # type: ignore[no-any-return]  # of any class


CALLS = pytest.mark.parametrize("call", [_get, _update, _upsert, _upsert_many])


def _by(call: Call, cls: type[Any], tenant: str | None = None) -> Script:
    async def session() -> Steps:
        with tenant_context(tenant):
            _, made = await call(cls)
            yield made

    return session


def _race(
    call: Call, cls: type[Any], *, unit: bool, tenants: tuple[str | None, ...] = (None, None)
) -> Scenario:
    async def prepare() -> None:
        await empty(cls)
        if cls is Card:
            await (await Card.create(slug="x")).delete()

    async def look() -> tuple[Any, ...]:
        with unscoped():
            return tuple(await cls.all().values_list("slug", "amount"))

    sessions = {name: _by(call, cls, tenant) for name, tenant in zip("ab", tenants, strict=True)}
    # upsert_many asks for another run when it has lost, inside of a unit as outside.
    return Scenario(sessions=sessions, prepare=prepare, look=look, unit=unit, retries=3)


@CALLS
async def test_one_of_two_units_makes_the_row(stage: Database, call: Call) -> None:
    """Whoever lost the race finds the row; one that is deleted softly stays deleted beside it."""
    for cls, order in product((Jar, Sheet, Card), ALL):
        outcome = await _race(call, cls, unit=True).play(stage, order)
        assert (outcome.rows, outcome.errors) == ((("x", 1),), {}), outcome
        assert sorted(told[-1] for told in outcome.told.values()) == [False, True], outcome  # type: ignore[type-var]  # booleans


@CALLS
async def test_one_of_two_calls_makes_the_row(stage: Database, call: Call) -> None:
    """The same without a unit around; both calls are on their way at once."""
    for order in ("ab", "abab"):
        outcome = await _race(call, Jar, unit=False).play(stage, order)
        assert (outcome.rows, outcome.errors) == ((("x", 1),), {}), outcome
        assert {made for told in outcome.told.values() for made in told} == {False, True}, outcome


@CALLS
async def test_two_tenants_at_once_have_a_row_each(stage: Database, call: Call) -> None:
    """They do not even wait for each other, but where there is one writer."""
    for order in ALL:
        outcome = await _race(call, Flag, unit=True, tenants=("acme", "bolt")).play(stage, order)
        assert (outcome.rows, outcome.errors) == ((("x", 1), ("x", 1)), {}), outcome
        assert outcome.told == {"a": (True,), "b": (True,)}, outcome

"""Whatever the rows, the order and the page size: reading by cursors misses no row and repeats none.

PORTICO_TEST_SEED repeats a run, PORTICO_TEST_DATASETS makes it longer; a failure says both and the dataset.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fixtures.database import COMPILED
from tests.integration.resources.shelf import METADATA, SORTABLE, Thing, make_boxes, reach_of, thing

from portico.access import ANONYMOUS
from portico.db.session import Database
from portico.resources import ListPlan, Page, Reach, Scope, compiled_page, list_rows, parse_list

SEED = int(os.environ.get("PORTICO_TEST_SEED") or random.SystemRandom().randrange(2**32))
DATASETS = int(os.environ.get("PORTICO_TEST_DATASETS") or 25)


class Keys:
    """Rows with keys in no order, none of which comes twice, as it does where the last row was deleted."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.used: set[int] = set()

    def thing(self) -> Thing:
        """A row that was never there."""
        key = next(key for key in iter(lambda: self.dice.randint(1, 10**6), 0) if key not in self.used)
        self.used.add(key)
        made = thing(self.dice)
        made.id = key
        return made


class Walk:
    """One reading of a list, page by page, while others write."""

    def __init__(self, scope: Scope, reach: Reach, plan: ListPlan, keys: Keys) -> None:
        self.scope = scope
        self.reach = reach
        self.plan = plan
        self.keys = keys
        self.dice = dice = keys.dice
        self.disturbed = dice.random() < 0.7
        self.gone: set[int] = set()

    async def page(self, cursor: str | None) -> Page:
        """A page, of another size each time."""
        plan = replace(self.plan, cursor=cursor, limit=self.dice.randint(1, 20), count="none")
        page = await self.read(plan)
        assert len(page.items) <= plan.limit
        return page

    async def read(self, plan: ListPlan) -> Page:
        """What a plan gives."""
        return await list_rows(self.scope, self.reach, plan)

    async def whole(self) -> list[int]:
        """The list in one piece."""
        return [
            row.id for row in (await list_rows(self.scope, self.reach, replace(self.plan, limit=500))).items
        ]

    async def disturb(self, seen: list[Any]) -> None:
        """Rows come and go, the ones that a cursor stands on among them."""
        if not self.disturbed:
            return
        if self.dice.random() < 0.6:
            await Thing.bulk_create([self.keys.thing() for _ in range(self.dice.randint(1, 3))])
        doomed = [row.id for row in (*seen[:1], *seen[-1:]) if self.dice.random() < 0.4]
        others = await self.whole()
        doomed += self.dice.sample(others, min(len(others), self.dice.randint(0, 2)))
        if self.dice.random() < 0.1:
            # All that lies ahead, or behind: the next page is empty and has to lead back.
            shown = {row.id for row in seen}
            places = [place for place, key in enumerate(others) if key in shown]
            if places:
                doomed += others[max(places) + 1 :] if self.dice.random() < 0.5 else others[: min(places)]
        if doomed:
            await Thing.filter(id__in=doomed).delete()
            self.gone |= set(doomed)

    async def forwards(self) -> tuple[list[int], Page]:
        """Every key from the first page to the last, and the last page."""
        seen: list[int] = []
        page = await self.page(None)
        assert page.prev is None
        while True:
            seen += [row.id for row in page.items]
            assert len(seen) < 2_000, "the list does not end"
            if page.next is None:
                return seen, page
            await self.disturb(page.items)
            page = await self.page(page.next)
            assert page.prev is not None or self.disturbed

    async def backwards(self, page: Page) -> list[int]:
        """Every key from a page back to the first, in the order of the list."""
        seen = [row.id for row in page.items]
        while page.prev is not None:
            await self.disturb(page.items)
            page = await self.page(page.prev)
            seen = [row.id for row in page.items] + seen
            assert len(seen) < 2_000, "the list does not begin"
            assert page.next is not None or self.disturbed
        return seen


class EitherWalk(Walk):
    """Pages by compiled statements and by the general path, as it comes: each reads on from the other."""

    compiled = 0

    async def read(self, plan: ListPlan) -> Page:
        """What a plan gives, by either way."""
        found = await compiled_page(self.scope, self.reach, plan) if self.dice.random() < 0.7 else None
        if found is None:
            return await super().read(plan)
        EitherWalk.compiled += 1
        rows = [SimpleNamespace(id=row["id"]) for row in json.loads(found.items)]
        return replace(found.page, items=rows)


def agrees(seen: list[int], before: list[int], after: list[int], gone: set[int]) -> None:
    """Those that stayed were seen once each, in the order of the list, and nothing was seen twice."""
    stayed = [key for key in after if key in set(before) and key not in gone]
    assert len(seen) == len(set(seen))
    assert [key for key in seen if key in set(stayed)] == stayed


@pytest.mark.parametrize("reading", [Walk, EitherWalk])
@pytest.mark.timeout(3600)
async def test_a_pager_sees_every_row_that_stays_exactly_once(db: Database, reading: type[Walk]) -> None:
    """NULLs, ties, mixed directions, pages of 1 to 20, inserts and deletes in between, both ways."""
    await db.create_tables(METADATA)
    await make_boxes()
    reach = reach_of(Thing)
    scope = Scope(db, reach.resources, ANONYMOUS)
    for number in range(DATASETS):
        dice = random.Random(f"{SEED} {number}")
        keys = Keys(dice)
        await Thing.filter().all().delete()
        await Thing.bulk_create([keys.thing() for _ in range(dice.choice((0, 1, 3, 20, 40)))])
        sort = ",".join(dice.choice(("", "-")) + key for key in dice.sample(SORTABLE, dice.randint(0, 4)))
        chosen = dice.choice(([], [], [("whole__gte", "0")], [("box.label", "b")]))
        walk = reading(scope, reach, parse_list(reach, [("sort", sort), *chosen]), keys)
        try:
            before = await walk.whole()
            seen, last = await walk.forwards()
            agrees(seen, before, await walk.whole(), walk.gone)
            if not walk.disturbed:
                assert seen == before
            # Nothing was written since the last page was read: all rows are on it, or before it.
            before, walk.gone = await walk.whole(), set()
            back = await walk.backwards(last)
            agrees(back, before, await walk.whole(), walk.gone)
        except AssertionError as error:
            raise AssertionError(
                f"seed {SEED}, dataset {number}, sort {sort!r}, {chosen}: {error}"
            ) from error
    assert reading is Walk or COMPILED == "off" or EitherWalk.compiled

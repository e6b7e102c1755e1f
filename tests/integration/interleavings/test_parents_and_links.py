"""Rows that refer to a row which somebody deletes meanwhile, and links that two set and remove at once."""

from __future__ import annotations

import pytest

from portico.db.session import Database

from .models import Debt, Jar, Label, Lid, empty
from .stage import Scenario, Script, Steps, hold, orders

ALL = orders(a=2, b=2)
REFUSED = {"ForeignKeyError", "NotFoundError", "DeadlockError"}


async def _one_jar() -> None:
    await empty(Debt, Lid, Jar, Label)
    jar = await Jar.create(slug="x")
    label = await Label.create(slug="red")
    await Label.create(slug="blue")
    await jar.labels.add(label)


async def _rows() -> tuple[object, ...]:
    jars = await Jar.all().prefetch("labels")
    labels = tuple(sorted(label.slug for jar in jars for label in jar.labels))
    return len(jars), labels, await Lid.count(), await Debt.count()


async def _deletes() -> Steps:
    jar = await Jar.get(slug="x")
    await jar.delete()
    yield "deleted"


async def _puts_a_lid() -> Steps:
    jar = await Jar.get(slug="x")
    await Lid.create(jar_id=jar.id)
    yield "put"


async def _writes_a_debt() -> Steps:
    jar = await Jar.get(slug="x")
    await Debt.create(jar_id=jar.id)
    yield "written"


async def _links() -> Steps:
    jar, label = await Jar.get(slug="x"), await Label.get(slug="blue")
    await jar.labels.add(label)
    yield "linked"


async def _unlinks() -> Steps:
    jar, label = await Jar.get(slug="x"), await Label.get(slug="red")
    await jar.labels.remove(label)
    yield "unlinked"


async def _unlinks_blue() -> Steps:
    jar, label = await Jar.get(slug="x"), await Label.get(slug="blue")
    await jar.labels.remove(label)
    yield "unlinked"


async def _deletes_the_label() -> Steps:
    label = await Label.get(slug="blue")
    await label.delete()
    yield "deleted"


def _race(first: Script, second: Script) -> Scenario:
    return Scenario(sessions={"a": first, "b": second}, prepare=_one_jar, look=_rows)


@pytest.mark.parametrize("refers", [_puts_a_lid, _writes_a_debt])
async def test_no_row_refers_to_one_that_is_gone(stage: Database, refers: Script) -> None:
    """With "cascade" it goes along or is refused; with "restrict" one of both is refused."""
    for outcome in await hold(stage, _race(_deletes, refers), ALL, REFUSED):
        assert outcome.committed, outcome


@pytest.mark.parametrize("other", [_links, _unlinks, _unlinks_blue])
async def test_links_set_and_removed_at_once_end_well(stage: Database, other: Script) -> None:
    """A link that is there stays, one that is not there is passed over: nobody gets an error."""
    await hold(stage, _race(_links, other), ALL)


@pytest.mark.parametrize("deletes", [_deletes, _deletes_the_label])
async def test_no_link_leads_to_a_row_that_is_gone(stage: Database, deletes: Script) -> None:
    """Whichever end of it is deleted."""
    for outcome in await hold(stage, _race(deletes, _links), ALL, REFUSED):
        assert outcome.committed, outcome

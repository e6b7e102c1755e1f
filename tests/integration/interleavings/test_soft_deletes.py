"""A row that one session deletes softly, while another one changes, deletes, restores or refers to it."""

from __future__ import annotations

import pytest

from portico.db.dialects import capabilities_of
from portico.db.session import Database

from .models import Card, Page, Seal, empty
from .stage import Scenario, Script, Steps, hold, overlapping

ALL = overlapping(a=3, b=3)
"""Read, write, commit."""
GONE = {"NotFoundError"}
"""What who comes too late is told: the row is not there."""


async def _one_card() -> None:
    await empty(Seal, Page, Card)
    await Card.create(slug="x")


async def _one_deleted_card_with_a_page() -> None:
    await _one_card()
    card = await Card.get(slug="x")
    await Page.create(card_id=card.id)
    await card.delete()


async def _rows() -> tuple[object, ...]:
    cards = [(card.slug, card.amount, card.is_deleted) for card in await Card.with_deleted().order_by("id")]
    pages = [page.is_deleted for page in await Page.with_deleted().order_by("id")]
    return *cards, *pages, *["sealed" for _ in await Seal.all()]


async def _deletes() -> Steps:
    card = await Card.get(slug="x")
    yield "read"
    await card.delete()
    yield "deleted"


async def _removes() -> Steps:
    card = await Card.get(slug="x")
    yield "read"
    await card.hard_delete()
    yield "removed"


async def _changes() -> Steps:
    card = await Card.get(slug="x")
    yield "read"
    await card.update(amount=7)
    yield "changed"


async def _adds_a_page() -> Steps:
    card = await Card.get(slug="x")
    yield "read"
    await Page.create(card_id=card.id)
    yield "added"


async def _holds_and_adds_a_page() -> Steps:
    card = await Card.get(slug="x")
    yield "read"
    await card.lock()
    await Page.create(card_id=card.id)
    yield "added"


async def _seals() -> Steps:
    card = await Card.get(slug="x")
    await Seal.create(card_id=card.id)
    yield "sealed"


async def _deletes_at_once() -> Steps:
    card = await Card.get(slug="x")
    await card.delete()
    yield "deleted"


async def _restores() -> Steps:
    card = await Card.with_deleted().get(slug="x")
    yield "read"
    await card.restore()
    yield "restored"


def _race(first: Script, second: Script) -> Scenario:
    return Scenario(sessions={"a": first, "b": second}, prepare=_one_card, look=_rows)


@pytest.mark.parametrize("deletes", [_deletes, _removes])
async def test_a_change_comes_before_the_deletion_or_is_refused(stage: Database, deletes: Script) -> None:
    """A deleted row is never changed by somebody who has read it before."""
    for outcome in await hold(stage, _race(deletes, _changes), ALL, GONE):
        assert "a" in outcome.committed, outcome


async def test_of_two_deletions_one_has_deleted(stage: Database) -> None:
    """The other one is told that there is no such row."""
    half = [order for order in ALL if order[0] == "a"]
    for outcome in await hold(stage, _race(_deletes, _deletes), half, GONE):
        assert len(outcome.committed) == 1, outcome


async def test_a_deletion_and_a_restore_end_as_one_after_the_other(stage: Database) -> None:
    """Restoring what is there changes nothing, so both end well."""
    for outcome in await hold(stage, _race(_deletes, _restores), ALL):
        assert outcome.errors == {}, outcome


async def test_two_who_restore_have_the_row_with_what_went_along(stage: Database) -> None:
    """Once, without an error for the second one."""
    scenario = Scenario(
        sessions={"a": _restores, "b": _restores}, prepare=_one_deleted_card_with_a_page, look=_rows
    )
    half = [order for order in ALL if order[0] == "a"]
    for outcome in await hold(stage, scenario, half):
        assert outcome.rows == (("x", 0, False), False), outcome


async def test_a_page_goes_along_with_its_card_or_comes_after_it(stage: Database) -> None:
    """Who holds the card while adding to it is as one who came before or after the deletion."""
    await hold(stage, _race(_deletes, _holds_and_adds_a_page), ALL, GONE)


async def test_a_deletion_waits_for_pages_on_their_way(stage: Database) -> None:
    """What was added before, and is not committed yet, goes along too; only what comes later stays."""
    scenario = _race(_deletes, _adds_a_page)
    # Where there is one writer, who begins is done before the other one begins.
    when = _second if capabilities_of(stage.engine).concurrent_writers else str.index
    for order in ALL:
        outcome = await scenario.play(stage, order)
        added, deleted = when(order, "b"), when(order, "a")
        if not outcome.errors:
            assert outcome.rows == (("x", 0, True), added < deleted), outcome
        else:
            assert (outcome.errors, outcome.rows) == ({"b": "NotFoundError"}, (("x", 0, True),)), outcome


async def test_a_deletion_waits_for_what_forbids_it(stage: Database) -> None:
    """A seal that is not committed yet keeps its card as one that is."""
    scenario = _race(_deletes_at_once, _seals)
    outcomes = await hold(stage, scenario, ["bbaa", "baab", "baba"], {"ForeignKeyError"})
    assert [outcome.committed for outcome in outcomes] == [{"b"}] * 3


def _second(order: str, name: str) -> int:
    """When a session takes its second step."""
    return order.index(name, order.index(name) + 1)

"""Two who want the same unique key, by each way of making, renaming and restoring a row."""

from __future__ import annotations

from dataclasses import replace

from portico.db.session import Database

from .models import Card, Jar, empty
from .stage import Abandoned, Scenario, Script, Steps, hold, orders

ALL = orders(a=2, b=2)
TAKEN = {"DuplicateError"}


async def _jars() -> tuple[str, ...]:
    return tuple(await Jar.all().order_by("slug").values_list("slug", flat=True))


async def _cards() -> tuple[tuple[str, bool], ...]:
    rows = await Card.with_deleted().order_by("slug", "deleted_at")
    return tuple((card.slug, card.is_deleted) for card in rows)


async def _one_jar() -> None:
    await empty(Jar)
    await Jar.create(slug="old")


async def _one_deleted_card() -> None:
    await empty(Card)
    card = await Card.create(slug="x")
    await card.delete()


async def _creates() -> Steps:
    await Jar.create(slug="x")
    yield "created"


async def _creates_and_gives_up() -> Steps:
    await Jar.create(slug="x")
    yield "created"
    raise Abandoned


async def _renames() -> Steps:
    await Jar.filter(slug="old").update(slug="x")
    yield "renamed"


async def _creates_card() -> Steps:
    await Card.create(slug="x")
    yield "created"


async def _restores() -> Steps:
    await Card.only_deleted().filter(slug="x").restore()
    yield "restored"


def _jar_race(first: Script, second: Script) -> Scenario:
    return Scenario(sessions={"a": first, "b": second}, prepare=_one_jar, look=_jars)


async def test_of_two_who_create_a_key_one_has_it(stage: Database) -> None:
    """The other waits until the first one has decided, and is told by a name that it knows."""
    for outcome in await hold(stage, _jar_race(_creates, _creates), ALL, TAKEN):
        assert len(outcome.committed) == 1, outcome


async def test_a_key_that_was_given_up_is_free(stage: Database) -> None:
    """Whoever waited for the decision has it then."""
    outcomes = await hold(stage, _jar_race(_creates_and_gives_up, _creates), ALL, {*TAKEN, "Abandoned"})
    for outcome in outcomes:
        assert outcome.committed == {"b"} or outcome.errors["b"] == "DuplicateError", outcome
    assert all("b" in one.committed for one in outcomes if one.order.startswith("a"))


async def test_of_three_who_create_a_key_one_has_it(stage: Database) -> None:
    """Also when the first one gives it up, and two have waited: MariaDB lets one of them give way."""
    lost = {*TAKEN, "Abandoned", "DeadlockError"}
    race = _jar_race(_creates_and_gives_up, _creates)
    scenario = replace(race, sessions={**race.sessions, "c": _creates})
    for outcome in await hold(stage, scenario, ["abcabc", "abccba", "bacacb"], lost):
        assert len(outcome.committed) == 1, outcome


async def test_a_row_renamed_into_a_key_and_a_new_one_do_not_share_it(stage: Database) -> None:
    """An update runs into the same wall as an insert."""
    for outcome in await hold(stage, _jar_race(_creates, _renames), ALL, TAKEN):
        assert len(outcome.committed) == 1, outcome


async def test_a_restored_row_and_a_new_one_do_not_share_a_key(stage: Database) -> None:
    """Unique among the rows that are there: one of them is there, and whoever lost knows why."""
    scenario = Scenario(sessions={"a": _creates_card, "b": _restores}, prepare=_one_deleted_card, look=_cards)
    for outcome in await hold(stage, scenario, ALL, {*TAKEN, "DeadlockError"}):
        assert sum(not gone for _, gone in outcome.rows) == 1, outcome
        assert outcome.committed, outcome

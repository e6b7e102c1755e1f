"""Lists sorted by values that no cursor can hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped
from tests.integration.resources.shelf import made

from portico.access import ANONYMOUS, PUBLIC
from portico.db.fields import IntegerField, TextField
from portico.db.models import Model
from portico.db.session import Database
from portico.errors import PlanRefusedError
from portico.resources import Exposure, Reach, Scope, describe_all, list_rows, parse_list

METADATA = MetaData()


class Scroll(Model):
    """A row with a long text."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = TextField()

    class Meta:
        metadata = METADATA


async def test_values_too_long_for_a_cursor_do_not_end_a_list_silently(db: Database) -> None:
    """A first page goes on by its offset; behind a cursor the refusal says so."""
    await db.create_tables(METADATA)
    await Scroll.bulk_create(
        [made(Scroll, id=n, text=text) for n, text in enumerate(("a", "b" * 9_000, "c" * 9_000), 1)]
    )
    resources = describe_all([Exposure(model=Scroll, policy=PUBLIC)])
    reach = Reach(resources, resources["scrolls"])
    scope = Scope(db, resources, ANONYMOUS)
    plan = parse_list(reach, [("sort", "text"), ("limit", "1")])
    first = await list_rows(scope, reach, plan)
    second = await list_rows(scope, reach, replace(plan, offset=1))
    assert first.next is not None
    assert (second.next, second.prev, second.more) == (None, None, True)
    with pytest.raises(PlanRefusedError, match="offset"):
        await list_rows(scope, reach, replace(plan, cursor=first.next))

"""A query that is used as if it were something else says what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import F, Q, Query, compile_select
from portico.errors import UnknownNameError, UsageError
from tests.unit.query.shop import Item, Shop

UNAWAITED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "truth": (bool, "exists"),
    "length": (len, "count"),
    "loop": (list, "async for"),
    "membership": (lambda query: 3 in query, "in await"),
}


@pytest.mark.parametrize("how", UNAWAITED)
def test_an_unawaited_query_is_no_list(how: str) -> None:
    """The cure stands in the message."""
    use, cure = UNAWAITED[how]
    for query in (Query(Item).filter(id=1), Query(Item).values("id")):
        with pytest.raises(UsageError, match=cure):
            use(query)


CONDITIONS: dict[str, Any] = {
    "true": True,
    "false": False,
    "none": None,
    "text": "name",
    "number": 3,
    "list": [Item.id == 1],
    "class": Shop,
    "value": Item.name,
    "computed value": Item.id + 1,
    "relation": Item.shop,
    "object": object(),
}


@pytest.mark.parametrize("what", CONDITIONS)
def test_what_is_no_condition_is_refused(what: str) -> None:
    """A comparison made in Python would otherwise mean every row, or none."""
    condition = CONDITIONS[what]
    for verb in (Query(Item).filter, Query(Item).exclude):
        with pytest.raises(UsageError):
            verb(condition)
        with pytest.raises(UsageError):
            verb(Q(condition) | Q(id=1))


def test_sql_conditions_pass() -> None:
    """Whatever SQLAlchemy takes in WHERE."""
    for condition in (sa.true(), sa.text("1 = 1"), sa.func.coalesce(Item.id, 0) == 1, Item.id.in_([1])):
        assert " WHERE " in str(compile_select(Query(Item).filter(condition))).replace("\n", " ")


def test_q_is_frozen_and_has_no_truth() -> None:
    """`and`, `or` and `not` would silently drop one side."""
    question: Any = Q(name="x")
    with pytest.raises(UsageError):
        question.negated = True
    with pytest.raises(UsageError, match="&"):
        _ = question and question
    with pytest.raises(UsageError, match="~"):
        _ = not question


def test_reprs_hold_no_values() -> None:
    """They end in logs."""
    secret = "hunter2"
    query = Query(Item).filter(Item.name == secret, shop__name=secret).order_by("-id")[2:5]
    assert repr(query) == "<Query Item: 1 conditions; order id; limit 3; offset 2>"
    assert repr(Query(Item)) == "<Query Item>"
    question = Q(name=secret) | ~Q(Item.name == secret, id=1)
    assert repr(question) == "Q(Q(name) | ~Q(Q(…, id)))"
    assert secret not in repr(query.values("id")) + repr(F("id") + 1) + repr(F("id"))


def test_parts_of_a_call_that_cannot_be() -> None:
    """Columns, keys and sorts of the wrong sort are named."""
    query = Query(Item)
    relation: Any = Item.shop
    wrong: list[tuple[Callable[..., Any], Any]] = [
        *((query.only, each) for each in (relation, 3, Item.id + 1)),
        *((query.values, each) for each in (relation, 3, Shop)),
        *((query.order_by, each) for each in (relation, Item.data, None, Item, 3)),
    ]
    for verb, argument in wrong:
        with pytest.raises(UsageError):
            verb(argument)
    with pytest.raises(UsageError, match="takes one column"):
        query.values_list("id", "name", flat=True)
    with pytest.raises(UsageError):
        query.values(sa.select(Item))  # type: ignore[call-overload] # pyright: ignore[reportArgumentType,reportCallIssue] -- tried
    with pytest.raises(UnknownNameError) as caught:
        query.only("nmae")
    assert caught.value.nearest == "name"
    with pytest.raises(UnknownNameError, match="no column"):
        query.only("shop__name")
    with pytest.raises(UnknownNameError, match="no part"):
        query.values("made__year__x")


def test_conditions_can_be_joined_from_the_left() -> None:
    """An expression on the left of & or | is no obstacle where it lets us answer."""
    question: Any = Q(id=1)
    joined = [question.__rand__(Item.id == 2), question.__ror__(Item.id == 2)]
    assert [each.connector for each in joined] == ["and", "or"]
    assert Query(Item).model is Item


def test_f_stands_in_keywords_only() -> None:
    """SQLAlchemy would send it as a value."""
    with pytest.raises(UsageError, match="typed expressions"):
        Query(Item).filter(Item.id == F("price"))


def test_a_thousand_alternatives_are_no_depth() -> None:
    """A chain of | stays flat."""
    question = Q(id=0)
    for number in range(3000):
        question |= Q(id=number)
    assert len(question.children) == 3001
    Query(Item).filter(question)


def test_a_field_called_self_can_be_asked() -> None:
    """Keywords belong to the model."""
    with pytest.raises(Exception, match="no field 'self'"):
        Query(Item).filter(self=1)

"""Any SELECT gives of tables with criteria what it gives of tables that never held the other rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from portico.db.session import Database
from portico.errors import UsageError

from .library import inside
from .twins import FIRST, PLAIN, SECOND, fill, rows_of

often = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Pair = tuple[Any, Any]
Make = Callable[[Pair], Any]
"""Makes something of the two tables: a source with the columns of a table, or a whole SELECT."""


class Named:
    """Names that no other part of a statement has."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, kind: str) -> str:
        """The next one."""
        self._count += 1
        return f"{kind}_{self._count}"


@st.composite
def leaves(draw: st.DrawFn, named: Named) -> Make:
    """A table under a name of its own, at first hand, in a subquery or in a CTE."""
    which = draw(st.integers(0, 1))
    kind = draw(st.sampled_from(["alias", "alias", "subquery", "cte", "union"]))
    name, least = named(kind), draw(st.integers(0, 3))

    def make(pair: Pair) -> Any:
        table = pair[which]
        if kind == "alias":
            return table.alias(name)
        chosen = sa.select(table).where(table.c.n >= least)
        if kind == "union":
            return sa.union_all(chosen, sa.select(pair[1 - which])).subquery(name)
        return chosen.cte(name) if kind == "cte" else chosen.subquery(name)

    return make


@st.composite
def trees(
    draw: st.DrawFn, named: Named, joins: list[str], depth: int = 2
) -> Callable[[Pair], tuple[Any, list[Any]]]:
    """A tree of joins, and the sources in it from left to right."""
    if depth == 0 or draw(st.booleans()):
        leaf = draw(leaves(named))
        return lambda pair: ((made := leaf(pair)), [made])
    left, right = draw(trees(named, joins, depth - 1)), draw(trees(named, joins, depth - 1))
    kind, on = draw(st.sampled_from(joins)), draw(st.sampled_from(["id", "ref", "n"]))

    def make(pair: Pair) -> tuple[Any, list[Any]]:
        (one, first), (other, second) = left(pair), right(pair)
        same = first[-1].c[on] == second[0].c.ref
        joined = sa.join(one, other, same, isouter=kind == "left", full=kind == "full")
        return joined, [*first, *second]

    return make


@st.composite
def selects(draw: st.DrawFn, joins: list[str]) -> Make:
    """A SELECT of a tree, perhaps with a condition on other rows, with groups, or beside another source."""
    named = Named()
    tree, beside = draw(trees(named, joins)), draw(st.none() | leaves(named))
    asked, other = draw(st.sampled_from(["", "exists", "not exists", "in", "scalar"])), draw(leaves(named))
    grouped = draw(st.booleans())

    def make(pair: Pair) -> Any:
        source, parts = tree(pair)
        columns: list[Any] = [one.c.id.label(f"c{number}") for number, one in enumerate(parts)]
        statement: Any = sa.select(*columns).select_from(source)
        inner, outer = other(pair), parts[0]
        matching = sa.select(inner.c.id).where(inner.c.ref == outer.c.ref)
        if asked in {"exists", "not exists"}:
            found = matching.exists()
            statement = statement.where(found if asked == "exists" else ~found)
        elif asked == "in":
            statement = statement.where(outer.c.ref.in_(sa.select(inner.c.n)))
        elif asked == "scalar":
            most = sa.select(sa.func.max(inner.c.n)).where(inner.c.ref == outer.c.ref).scalar_subquery()
            statement = statement.add_columns(most)
        if beside is not None:
            more = beside(pair)
            statement = statement.add_columns(more.c.id.label("beside")).where(more.c.ref == outer.c.n)
        if not grouped:
            return statement
        rows = statement.subquery("counted")
        return sa.select(rows.c[0], sa.func.count()).group_by(rows.c[0])

    return make


@pytest.fixture
async def twins(db: Database) -> Database:
    """Both pairs of tables with their rows."""
    await fill(db)
    return db


@often
@given(data=st.data())
async def test_a_select_of_any_shape_sees_only_visible_rows(twins: Database, data: st.DataObject) -> None:
    """Joins of all kinds, aliases, subqueries, CTEs, unions, EXISTS and groups, nested in each other."""
    joins = ["inner", "left", *(["full"] if twins.dialect_name != "mysql" else [])]
    make = data.draw(selects(joins))
    try:
        plain = await rows_of(twins, make(PLAIN))
    except UsageError:
        assume(False)  # SQLite does not find all its columns in some nested joins, with and without criteria
    with inside("north"):
        assert await rows_of(twins, make((FIRST, SECOND))) == plain

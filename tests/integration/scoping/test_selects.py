"""No SELECT goes without the criteria of its tables, whatever it is made of and whoever sends it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.session import Database

from .twins import Build, both, fill


def _recursive(table: Any) -> Any:
    first = sa.select(table.c.id.label("id")).where(table.c.id < 3).cte("found", recursive=True)
    found = first.union(sa.select(table.c.id).where(table.c.id == first.c.id + 1))
    return sa.select(found.c.id)


SELECTS: dict[str, Build] = {
    "a table": lambda a, _: sa.select(a),
    "a count": lambda a, _: sa.select(sa.func.count()).select_from(a),
    "conditions with OR": lambda a, _: sa.select(a).where(sa.or_(a.c.n > 2, a.c.ref == 1)),
    "groups": lambda a, _: sa.select(a.c.ref, sa.func.sum(a.c.n)).group_by(a.c.ref),
    "an alias": lambda a, _: sa.select(a.alias("x").c.id),
    "two tables side by side": lambda a, b: sa.select(a.c.id, b.c.id).where(a.c.ref == b.c.ref),
    "the same table twice": lambda a, _: sa.select(a.c.id, (x := a.alias()).c.id).where(a.c.ref == x.c.ref),
    "an inner join": lambda a, b: sa.select(a.c.id, b.c.id).join_from(a, b, a.c.ref == b.c.ref),
    "an outer join": lambda a, b: sa.select(a.c.id, b.c.id).join_from(a, b, a.c.ref == b.c.ref, isouter=True),
    "rows without a match": lambda a, b: (
        sa.select(a.c.id).join_from(a, b, a.c.id == b.c.id, isouter=True).where(b.c.id.is_(None))
    ),
    "a join on the right of a join": lambda a, b: sa.select(
        a.c.id, b.c.id, (x := a.alias()).c.id
    ).select_from(sa.join(a, sa.join(b, x, b.c.ref == x.c.ref), a.c.n == b.c.n, isouter=True)),
    "a subquery": lambda a, _: sa.select(sa.select(a).where(a.c.n > 1).subquery().c.id),
    "a scalar subquery": lambda a, b: sa.select(
        a.c.id, sa.select(sa.func.count()).where(b.c.ref == a.c.ref).scalar_subquery()
    ),
    "EXISTS": lambda a, b: sa.select(a.c.id).where(sa.exists().where(b.c.ref == a.c.ref)),
    "NOT EXISTS": lambda a, b: sa.select(a.c.id).where(~sa.exists().where(b.c.ref == a.c.ref)),
    "IN of a select": lambda a, b: sa.select(a.c.id).where(a.c.ref.in_(sa.select(b.c.ref))),
    "a CTE": lambda a, _: sa.select((c := sa.select(a).cte("c")).c.id).where(c.c.n > 1),
    "a recursive CTE": lambda a, _: _recursive(a),
    "a union": lambda a, b: sa.union_all(sa.select(a.c.id), sa.select(b.c.id)),
    "a union in a subquery": lambda a, b: sa.select(
        sa.union_all(sa.select(a.c.id), sa.select(b.c.id)).subquery().c[0]
    ),
    "a window": lambda a, _: sa.select(a.c.id, sa.func.count().over(partition_by=a.c.ref)),
    "a literal beside": lambda a, _: sa.select(sa.literal(1)).select_from(a),
    "DISTINCT with a limit": lambda a, _: sa.select(a.c.ref).distinct().order_by(a.c.ref).limit(2),
    "a join of nobody's": lambda a, b: sa.select(a.c.id, b.c.id).join_from(a, b, sa.true()),
}


@pytest.fixture
async def twins(db: Database) -> Database:
    """Both pairs of tables with their rows."""
    await fill(db)
    return db


@pytest.mark.parametrize("name", SELECTS)
async def test_a_select_shows_what_its_twin_shows(twins: Database, name: str) -> None:
    """The rows of others are not there: as if the table had never had them."""
    scoped, plain = await both(twins, SELECTS[name])
    assert scoped == plain
    assert plain


@pytest.mark.requires("full_join")
async def test_a_full_join_filters_both_sides_first(twins: Database) -> None:
    """A row without a visible match stands alone; one that is hidden stands nowhere."""

    def build(a: Any, b: Any) -> Any:
        return sa.select(a.c.id, b.c.id).join_from(a, b, a.c.id == b.c.id, full=True)

    scoped, plain = await both(twins, build)
    assert scoped == plain
    assert any(None in row for row in plain)


@pytest.mark.requires("full_join")
async def test_a_full_join_of_joins_and_aliases_filters_all_of_them(twins: Database) -> None:
    """What stands at the left of an outer join within a full one is filtered there."""

    def build(a: Any, b: Any) -> Any:
        x, y = a.alias("x"), b.alias("y")
        inner = sa.join(a, b, a.c.ref == b.c.ref, isouter=True)
        return sa.select(a.c.id, b.c.id, x.c.id, y.c.id).select_from(
            sa.join(inner, sa.join(x, y, x.c.n == y.c.n, isouter=True), a.c.id == x.c.id, full=True)
        )

    scoped, plain = await both(twins, build)
    assert scoped == plain


@pytest.mark.requires("row_locks")
async def test_rows_are_locked_within_the_criteria(twins: Database) -> None:
    """FOR UPDATE."""
    scoped, plain = await both(twins, lambda a, _: sa.select(a.c.id).with_for_update())
    assert scoped == plain


async def test_lateral_and_sampled_rows_are_filtered(twins: Database) -> None:
    """What PostgreSQL alone can do."""
    if twins.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL has both")

    def lateral(a: Any, b: Any) -> Any:
        few = sa.select(b.c.id).where(b.c.ref == a.c.ref).order_by(b.c.id).limit(1).lateral("few")
        return sa.select(a.c.id, few.c.id).join_from(a, few, sa.true(), isouter=True)

    def sampled(a: Any, _: Any) -> Any:
        return sa.select(sa.tablesample(a, 100, name="s").c.id)

    for build in (lateral, sampled):
        scoped, plain = await both(twins, build)
        assert scoped == plain

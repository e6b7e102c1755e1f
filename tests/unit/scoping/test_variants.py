"""Dialects in variants, and the one place where SQLAlchemy is relied on beyond what it promises."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import SQLCompiler

from portico.db.compiled.lanes.gathering import Gathering, Several
from portico.db.compiled.shapes import Binder, Shape
from portico.db.engine.criteria import Criterion, in_force, lift_while, lifted, register_criterion
from portico.db.engine.criteria.compiler import check_sqlalchemy
from portico.db.engine.criteria.lifting import lifted_now
from portico.db.engine.criteria.registry import tables_named
from portico.db.engine.criteria.variants import MOST, scoped
from portico.errors import ConfigurationError

PAPERS = sa.Table(
    "scoped_papers", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("hidden", sa.Boolean)
)
register_criterion(Criterion("hidden", PAPERS, lambda rows: rows.c.hidden.is_(None)))


def _dialect() -> Any:
    make: Any = postgresql.dialect
    return scoped(make())


def _text(dialect: sa.Dialect) -> str:
    return str(sa.select(PAPERS.c.id).compile(dialect=dialect))


def test_a_variant_knows_what_its_dialect_learns_later() -> None:
    """They are one object in all but the criteria."""
    dialect = _dialect()
    with lifted("hidden"):
        other: Any = in_force(dialect)
    other.server_version_info = (15, 0)
    assert dialect.server_version_info == (15, 0)
    assert other is not dialect
    assert "hidden" in _text(dialect)
    assert "hidden" not in _text(other)


def test_a_criterion_is_lifted_on_one_table_or_on_all() -> None:
    """By its name, or with the table."""
    dialect = _dialect()
    other = sa.Table("other", sa.MetaData())
    for what, is_there in ((("hidden", PAPERS), False), (("hidden", other), True), ("hidden", False)):
        with lifted(what):
            assert ("hidden" in _text(in_force(dialect))) is is_there


def test_a_criterion_can_be_lifted_while_something_is_so() -> None:
    """A condition that is asked each time."""
    holds: list[bool] = []
    lift_while("scoped-test", lambda: bool(holds))
    assert "scoped-test" not in lifted_now()
    holds.append(True)
    assert "scoped-test" in lifted_now()
    holds.clear()


def test_variants_are_bounded() -> None:
    """However many sets are lifted one after the other."""
    dialect = _dialect()
    for number in range(MOST * 2):
        with lifted(f"name {number}"):
            in_force(dialect)
    assert len(dialect.portico_variants) <= MOST


def test_a_new_criterion_is_in_force_for_statements_that_were_compiled_before() -> None:
    """Texts from before are never sent again."""
    dialect = _dialect()
    before = in_force(dialect)
    table = sa.Table("scoped_sheets", sa.MetaData(), sa.Column("id", sa.Integer))
    register_criterion(Criterion("late", table, lambda rows: rows.c.id > 0))
    assert in_force(dialect) is not before


def test_a_criterion_ends_with_its_table() -> None:
    """Nobody else keeps it."""
    table = sa.Table("scoped_passing", sa.MetaData(), sa.Column("id", sa.Integer))
    register_criterion(Criterion("passing", table, lambda rows: rows.c.id > 0))
    gone = weakref.ref(table)
    del table
    gc.collect()
    assert gone() is None
    assert tables_named("scoped_passing") == []


def test_a_copy_of_a_table_has_its_criteria() -> None:
    """As has a table that SQLAlchemy has annotated."""
    copied = PAPERS.to_metadata(sa.MetaData())
    text = str(sa.select(copied).compile(dialect=_dialect()))
    assert "hidden IS NULL" in text


def test_a_sqlalchemy_that_composes_statements_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At start, with its version, instead of rows that are not kept apart."""

    def composed(self: Any, text: str) -> str:
        return text

    monkeypatch.setattr(SQLCompiler, "_compose_select_body", composed)
    with pytest.raises(ConfigurationError, match=sa.__version__):
        check_sqlalchemy()
    monkeypatch.delattr(SQLCompiler, "_compose_select_body")
    with pytest.raises(ConfigurationError, match=sa.__version__):
        check_sqlalchemy()


class _ByHand:
    """Takes statements, and answers when it is told to."""

    def __init__(self) -> None:
        self.sent: list[list[Any]] = []
        self.answer = asyncio.Event()

    async def fetch(self, shape: Shape, arguments: Any) -> list[tuple[Any, ...]]:
        """The arguments as the rows of their keys."""
        assert shape.binders
        self.sent.append(list(arguments))
        await self.answer.wait()
        keys = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
        return [(arguments[1], key) for key in keys]


async def test_those_with_other_called_values_are_never_asked_for_together() -> None:
    """One statement has one tenant."""
    meant: list[str] = [""]
    binders = (Binder(0), Binder(None, called=lambda: meant[0]))
    several = Several(Shape("one", binders), Shape("many", binders))
    lane = _ByHand()
    gathering = Gathering(lane)
    tasks: list[tuple[str, asyncio.Task[Any]]] = []
    for number in range(8):
        meant[0] = "north" if number % 2 else "south"
        arguments = several.one.arguments([number])
        tasks.append((meant[0], asyncio.create_task(gathering.row(several, arguments, number))))
        await asyncio.sleep(0)
    meant[0] = "nobody"
    lane.answer.set()
    for house, task in tasks:
        assert (await task)[0] == house
    assert {arguments[1] for arguments in lane.sent} == {"north", "south"}
    assert len(lane.sent) < len(tasks)

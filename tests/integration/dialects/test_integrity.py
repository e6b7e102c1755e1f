from __future__ import annotations

import traceback
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.db.dialects import translate
from portico.db.session import Database, atomic, run
from portico.errors import (
    CheckError,
    DuplicateError,
    ForeignKeyError,
    InvalidError,
    RequiredError,
    UsageError,
)


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_N_name)s"})


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Person(Base):
    __tablename__ = "people"
    __table_args__ = (
        sa.UniqueConstraint("first", "last"),
        sa.Index("ix_people_badge", "badge", unique=True),
        sa.CheckConstraint("age > 0", name="ck_people_age"),
        sa.CheckConstraint("pay > 0"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column("user_name", sa.String(10), unique=True)
    first: Mapped[str | None] = mapped_column(sa.String(10))
    last: Mapped[str | None] = mapped_column(sa.String(10))
    badge: Mapped[int | None]
    age: Mapped[int | None]
    pay: Mapped[int | None]
    team_id: Mapped[int | None] = mapped_column("team", sa.ForeignKey("teams.id"))
    second_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id"))


people, teams = Base.metadata.tables["people"], Base.metadata.tables["teams"]
CANARY = "canary-4711"


@pytest.fixture
async def staff(db: Database) -> Database:
    """Two teams and Ann."""
    await db.create_tables(Base.metadata)
    await run(db, sa.insert(teams), [{"id": 1}, {"id": 2}])
    ann = {"id": 1, "user_name": "ann", "first": "A", "last": "B", "badge": 1, "team": 1}
    await run(db, sa.insert(people), [ann])
    return db


def insert(**values: object) -> sa.Insert:
    """A second person, who is fine but for these values."""
    return sa.insert(people).values({"id": 2, "user_name": "bob", **values})


Refused = DuplicateError | ForeignKeyError | InvalidError
BROKEN: dict[str, tuple[sa.Executable, type[Refused], tuple[str, ...]]] = {
    "unique": (insert(user_name="ann"), DuplicateError, ("login",)),
    "primary key": (insert(id=1), DuplicateError, ("id",)),
    "composite unique": (insert(first="A", last="B"), DuplicateError, ("first", "last")),
    "unique index": (insert(badge=1), DuplicateError, ("badge",)),
    "missing parent": (insert(team=77), ForeignKeyError, ("team_id",)),
    "missing second parent": (insert(team=1, second_team_id=77), ForeignKeyError, ("second_team_id",)),
    "missing parent by update": (sa.update(people).values(team=77), ForeignKeyError, ("team_id",)),
    "still referred to": (sa.delete(teams).where(teams.c.id == 1), ForeignKeyError, ("id",)),
    "check": (insert(age=-1), CheckError, ("age",)),
    "check without a name": (insert(pay=-1), CheckError, ("pay",)),
    "null": (insert(user_name=None), RequiredError, ("login",)),
    "left out": (sa.insert(people).values(id=9), RequiredError, ("login",)),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_rule_gives_the_same_error_everywhere(staff: Database, case: str) -> None:
    """Whoever handles the error need not know the database: the class and the attributes are the same."""
    statement, kind, fields = BROKEN[case]
    with pytest.raises(kind) as caught:
        await run(staff, statement)
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, DuplicateError | ForeignKeyError | InvalidError)
    assert tuple(error.fields) == fields


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_rule_inside_a_unit_gives_the_same_error(staff: Database, case: str) -> None:
    """A savepoint does not change what is known about the failure."""
    statement, kind, fields = BROKEN[case]
    async with atomic(staff):
        with pytest.raises(kind) as caught:
            async with atomic(staff):
                await run(staff, statement)
    error = caught.value
    assert isinstance(error, DuplicateError | ForeignKeyError | InvalidError)
    assert tuple(error.fields) == fields


async def test_a_flush_gives_the_same_error(staff: Database) -> None:
    """SQLAlchemy's own unit of work writes the same rows and fails in the same words."""
    with pytest.raises(ForeignKeyError) as caught:
        async with atomic(staff) as unit:
            unit.session.add(Person(id=5, login="eve", team_id=1, second_team_id=99))
    assert caught.value.fields == ("second_team_id",)


async def test_many_rows_at_once_name_the_reference_that_is_missing(staff: Database) -> None:
    """The failing row is found among all that were sent."""
    rows = [{"id": n, "user_name": f"n{n}", "team": 1, "second_team_id": n} for n in (2, 3)]
    with pytest.raises(ForeignKeyError) as caught:
        await run(staff, sa.insert(people), rows)
    assert caught.value.fields == ("second_team_id",)


async def test_raw_sql_is_translated_with_column_names(staff: Database) -> None:
    """Plain text has no mapped class, so the columns keep their own names."""
    with pytest.raises(DuplicateError) as caught:
        await staff.execute_raw("INSERT INTO people (id, user_name, first, last) VALUES (3, 'x', 'A', 'B')")
    assert caught.value.fields == ("first", "last")
    with pytest.raises(RequiredError) as missing:
        await staff.execute_raw("INSERT INTO people (id, user_name) VALUES (3, NULL)")
    assert tuple(missing.value.fields) == ("user_name",)


BAD_VALUES: dict[str, Callable[[], sa.Executable]] = {
    "beyond 64 bits": lambda: insert(age=2**63),
    "a lone surrogate": lambda: insert(user_name="a\ud800b"),
}


@pytest.mark.parametrize("case", BAD_VALUES)
async def test_a_value_that_no_database_stores_is_invalid_everywhere(staff: Database, case: str) -> None:
    """Three drivers raise three things; the caller sees one."""
    with pytest.raises(InvalidError) as caught:
        await run(staff, BAD_VALUES[case]())
    assert type(caught.value) is InvalidError
    assert list(caught.value.fields) == [{"beyond 64 bits": "age"}.get(case, "login")]


@pytest.mark.parametrize(
    ("values", "field"), [({"user_name": "x" * 11}, "login"), ({"badge": 2**40}, "badge")]
)
async def test_a_value_that_does_not_fit_names_its_attribute(
    staff: Database, values: dict[str, object], field: str
) -> None:
    """SQLite stores both, which is why values are validated before; the servers refuse them alike."""
    if staff.dialect_name == "sqlite":
        pytest.skip("SQLite has no limits on columns")
    with pytest.raises(InvalidError) as caught:
        await run(staff, insert(**values))
    assert list(caught.value.fields) == [field]


async def test_a_logged_traceback_holds_no_sql_and_no_value(staff: Database) -> None:
    """PostgreSQL's detail line quotes the whole row, and a traceback prints the chain of causes."""
    with pytest.raises(RequiredError) as caught:
        await run(staff, insert(user_name=None, first=CANARY[:10]))
    printed = "".join(traceback.format_exception(caught.value))
    assert CANARY[:10] not in printed
    assert "INSERT" not in printed
    assert isinstance(caught.value.__cause__, sa_exc.DBAPIError)


async def test_a_table_that_does_not_exist_is_a_usage_error(staff: Database) -> None:
    """The developer sees which name the database did not know."""
    with pytest.raises(UsageError, match="nothing_here"):
        await staff.fetch_all("SELECT * FROM nothing_here")


async def test_an_explicit_mapper_gives_the_names(staff: Database) -> None:
    """A caller that knows better than the statement may say so."""
    try:
        async with staff.engine.begin() as connection:
            await connection.execute(sa.text("INSERT INTO people (id, user_name) VALUES (7, 'ann')"))
    except sa_exc.IntegrityError as error:
        found = translate(error, mapper=sa.inspect(Person))
        assert isinstance(found, DuplicateError)
        assert found.fields == ("login",)


def test_our_own_error_stays_itself() -> None:
    """Translating twice changes nothing."""
    error = InvalidError("no", fields={"amount": [str(Decimal(1))]})
    assert translate(error) is error

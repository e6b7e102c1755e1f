"""What PostgreSQL writes of a value is what the general path sends, or it says that it does not know."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from portico.db.compiled import Slots, lane_of, shape_of
from portico.db.compiled.writers.documents import INEXACT, json_text, object_text
from portico.db.models import column_type
from portico.db.session import Database
from tests.integration.compiled.writers.comparing import described, general_documents
from tests.integration.compiled.writers.everything import METADATA, VALUES, Everything

RESOURCE = described(Everything)
LEFT_TO_ROWS = {"document", "numbers", "moments"}
"""What has no exact text in SQL."""
often = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def table(db: Database) -> Database:
    """The database with a table of every kind of field."""
    if db.dialect_name != "postgresql":
        pytest.skip("only PostgreSQL writes documents")
    await db.create_tables(METADATA)
    return db


def text_of(name: str) -> Any:
    """The SQL of one field."""
    return json_text(getattr(Everything, name), column_type(Everything, name), RESOURCE.fields[name])


async def store(db: Database, name: str, value: str) -> None:
    """Store a row as another program would, without anybody's rules."""
    await stated(db, f'INSERT INTO {Everything.__table__.name} ("{name}") VALUES ({value})')


async def stated(db: Database, statement: str) -> None:
    """Run a statement as it is."""
    async with db.engine.connect() as connection:
        await connection.exec_driver_sql(statement)
        await connection.commit()


async def written(db: Database, name: str) -> list[str]:
    """What the database writes of one field of all rows."""
    statement = (
        sa.select(object_text([(name, text_of(name))])).select_from(Everything).order_by(Everything.id)
    )
    shape, lane = shape_of(statement, Slots([]), db.engine.dialect), lane_of(db)
    assert shape is not None
    assert lane is not None
    return [row[0] for row in await lane.fetch(shape, [])]


async def sent(db: Database, name: str) -> list[str]:
    """What the general path sends of it."""
    documents = await general_documents(RESOURCE, db)
    return [to_json({name: one[name]}, inf_nan_mode="null").decode() for one in documents]


@pytest.mark.parametrize("name", sorted(VALUES.keys() - LEFT_TO_ROWS))
@often
@given(data=st.data())
async def test_any_value_has_the_same_text(table: Database, name: str, data: st.DataObject) -> None:
    """Byte for byte, NULL included; what has no exact text is marked, never written in another way."""
    await Everything.filter(id__gte=0).delete()
    values = [None, *data.draw(st.lists(VALUES[name], min_size=1, max_size=20))]
    await Everything.bulk_create([Everything(**{name: value}) for value in values])
    for text, expected in zip(await written(table, name), await sent(table, name), strict=True):
        assert text == expected or INEXACT in text


ORDINARY = [
    ("ratio", "0"),
    ("ratio", "1"),
    ("ratio", "0.1"),
    ("ratio", "1e-5"),
    ("ratio", "1.5e-7"),
    ("ratio", "123456789012345.67"),
    ("ratio", "'NaN'"),
    ("ratio", "'-Infinity'"),
    ("ratio", "'-0'"),
    ("ratio", "1234567890123456.5"),
    ("price", "12.30"),
    ("price", "0"),
    ("price", "-0.01"),
    ("fine", "0"),
    ("fine", "0.000001"),
    ("at", "'2026-01-02 03:04:05.1+02'"),
    ("at", "'2026-01-02 03:04:05Z'"),
    ("at", "'0001-01-01 00:00:00Z'"),
    ("local", "'2026-01-02 03:04:05.000001'"),
    ("day", "'9999-12-31'"),
    ("clock", "'03:04:05.1'"),
    ("clock", "'00:00'"),
    ("length", "'1 day 2:00'"),
    ("length", "'-400 days'"),
    ("length", "'0'"),
    ("length", "'-0.000001 s'"),
    ("words", "'{}'"),
    ("words", """'{"a, b","\\"","é"}'"""),
    ("mood", "'good'"),
    ("level", "-1"),
    ("octets", "'\\x6869ff'"),
    ("title", """E'\\x01\\t\\x7f\\u2028</script>😀"\\\\'"""),
    ("big", "9007199254740993"),
]


@pytest.mark.parametrize(("name", "value"), ORDINARY)
async def test_an_ordinary_value_has_a_text(table: Database, name: str, value: str) -> None:
    """Written by the database itself, not left to another."""
    await store(table, name, value)
    assert await written(table, name) == await sent(table, name)


UNUSUAL = [
    ("price", "'NaN'"),
    ("fine", "0.000000001"),
    ("ratio", "1e23"),
    ("at", "'infinity'"),
    ("at", "'20000-01-01'"),
    ("local", "'0044-03-15 BC'"),
    ("day", "'-infinity'"),
    ("clock", "'24:00'"),
    ("mood", "'gone'"),
    ("length", "'1 mon'"),
    ("words", "'{NULL}'"),
    ("words", "'{{a},{b}}'"),
    ("keys", "'{NULL}'"),
]


@pytest.mark.parametrize(("name", "value"), UNUSUAL)
async def test_a_value_without_an_exact_text_is_marked(table: Database, name: str, value: str) -> None:
    """The general path has to show it, or to say that it cannot."""
    await stated(
        table, f"ALTER TABLE {Everything.__table__.name} DROP CONSTRAINT ck_everythings_mood_choices"
    )
    await store(table, name, value)
    (text,) = await written(table, name)
    assert INEXACT in text


async def test_fewer_digits_than_a_float_has_are_noticed(table: Database) -> None:
    """A setting of old makes PostgreSQL round what it shows."""
    await Everything.create(ratio=1 / 3)
    await stated(table, f"ALTER DATABASE {table.url.database} SET extra_float_digits = 0")
    try:
        async with Database(table.url, name="rounded") as rounded:
            (text,) = await written(rounded, "ratio")
    finally:
        await stated(table, f"ALTER DATABASE {table.url.database} RESET extra_float_digits")
    assert INEXACT in text


@pytest.mark.parametrize("name", sorted(LEFT_TO_ROWS))
def test_what_has_no_exact_text_has_none(name: str) -> None:
    """Documents of such a column are written of rows."""
    assert text_of(name) is None

"""`portico doctor` says how each resource is served, and fails only where something would not work."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event as listen
from sqlalchemy.orm import Session

from portico.db.session.registry import forget_database, registered_databases
from portico.settings import get_settings

from .conftest import Ended

Portico = Callable[..., Ended]
APPLICATION = """
from fastapi import FastAPI
from pydantic import field_serializer
from sqlalchemy import MetaData
from portico import Database, IntegerField, Mapped, Model, Portico, StringField

db = Database("sqlite:///{file}", compiled="{compiled}")
metadata = MetaData()

class Plain(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField()
    class Meta:
        metadata = metadata

class Shouting(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField()
    class Meta:
        metadata = metadata
    class Read(Model.Read):
        @field_serializer("name")
        def loud(self, name):
            return name.upper()

class Watched(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    class Meta:
        metadata = metadata
    def __setattr__(self, name, value):
        super().__setattr__(name, value)

{more}
api = Portico(db, writer="{writer}", secret_key={key!r}, create_tables={made})
api.expose(Plain, policy="public")
api.expose(Shouting, policy="public")
app = FastAPI()
api.mount(app)
other = FastAPI()
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Write an application as the module ``shop`` of the current folder."""
    monkeypatch.chdir(tmp_path)
    before = registered_databases()

    def write(
        compiled: str = "private",
        writer: str = "auto",
        key: str | None = "k" * 40,
        *,
        made: bool = True,
        more: str = "",
    ) -> None:
        text = APPLICATION.format(
            file=tmp_path / "shop.db", compiled=compiled, writer=writer, key=key, made=made, more=more
        )
        (tmp_path / "shop.py").write_text(text)

    yield write
    sys.modules.pop("shop", None)
    if str(tmp_path) in sys.path:
        sys.path.remove(str(tmp_path))
    for name, one in registered_databases().items():
        if before.get(name) is not one:
            forget_database(one)


@pytest.mark.parametrize("target", ["shop", "shop:app", "shop:api"])
def test_each_resource_is_compiled_or_the_reason_is_said(
    portico: Portico, written: Callable[..., None], target: str
) -> None:
    """A model with code of its own in its schema takes the general path, and nobody has to guess it."""
    written()
    ended = portico("doctor", target)
    assert ended.code == 0
    assert "plains: compiled." in ended.out
    assert "shoutings: the general path, because its Read schema has serializers of its own." in ended.out
    assert 'on connections of their own (compiled="private")' in ended.out
    assert "Nothing is wrong." in ended.out


def test_a_switch_is_a_reason(portico: Portico, written: Callable[..., None]) -> None:
    """Who chose the safe way sees that it was chosen."""
    written(writer="pydantic")
    assert (
        "plains: the general path, because writer='pydantic' was asked for." in portico("doctor", "shop").out
    )


def test_a_database_without_a_lane_says_why(portico: Portico, written: Callable[..., None]) -> None:
    """One sentence instead of a guess per resource."""
    written(compiled="off")
    said = portico("doctor", "shop").out
    assert 'No statement is compiled, since Database(compiled="off") says so.' in said
    assert "plains: the general path, as for all of its database." in said


@pytest.mark.parametrize(
    ("target", "event", "said"),
    [
        ("db.engine.sync_engine", "begin", "No statement is compiled, since something listens for begin."),
        ("Session", "after_begin", "No statement is compiled, since something listens for after_begin."),
        (
            "db.engine.sync_engine",
            "checkout",
            "Compiled statements run on connections of the pool, since something listens for checkout.",
        ),
    ],
)
def test_a_listener_is_a_reason(
    portico: Portico, written: Callable[..., None], target: str, event: str, said: str
) -> None:
    """It has to be heard, and whoever wonders about the speed learns which one it is."""
    written(
        more=f"""
from sqlalchemy import event
from sqlalchemy.orm import Session
def heard(*args):
    pass
event.listen({target}, "{event}", heard)
"""
    )
    try:
        assert said in portico("doctor", "shop").out
    finally:
        if target == "Session":
            listen.remove(Session, event, sys.modules["shop"].heard)


def test_a_model_that_is_written_as_an_object_says_why(
    portico: Portico, written: Callable[..., None]
) -> None:
    """Whether it is exposed or not; the others need no line each."""
    written()
    out = portico("doctor", "shop").out
    assert "Watched has a __setattr__ of its own, so that its rows are written as objects." in out
    assert "Plain has" not in out


def test_missing_tables_are_errors(portico: Portico, written: Callable[..., None]) -> None:
    """The first request would have found out."""
    written(made=False)
    ended = portico("doctor", "shop")
    assert ended.code == 1
    assert "error: The table plains is missing." in ended.out
    assert "error: The table portico_idempotency is missing." in ended.out
    assert "3 errors." in ended.out


def test_a_missing_key_is_an_error_in_production(
    portico: Portico, written: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While developing it is a hint."""
    written(key=None)
    ended = portico("doctor", "shop")
    assert (ended.code, "hint: There is no secret key" in ended.out) == (0, True)
    sys.modules.pop("shop")
    monkeypatch.setenv("ENVIRONMENT", "production")
    get_settings.cache_clear()
    try:
        ended = portico("doctor", "shop")
    finally:
        get_settings.cache_clear()
    assert (ended.code, "error: There is no secret key" in ended.out) == (1, True)


def test_an_application_without_an_api_is_refused(portico: Portico, written: Callable[..., None]) -> None:
    """There is nothing to look at."""
    written()
    ended = portico("doctor", "shop:other")
    assert (ended.code, ended.out) == (2, "")
    assert "no Portico is mounted" in ended.err


def test_a_database_is_looked_at_like_an_application(portico: Portico, tmp_path: Path) -> None:
    """Before it is served."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, price NUMERIC(10, 2))")
    ended = portico("doctor", str(tmp_path / "shop.db"))
    assert ended.code == 0
    assert "items: compiled." in ended.out
    assert "SQLite 3." in ended.out
    assert "secret key" not in ended.out
    assert (tmp_path / "shop.db").stat().st_size > 0


def test_a_database_that_does_not_answer_is_an_error(portico: Portico) -> None:
    """The reason is the driver's."""
    ended = portico("doctor", "postgresql://ann:secret@127.0.0.1:1/shop")
    assert ended.code == 1
    assert "cannot be read" in ended.err
    assert "secret" not in ended.err

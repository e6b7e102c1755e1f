"""Questions share a statement when nothing but values is different, and never otherwise."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.query import F, Q
from portico.db.session import Database, run
from portico.errors import InvalidError
from tests.integration.compiled.reading.both import ON
from tests.integration.differential import world
from tests.integration.differential.world import Article, Writer

from .reads import Doors, both, outcome

_user: ContextVar[int] = ContextVar("user", default=1)
metadata = sa.MetaData()


class Errand(Model):
    """Something for somebody to do."""

    id: Mapped[int] = IntegerField(primary_key=True)
    owner: Mapped[int] = IntegerField()
    german: Mapped[str] = StringField(max_length=10)
    english: Mapped[str] = StringField(max_length=10)

    class Meta:
        """Its own metadata, so that names do not clash with other tests."""

        metadata = metadata

    @hybrid_property
    def mine(self) -> bool:
        """Whether it is for whoever asks."""
        return self.owner == _user.get()

    @hybrid_property
    def title(self) -> str:
        """In the language of whoever asks."""
        return self.german if _user.get() == 1 else self.english


@pytest.fixture
async def library(url: str) -> AsyncGenerator[Doors]:
    """Both doors to writers, articles, comments and labels."""
    async with both(url, world.METADATA) as opened:
        for name, several in world.made_rows(random.Random(7)).items():
            await run(opened.database, sa.insert(world.METADATA.tables[name]), several)
        yield opened


@pytest.fixture
async def errands(url: str) -> AsyncGenerator[Database]:
    """Two, for two people."""
    async with Database(url, name="errands", compiled=ON) as database:
        await database.create_tables(metadata)
        rows = [
            {"id": 1, "owner": 1, "german": "a", "english": "z"},
            {"id": 2, "owner": 2, "german": "b", "english": "y"},
        ]
        await run(database, sa.insert(Errand), rows)
        with database.use():
            yield database


PATHS: list[Any] = [Article.author.name, Article.author.boss.name, Article.author.boss.boss.name]


async def test_two_relations_to_one_class_are_two_questions(library: Doors) -> None:
    """To SQLAlchemy both are the first alias of the same table."""
    names = [writer.name for writer in (await outcome(library.general, lambda: Writer.order_by("id")))[:5]]
    alone = [
        made for name in names for path in PATHS for made in (path == name, path.in_([name]), path != name)
    ]
    together = [(PATHS[0] == names[a]) & (PATHS[1] == names[b]) for a in (0, 1) for b in (0, 1)]
    swapped = [(PATHS[1] == names[a]) & (PATHS[0] == names[b]) for a in (0, 1) for b in (0, 1)]
    for made in (*alone, *together, *swapped, *(Q(title=path) for path in PATHS)):
        found, _ = await library.same(_articles(made))
        number, _ = await library.same(_number(made))
        assert number == len(found)


def _articles(made: Any) -> Callable[[], Awaitable[Any]]:
    return lambda: Article.filter(made).order_by("id")


def _number(made: Any) -> Callable[[], Awaitable[Any]]:
    return lambda: Article.filter(made).count()


async def test_a_hybrid_is_asked_each_time(errands: Database) -> None:
    """It may answer another thing to somebody else, by whatever name it is used."""
    assert errands.url
    for user in (1, 2, 1):
        kept = _user.set(user)
        try:
            assert [one.id for one in await Errand.filter(mine=True)] == [user]
            assert [one.id for one in await Errand.filter(Errand.mine == sa.true())] == [user]
            assert [one.id for one in await Errand.exclude(mine=True)] == [3 - user]
            assert [one.id for one in await Errand.filter(mine=F("mine"), owner=user)] == [user]
            assert (await Errand.order_by("-mine"))[0].id == user
            assert [one.id for one in await Errand.order_by(Errand.title)] == (
                [1, 2] if user == 1 else [2, 1]
            )
            assert (await Errand.order_by("id").values_list("title"))[0] == ("a" if user == 1 else "z",)
        finally:
            _user.reset(kept)


@pytest.mark.parametrize("key", [[1], [1, None], {1}, ([1],)])
async def test_a_list_is_no_key(errands: Database, key: Any) -> None:
    """Also when it has one member, as in a body of JSON."""
    assert (await Errand.get(1)).id == 1
    with pytest.raises(InvalidError):
        await Errand.get(key)
    assert errands.url

"""SQLModel in its asynchronous sessions."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.ext.asyncio import AsyncSession as PlainSession
from sqlmodel import Field, Relationship, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.orm.adapters.sqlalchemy import Orm


class Journal(SQLModel, table=True):
    """A line of a journal."""

    id: int | None = Field(default=None, primary_key=True)
    timestamp: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    level: int = Field(index=True)
    text: str = Field(max_length=255)


class Person(SQLModel, table=True):
    """Somebody in a film."""

    id: int | None = Field(default=None, primary_key=True)
    name: str


class Reviewer(SQLModel, table=True):
    """Somebody who has seen it."""

    id: int | None = Field(default=None, primary_key=True)
    name: str


class Director(SQLModel, table=True):
    """Who directed what."""

    __tablename__ = "movie_director"

    id: int | None = Field(default=None, primary_key=True)
    movie_id: int = Field(foreign_key="movie.id")
    person_id: int = Field(foreign_key="person.id")
    list_order: int
    person: Person = Relationship()


class Cast(SQLModel, table=True):
    """Who played in what."""

    __tablename__ = "movie_cast"

    id: int | None = Field(default=None, primary_key=True)
    movie_id: int = Field(foreign_key="movie.id")
    person_id: int = Field(foreign_key="person.id")
    list_order: int
    person: Person = Relationship()


class Review(SQLModel, table=True):
    """What was said of it."""

    __tablename__ = "movie_review"

    id: int | None = Field(default=None, primary_key=True)
    movie_id: int = Field(foreign_key="movie.id")
    author_id: int = Field(foreign_key="reviewer.id")
    rating: int
    body: str
    author: Reviewer = Relationship()


class Movie(SQLModel, table=True):
    """A film."""

    id: int | None = Field(default=None, primary_key=True)
    title: str
    year: int
    description: str
    directors: list[Director] = Relationship(sa_relationship_kwargs={"order_by": "Director.list_order"})
    cast: list[Cast] = Relationship(sa_relationship_kwargs={"order_by": "Cast.list_order"})
    reviews: list[Review] = Relationship(sa_relationship_kwargs={"order_by": "Review.id"})


class SqlModel(Orm):
    """SQLModel: the calls are those of SQLAlchemy's ORM, the classes its own."""

    name = "sqlmodel"
    title = "SQLModel, async"
    models: Any = SimpleNamespace(Journal=Journal, Movie=Movie, Director=Director, Cast=Cast, Review=Review)

    def session_class(self) -> type[PlainSession]:
        """Its own session."""
        return AsyncSession

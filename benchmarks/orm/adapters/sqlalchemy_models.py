"""The SQLAlchemy mapping."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The registry."""


class Journal(Base):
    """A line of a journal."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    timestamp: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    level: Mapped[int] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(String(255))


class Person(Base):
    """Somebody in a film."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Reviewer(Base):
    """Somebody who has seen it."""

    __tablename__ = "reviewer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Director(Base):
    """Who directed what."""

    __tablename__ = "movie_director"

    id: Mapped[int] = mapped_column(primary_key=True)
    movie_id: Mapped[int] = mapped_column(ForeignKey("movie.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    list_order: Mapped[int]
    person: Mapped[Person] = relationship()


class Cast(Base):
    """Who played in what."""

    __tablename__ = "movie_cast"

    id: Mapped[int] = mapped_column(primary_key=True)
    movie_id: Mapped[int] = mapped_column(ForeignKey("movie.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    list_order: Mapped[int]
    person: Mapped[Person] = relationship()


class Review(Base):
    """What was said of it."""

    __tablename__ = "movie_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    movie_id: Mapped[int] = mapped_column(ForeignKey("movie.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("reviewer.id"))
    rating: Mapped[int]
    body: Mapped[str] = mapped_column(String(400))
    author: Mapped[Reviewer] = relationship()


class Movie(Base):
    """A film."""

    __tablename__ = "movie"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    description: Mapped[str] = mapped_column(String(400))
    directors: Mapped[list[Director]] = relationship(order_by=Director.list_order)
    cast: Mapped[list[Cast]] = relationship(order_by=Cast.list_order)
    reviews: Mapped[list[Review]] = relationship(order_by=Review.id)

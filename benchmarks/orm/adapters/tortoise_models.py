"""The Tortoise models."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Journal(Model):
    """A line of a journal."""

    id = fields.IntField(primary_key=True)
    timestamp = fields.DatetimeField()
    level = fields.IntField(db_index=True)
    text = fields.CharField(max_length=255)


class Person(Model):
    """Somebody in a film."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=80)


class Reviewer(Model):
    """Somebody who has seen it."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=80)


class Movie(Model):
    """A film."""

    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=120)
    year = fields.IntField()
    description = fields.CharField(max_length=400)
    directors: fields.ReverseRelation[Director]
    cast: fields.ReverseRelation[Cast]
    reviews: fields.ReverseRelation[Review]


class Director(Model):
    """Who directed what."""

    id = fields.IntField(primary_key=True)
    movie: fields.ForeignKeyRelation[Movie] = fields.ForeignKeyField("models.Movie", related_name="directors")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="directed"
    )
    list_order = fields.IntField()

    class Meta:
        """The shared table."""

        table = "movie_director"


class Cast(Model):
    """Who played in what."""

    id = fields.IntField(primary_key=True)
    movie: fields.ForeignKeyRelation[Movie] = fields.ForeignKeyField("models.Movie", related_name="cast")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("models.Person", related_name="played")
    list_order = fields.IntField()

    class Meta:
        """The shared table."""

        table = "movie_cast"


class Review(Model):
    """What was said of it."""

    id = fields.IntField(primary_key=True)
    movie: fields.ForeignKeyRelation[Movie] = fields.ForeignKeyField("models.Movie", related_name="reviews")
    author: fields.ForeignKeyRelation[Reviewer] = fields.ForeignKeyField(
        "models.Reviewer", related_name="reviews"
    )
    rating = fields.IntField()
    body = fields.CharField(max_length=400)

    class Meta:
        """The shared table."""

        table = "movie_review"

"""The Tortoise models."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Product(Model):
    """Something for sale."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=80)
    description = fields.CharField(max_length=200)
    category = fields.IntField(db_index=True)
    price = fields.DecimalField(max_digits=10, decimal_places=2)
    stock = fields.IntField()
    active = fields.BooleanField()
    created_at = fields.DatetimeField()
    rating = fields.FloatField()
    archived = fields.BooleanField(default=False)
    reviews: fields.ReverseRelation[Review]

    class Meta:
        """The shared table."""

        table = "product"


class Review(Model):
    """What somebody says of a product."""

    id = fields.IntField(primary_key=True)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "models.Product", related_name="reviews"
    )
    reader = fields.CharField(max_length=80)
    stars = fields.IntField()
    body = fields.CharField(max_length=200)

    class Meta:
        """The shared table."""

        table = "review"

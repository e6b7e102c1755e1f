"""The Django models."""

from __future__ import annotations

from django.db import models


class Product(models.Model):
    """Something for sale."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200)
    category = models.IntegerField(db_index=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField()
    active = models.BooleanField()
    created_at = models.DateTimeField()
    rating = models.FloatField()
    archived = models.BooleanField(default=False)

    class Meta:
        """The shared table."""

        app_label = "bench"
        db_table = "product"


class Review(models.Model):
    """What somebody says of a product."""

    id = models.AutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=80)
    stars = models.IntegerField()
    body = models.CharField(max_length=200)

    class Meta:
        """The shared table."""

        app_label = "bench"
        db_table = "review"
        ordering = ("id",)

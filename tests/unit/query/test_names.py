"""Names in keywords: found step by step, or refused with the nearest one and the choices."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portico.db.query import Q, Query, compile_select
from portico.errors import UnknownNameError, UsageError
from tests.unit.query.shop import Item, Shop, Toy


def sql(query: Query[Any]) -> str:
    """The WHERE clause, on one line."""
    return " ".join(str(compile_select(query)).split()).split(" WHERE ")[1]


WRONG: dict[str, tuple[str, str | None]] = {
    "nmae": ("nmae", "name"),
    "name__icontian": ("icontian", "icontains"),
    "shop__nme": ("nme", "name"),
    "shop__name__startwith": ("startwith", "startswith"),
    "shopp__name": ("shopp", "shop"),
    "made__yeaar": ("yeaar", "year"),
    "made__year__icontains": ("icontains", None),
    "price__icontains": ("icontains", None),
    "shop__exact__name": ("name", None),
    "data": ("exact", None),
    "picture__gt": ("gt", None),
    "name__exact__exact": ("exact", "exact"),
    "items": ("items", None),
    "": ("", None),
    "_sa_registry": ("_sa_registry", None),
    "__class__": ("", None),
    "name; drop table item": ("name; drop table item", None),
}


@pytest.mark.parametrize("keyword", WRONG)
def test_unknown_names_are_refused_with_the_nearest(keyword: str) -> None:
    """Never ignored, never sent."""
    name, nearest = WRONG[keyword]
    with pytest.raises(UnknownNameError) as caught:
        Query(Item).filter(**{keyword: 1})
    assert caught.value.name == name
    assert caught.value.choices
    if nearest:
        assert caught.value.nearest == nearest
        assert f"Did you mean {nearest!r}?" in str(caught.value)


RIGHT: dict[str, tuple[object, str]] = {
    "name": ("x", "item.item_name = :param_1"),
    "label": ("x", "item.item_name = :param_1"),
    "shouted": ("X", "upper(item.item_name) = :param_1"),
    "double__gt": (3, "item.price * :price_1 > :param_1"),
    "a__b": (1, "item.a__b = :param_1"),
    "a__b__gt": (1, "item.a__b > :param_1"),
    "year": (2024, "item.year = :param_1"),
    "year__ge": (2024, "item.year >= :param_1"),
    "year__le": (2024, "item.year <= :param_1"),
    "shop": (1, "item.shop_id = :param_1"),
    "shop__id": (1, "shop_1.id = :param_1"),
    "size": (1, "item.size = :param_1"),
    "colour__in": (["red"], "item.colour IN (__[POSTCOMPILE_param_1])"),
    "data__isnull": (True, "item.data IS NULL"),
    "name__ne": ("x", "item.item_name != :param_1"),
    "price__ne": (1.5, "item.price IS DISTINCT FROM :param_1"),
}


@pytest.mark.parametrize("keyword", RIGHT)
def test_names_lead_to_columns(keyword: str) -> None:
    """Attributes, not column names; also computed ones, synonyms, and names with underscores in them."""
    value, expected = RIGHT[keyword]
    assert sql(Query(Item).filter(**{keyword: value})) == expected


def test_a_subclass_is_asked_for_itself() -> None:
    """Single-table inheritance adds its own condition; fields of parents belong to it."""
    where = sql(Query(Toy).filter(name="x", age=3))
    assert "item.item_name = :param_1 AND item.age = :param_2" in where
    assert "item.kind IN" in where


def test_what_is_not_mapped_cannot_be_asked() -> None:
    """The error says so, instead of failing in SQLAlchemy."""
    for wrong in (int, object(), "item"):
        with pytest.raises(UsageError, match="not a mapped class"):
            Query(wrong)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType,reportUnknownArgumentType] -- tried


def test_other_tables_must_be_joined_first() -> None:
    """A stray table would multiply every row by its own."""
    for stray in (Shop.name == "x", Shop.__table__.c.name == "x"):
        with pytest.raises(UsageError, match="does not read"):
            Query(Item).filter(stray)
        with pytest.raises(UsageError, match="does not read"):
            Query(Item).filter(Q(name="x") | ~Q(stray))
    inside = sa.exists().where(Shop.id == Item.shop_id)
    assert "EXISTS" in sql(Query(Item).filter(inside))


def test_relations_of_plain_classes_keep_their_operators() -> None:
    """SQLAlchemy's own `has` and `any` pass through."""
    assert "EXISTS" in sql(Query(Item).filter(Item.shop.has(Shop.name == "x")))
    assert "item.shop_id IS NULL" in sql(Query(Item).filter(Item.shop == None))  # noqa: E711 -- SQL's IS NULL

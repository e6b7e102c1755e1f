"""Foreign keys of a real database become relations that can be loaded and walked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.orm import class_mapper

from portico.db.query import Query
from portico.db.reflection import reflect
from portico.db.session import Database

Script = Callable[..., Awaitable[None]]
SHOP = (
    "CREATE TABLE addresses (id int PRIMARY KEY, city varchar(20))",
    "CREATE TABLE orders (id int PRIMARY KEY, bill_id int, ship_id int,"
    " FOREIGN KEY (bill_id) REFERENCES addresses (id), FOREIGN KEY (ship_id) REFERENCES addresses (id))",
    "INSERT INTO addresses VALUES (1, 'Graz'), (2, 'Linz')",
    "INSERT INTO orders VALUES (1, 1, 2), (2, 1, 1), (3, NULL, 2)",
)


def names(model: type[Any]) -> list[str]:
    """The relations of a class."""
    return sorted(class_mapper(model).relationships.keys())


async def test_two_foreign_keys_to_one_table_are_two_relations(db: Database, script: Script) -> None:
    """Each one leads where its own column points."""
    await script(*SHOP)
    found = await reflect(db)
    orders = await Query(found.classes["orders"], db).order_by("id").prefetch("bill", "ship")
    assert [(o.bill and o.bill.city, o.ship.city) for o in orders] == [
        ("Graz", "Linz"),
        ("Graz", "Graz"),
        (None, "Linz"),
    ]
    addresses = await Query(found.classes["addresses"], db).order_by("id").prefetch("orders_ship_id")
    assert [[o.id for o in address.orders_ship_id] for address in addresses] == [[2], [1, 3]]


async def test_conditions_walk_over_reflected_relations(db: Database, script: Script) -> None:
    """What holds for models holds for tables that were only found."""
    await script(*SHOP)
    classes = (await reflect(db)).classes
    orders = await Query(classes["orders"], db).filter(ship__city="Linz").order_by("id")
    assert [order.id for order in orders] == [1, 3]


async def test_a_junction_joins_its_two_ends(db: Database, script: Script) -> None:
    """The table stays a table, and each end sees the other."""
    await script(
        "CREATE TABLE posts (id int PRIMARY KEY)",
        "CREATE TABLE tags (id int PRIMARY KEY)",
        "CREATE TABLE post_tags (post_id int, tag_id int, PRIMARY KEY (post_id, tag_id),"
        " FOREIGN KEY (post_id) REFERENCES posts (id), FOREIGN KEY (tag_id) REFERENCES tags (id))",
        "INSERT INTO posts VALUES (1), (2)",
        "INSERT INTO tags VALUES (5), (6)",
        "INSERT INTO post_tags VALUES (1, 5), (1, 6), (2, 6)",
    )
    classes = (await reflect(db)).classes
    assert names(classes["posts"]) == ["post_tags", "tags"]
    posts = await Query(classes["posts"], db).order_by("id").prefetch("tags")
    assert [sorted(tag.id for tag in post.tags) for post in posts] == [[5, 6], [6]]


async def test_a_composite_reference_to_its_own_table(db: Database, script: Script) -> None:
    """A tree inside each shop, as multi-tenant schemas have them."""
    await script(
        "CREATE TABLE nodes (shop int, id int, parent int, PRIMARY KEY (shop, id),"
        " FOREIGN KEY (shop, parent) REFERENCES nodes (shop, id))",
        "INSERT INTO nodes VALUES (1, 1, NULL), (1, 2, 1), (2, 1, NULL)",
    )
    model = (await reflect(db)).classes["nodes"]
    assert names(model) == ["nodes", "nodes_"]
    rows = await Query(model, db).order_by("shop", "id").prefetch("nodes", "nodes_")
    assert [(row.nodes.id if row.nodes else None, len(row.nodes_)) for row in rows] == [
        (None, 1),
        (1, 0),
        (None, 0),
    ]


async def test_a_unique_reference_is_one_to_one(db: Database, script: Script) -> None:
    """A user has a profile, and not a list of profiles."""
    await script(
        "CREATE TABLE users (id int PRIMARY KEY)",
        "CREATE TABLE profiles (user_id int PRIMARY KEY, bio varchar(9),"
        " FOREIGN KEY (user_id) REFERENCES users (id))",
        "INSERT INTO users VALUES (1), (2)",
        "INSERT INTO profiles VALUES (1, 'x')",
    )
    users = await Query((await reflect(db)).classes["users"], db).order_by("id").prefetch("profiles")
    assert [user.profiles and user.profiles.bio for user in users] == ["x", None]


async def test_a_relation_never_hides_a_column(db: Database, script: Script) -> None:
    """The column comes first, the relation makes way."""
    await script(
        "CREATE TABLE users (id int PRIMARY KEY)",
        "CREATE TABLE posts (id int PRIMARY KEY, author varchar(9), author_id int,"
        " FOREIGN KEY (author_id) REFERENCES users (id))",
    )
    assert names((await reflect(db)).classes["posts"]) == ["author_"]

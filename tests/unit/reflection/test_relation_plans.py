"""Which relations foreign keys give, and what they are called."""

from __future__ import annotations

from sqlalchemy import Integer

from portico.db.reflection.facts import ColumnFacts, Reference, TableFacts
from portico.db.reflection.relations import relation_plans


def table(name: str, columns: str, *references: str, key: str = "id", unique: str = "") -> TableFacts:
    """A table from words; a reference is written ``column>target`` or ``a,b>target``."""
    return TableFacts(
        name=name,
        kind="table",
        columns=tuple(ColumnFacts(name=column, type=Integer(), nullable=True) for column in columns.split()),
        key=tuple(key.split()),
        references=tuple(reference(text) for text in references),
        uniques=(tuple(unique.split()),) if unique else (),
    )


def reference(text: str) -> Reference:
    """``a,b>target``; the target's columns do not matter here."""
    columns, _, target = text.partition(">")
    names = tuple(columns.split(","))
    return Reference(columns=names, target=target, target_columns=("id",) * len(names))


def relations(*tables: TableFacts) -> dict[str, dict[str, str]]:
    """Owner → relation → target."""
    plans = relation_plans({each.name: each for each in tables})
    return {owner: {plan.name: plan.target for plan in found} for owner, found in plans.items()}


USERS = table("users", "id name")


def test_two_references_to_one_table_stay_two() -> None:
    """Merging orders.bill_id and orders.ship_id is what others do."""
    found = relations(USERS, table("orders", "id bill_id ship_id", "bill_id>users", "ship_id>users"))
    assert found["orders"] == {"bill": "users", "ship": "users"}
    assert found["users"] == {"orders_bill_id": "orders", "orders_ship_id": "orders"}


def test_a_self_reference_is_seen_from_both_ends() -> None:
    """Chinook's Employee.ReportsTo."""
    found = relations(table("Employee", "EmployeeId ReportsTo", "ReportsTo>Employee"))
    assert found == {"Employee": {"ReportsToEmployee": "Employee", "Employee": "Employee"}}


def test_a_junction_also_joins_its_two_ends() -> None:
    """PlaylistTrack stays a table, and a playlist has tracks."""
    junction = table(
        "votes", "user_id post_id value", "user_id>users", "post_id>posts", key="user_id post_id"
    )
    found = relations(USERS, table("posts", "id"), junction)
    assert found["users"] == {"votes": "votes", "posts": "posts"}
    assert found["posts"] == {"votes": "votes", "users": "users"}


def test_two_junctions_between_the_same_tables_are_told_apart() -> None:
    """Likes and votes both join users and posts."""
    ends = ("user_id>users", "post_id>posts")
    likes, votes = (
        table(name, "user_id post_id", *ends, key="user_id post_id") for name in ("likes", "votes")
    )
    found = relations(USERS, table("posts", "id"), likes, votes)
    assert {"posts_likes", "posts_votes"} <= found["users"].keys()


def test_a_junction_of_a_table_with_itself_says_which_end() -> None:
    """Followers and those they follow are both users."""
    follows = table("follows", "by_id of_id", "by_id>users", "of_id>users", key="by_id of_id")
    found = relations(USERS, follows)
    assert found["users"] == {
        "follows_by_id": "follows",
        "follows_of_id": "follows",
        "users_by_id": "users",
        "users_of_id": "users",
    }


def test_a_relation_gives_way_to_a_column_of_its_name() -> None:
    """The column keeps its name, the relation gets an underscore, whatever order they are found in."""
    found = relations(USERS, table("posts", "id author author_id", "author_id>users"))
    assert found["posts"] == {"author_": "users"}


def test_a_unique_reference_leads_back_to_one_row() -> None:
    """A profile belongs to one user, so a user has one profile and not a list."""
    profiles = table("profiles", "id user_id", "user_id>users", unique="user_id")
    plans = relation_plans({"users": USERS, "profiles": profiles})
    assert [(plan.name, plan.shape) for plan in plans["users"]] == [("profiles", "back_to_one")]


def test_two_composite_references_to_one_table_are_named_with_their_columns() -> None:
    """There is no single column to name them after."""
    lines = table("lines", "id a b c d", "a,b>users", "c,d>users")
    assert relations(USERS, lines)["lines"] == {"a_b_users": "users", "c_d_users": "users"}

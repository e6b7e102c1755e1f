"""What reflected tables, columns and relations are called."""

from __future__ import annotations

import pytest

from portico.db.reflection.names import attribute_name, class_names, path_names, to_many_name, to_one_name


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("AlbumId", "Album"),
        ("AlbumID", "Album"),
        ("album_id", "album"),
        ("ALBUM_ID", "ALBUM"),
        ("album id", "album"),
        ("ReportsTo", "ReportsToEmployee"),
        ("reports_to", "reports_to_Employee"),
        ("paid", "paid_Employee"),
        ("Id", "IdEmployee"),
        ("id", "id_Employee"),
    ],
)
def test_a_to_one_relation_is_its_column_without_the_id_ending(column: str, name: str) -> None:
    """Where the column has no such ending, the target's name makes it another name than the column's."""
    assert to_one_name((column,), "Employee") == name


def test_a_composite_reference_is_named_after_its_target() -> None:
    """No single column says what several point at."""
    assert to_one_name(("shop_id", "number"), "order lines") == "order_lines"


def test_a_to_many_relation_is_the_child_with_columns_where_there_are_several() -> None:
    """orders.bill_id and orders.ship_id must not become one relation."""
    assert to_many_name("orders", ("bill_id",), alone=True) == "orders"
    assert to_many_name("orders", ("bill_id",), alone=False) == "orders_bill_id"


def test_paths_keep_only_characters_that_need_no_escaping() -> None:
    """Spaces, quotes, dots and letters beyond ASCII become underscores."""
    assert path_names(["order details", 'say "hi"', "a.b", "größe", "x-y"]) == {
        "order details": "order_details",
        'say "hi"': "say__hi_",
        "a.b": "a_b",
        "größe": "gr__e",
        "x-y": "x-y",
    }


def test_of_two_tables_with_one_path_the_exact_name_keeps_it() -> None:
    """The result must not depend on the order in which a database lists its tables."""
    names = {"a_b": "a_b", "a b": "a_b_2", "a.b": "a_b_3"}
    assert path_names(["a b", "a.b", "a_b"]) == path_names(["a_b", "a.b", "a b"]) == names


@pytest.mark.parametrize("name", ["admin", "docs", "auth", "health", "ws", "graphql", "redoc"])
def test_a_table_called_like_a_part_of_the_application_gets_an_underscore(name: str) -> None:
    """/docs is the documentation, and the table has to be reachable as well."""
    assert path_names([name]) == {name: f"{name}_"}


def test_class_names_are_identifiers() -> None:
    """They become names of schemas, and of classes in generated code."""
    assert class_names(["Track", "2024", "a-b", "a_b"]) == {
        "Track": "Track",
        "2024": "_2024",
        "a_b": "a_b",
        "a-b": "a_b_2",
    }


@pytest.mark.parametrize("name", ["metadata", "registry", "query", "model_config", "_x", "a b", "2nd", "__x"])
def test_an_attribute_has_the_name_of_its_column(name: str) -> None:
    """Whoever knows the table knows the attributes."""
    assert attribute_name(name) == name


@pytest.mark.parametrize("name", ["__class__", "__init__", "__dict__", "__mapper__", "_sa_instance_state"])
def test_a_column_cannot_replace_what_python_and_sqlalchemy_need(name: str) -> None:
    """A column __class__ would break every instance."""
    assert attribute_name(name) == f"column{name}"

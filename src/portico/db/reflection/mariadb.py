"""What MariaDB does not tell through SQLAlchemy: which of its long texts are JSON.

    json_columns(connection, None)     # frozenset({("orders", "payload")})

MariaDB stores JSON as LONGTEXT with a check ``json_valid(column)``; MySQL has a type of its own.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

_CHECK = re.compile(r"^\(?json_valid\(`(?P<column>(?:[^`]|``)+)`\)\)?$", re.IGNORECASE)


def json_columns(connection: sa.Connection, schema: str | None) -> frozenset[tuple[str, str]]:
    """The (table, column) pairs that hold JSON as text."""
    if connection.dialect.name not in {"mysql", "mariadb"}:
        return frozenset()
    statement = sa.text(
        "SELECT table_name, check_clause FROM information_schema.check_constraints"
        " WHERE constraint_schema = coalesce(:schema, database())"
    )
    try:
        rows = connection.execute(statement, {"schema": schema}).all()
    except DBAPIError:
        return frozenset()  # MySQL's own view has no table_name, and needs none
    matches = ((table, _CHECK.match(clause)) for table, clause in rows)
    return frozenset((table, match["column"].replace("``", "`")) for table, match in matches if match)

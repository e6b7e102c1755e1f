"""What happens when ``User(username="ann")`` is called.

Values are set as given and checked only when they are written. What is not given gets its default now, so
that ``Post(title="x").body`` reads as the default; what only the database can make stays unset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from portico._kernel.suggest import unknown_name
from portico.db.models.keys import class_of, key_of, mapper_of

from .shapes import facts_of, values_of


def fill(instance: Any, values: Mapping[str, Any], *, defaults: bool = True) -> None:
    """Set attributes by name; UnknownNameError for a name that the class does not have."""
    cls = class_of(instance)
    check_names(cls, values)
    for name, value in values.items():
        setattr(instance, name, value)
    if defaults:
        for name, spec in values_of(cls).defaulted.items():
            # SQLAlchemy has set what tells classes in one table apart.
            if not (name in values or name in instance.__dict__ or _follows(cls, name, values)):
                setattr(instance, name, spec.make_default())


def check_names(cls: type[Any], values: Mapping[str, Any]) -> None:
    """UnknownNameError for the first name that the class does not have."""
    names = facts_of(cls).names
    for name in values:
        if name not in names and not isinstance(getattr(cls, name, None), property):
            raise unknown_name(f"{cls.__name__} has no field {name!r}.", name, mapper_of(cls).attrs.keys())


def describe(instance: Any) -> str:
    """``<User 1>``, or ``<User new>`` before it is in the database."""
    cls = class_of(instance)
    if sa.inspect(instance).key is None:
        return f"<{cls.__name__} new>"
    return f"<{cls.__name__} {', '.join(str(part) for part in key_of(instance))}>"


def _follows(cls: type[Any], name: str, values: Mapping[str, Any]) -> bool:
    """Whether a foreign key column gets its value from a relation that was given."""
    column = mapper_of(cls).columns[name]
    return any(
        column in relation.local_columns and relation.key in values
        for relation in mapper_of(cls).relationships
    )

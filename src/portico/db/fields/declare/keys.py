"""Foreign keys.

    author_id: Mapped[int] = ForeignKeyField(User, on_delete="cascade")
    boss_id: Mapped[int | None] = ForeignKeyField("User", on_delete="set_null")

The target is a mapped class, its name (also of a class that comes later, or of the class itself), or a
``"table.column"``. The column gets the type of the column that it refers to, and an index. Raises
`ConfigurationError`, when the model is imported, for a target with a key of several columns and for
``set_null`` on a column that cannot be null; for a name that no class bears, when the models are first used.
"""

# ruff: noqa: N802 -- the helpers are named like the field classes that they stand for in Django
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Unpack, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Mapper, registry

from portico._kernel.suggest import did_you_mean
from portico.db.fields.spec import FieldSpec
from portico.errors import ConfigurationError

from .columns import make
from .options import Reference

ACTIONS = {
    "restrict": "RESTRICT",
    "cascade": "CASCADE",
    "set_null": "SET NULL",
    "set_default": "SET DEFAULT",
    "no_action": "NO ACTION",
}
_REFERENCE = "portico_reference"
_waiting: WeakKeyDictionary[registry, list[sa.Column[Any]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Target:
    """What a foreign key refers to, and what follows when that changes."""

    target: type[Any] | str
    to_field: str | None
    on_delete: str
    on_update: str | None

    def key(self, column: Any) -> sa.ForeignKey:
        """The SQLAlchemy object that says the same."""
        return sa.ForeignKey(
            column,
            ondelete=ACTIONS[self.on_delete],
            onupdate=ACTIONS[self.on_update] if self.on_update else None,
        )


def ForeignKeyField(target: type[Any] | str, **options: Unpack[Reference]) -> Mapped[Any]:
    """A reference to a row of another table, or of the same one."""
    given: dict[str, Any] = {**options}
    goal = Target(target, given.pop("to_field", None), **_actions(given))
    given.setdefault("index", not given.get("unique", False))
    keys = [goal.key(found)] if (found := _column_at_once(goal)) is not None else []
    made = make("ForeignKeyField", Reference, given, FieldSpec(foreign_key=True), *keys)
    made.column.info[_REFERENCE] = goal
    event.listen(made.column, "after_parent_attach", _attached, propagate=True)
    return cast("Mapped[Any]", made)


def _actions(options: dict[str, Any]) -> dict[str, Any]:
    found = {"on_delete": options.pop("on_delete", "restrict"), "on_update": options.pop("on_update", None)}
    for name, action in found.items():
        if action is not None and action not in ACTIONS:
            raise ConfigurationError(
                f"ForeignKeyField({name}={action!r}) is unknown.", hint=did_you_mean(str(action), ACTIONS)
            )
    return found


def _column_at_once(goal: Target) -> sa.Column[Any] | str | None:
    """The target, or its name for SQLAlchemy to find; None for the name of a class."""
    if not isinstance(goal.target, str):
        return _column_of(goal.target, goal)
    table, dot, column = goal.target.rpartition(".")
    return goal.target if dot and table and not column[:1].isupper() else None


def _column_of(cls: type[Any], goal: Target) -> sa.Column[Any]:
    mapper = cast("Mapper[Any] | None", sa.inspect(cls, raiseerr=False))
    if not isinstance(mapper, Mapper):
        raise ConfigurationError(
            f"ForeignKeyField({getattr(cls, '__name__', cls)}) refers to a class that has no table.",
            hint="Name a concrete model, or a column as 'table.column'.",
        )
    if goal.to_field is not None:
        if goal.to_field not in mapper.columns:
            raise ConfigurationError(
                f"ForeignKeyField({cls.__name__}, to_field={goal.to_field!r}): there is no such field.",
                hint=did_you_mean(goal.to_field, mapper.columns.keys()),
            )
        return mapper.columns[goal.to_field]
    if len(mapper.primary_key) != 1:
        raise ConfigurationError(
            f"ForeignKeyField({cls.__name__}): the key of {cls.__name__} has several columns.",
            hint="Name one with to_field=, or put a ForeignKeyConstraint into Meta.constraints.",
        )
    return cast("sa.Column[Any]", mapper.primary_key[0])


def _attached(column: sa.Column[Any], table: sa.Table) -> None:
    goal: Target = column.info[_REFERENCE]
    if "set_null" in (goal.on_delete, goal.on_update) and not column.nullable:
        raise ConfigurationError(
            f"{table.name}.{column.name} is set to null by its foreign key, but cannot be null.",
            hint="Write nullable=True, or another on_delete.",
        )
    if goal.on_delete == "set_default" and column.server_default is None:
        raise ConfigurationError(
            f"{table.name}.{column.name} has on_delete='set_default' and no default in the database.",
            hint="Write server_default=.",
        )
    if not column.foreign_keys:
        event.listen(table, "before_create", _refuse_creation)


def _refuse_creation(table: sa.Table, *_: Any, **__: Any) -> None:
    for column in table.columns:
        if _is_waiting(column):
            raise _unresolved(column, ())


def _is_waiting(column: sa.Column[Any]) -> bool:
    return _REFERENCE in column.info and not column.foreign_keys


def _resolve(mapper: Mapper[Any], _: type[Any]) -> None:
    """Join what the new class was waiting for, and what was waiting for the new class."""
    waiting = _waiting.get(mapper.registry, [])
    waiting += [one for one in mapper.local_table.c if isinstance(one, sa.Column) and _is_waiting(one)]
    left = [column for column in waiting if _is_waiting(column) and not _join(column, mapper.registry)]
    if left and mapper.registry not in _waiting:
        event.listen(mapper.registry, "before_configured", _refuse_waiting)
    if left or waiting:
        _waiting[mapper.registry] = left


def _join(column: sa.Column[Any], models: registry) -> bool:
    goal: Target = column.info[_REFERENCE]
    name = str(goal.target)
    found = [one.class_ for one in models.mappers if _is_called(one.class_, name)]
    if name == "self":
        found = [one.class_ for one in models.mappers if one.local_table is column.table]
    if len(found) > 1:
        meant = " or ".join(f"{cls.__module__}.{cls.__name__}" for cls in found)
        raise ConfigurationError(
            f"ForeignKeyField({name!r}) could mean {meant}.",
            hint="Write the module too, or give the class itself.",
        )
    if not found:
        return False
    target = _column_of(found[0], goal)
    column.append_foreign_key(goal.key(target))
    column.type = target.type
    return True


def _is_called(cls: type[Any], name: str) -> bool:
    return f".{cls.__module__}.{cls.__name__}".endswith(f".{name}")


def _refuse_waiting(models: registry) -> None:
    for column in _waiting.get(models, []):
        raise _unresolved(column, tuple(one.class_.__name__ for one in models.mappers))


def _unresolved(column: sa.Column[Any], names: tuple[str, ...]) -> ConfigurationError:
    name = str(column.info[_REFERENCE].target)
    return ConfigurationError(
        f"{column.table.name}.{column.name} refers to {name!r}, and no model of that name was imported.",
        hint=did_you_mean(name, names) or "Import the module that has it.",
    )


event.listen(Mapper, "after_mapper_constructed", _resolve)

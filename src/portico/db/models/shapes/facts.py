"""What writing an object has to know of its class, worked out once.

facts = facts_of(User)
facts.relations.isdisjoint(vars(user))      # nothing was said about any relation
facts.moved()                               # {"updated_at": datetime(…)}: what changes with every update
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from portico.db.models.keys import key_attributes, mapper_of, table_of
from portico.db.models.schemas import column_specs

from .versions import version_name

_NOTHING: Final[Mapping[str, Any]] = {}
_PICK: Final = "portico_pick_"
_known: WeakKeyDictionary[type[Any], Facts] = WeakKeyDictionary()


class Facts:
    """One class; a relation that is added to it later makes other facts."""

    def __init__(self, cls: type[Any]) -> None:
        mapper = mapper_of(cls)
        self.specs = column_specs(cls)
        self.names = frozenset(mapper.attrs.keys())
        """All that an object may be given by name, besides properties of Python."""
        self.relations = frozenset(mapper.relationships.keys())
        self.key = key_attributes(cls)
        self.version = version_name(cls)
        """What counts the writes of a row; None where nothing does."""
        self.keeps_secrets = any(spec.write_only for spec in self.specs.values())
        """Whether a value may have to be hashed."""
        self._manager: Any = mapper.class_manager
        self._attributes = mapper.attrs
        self._sets = [self._manager[name].dispatch for name in self.specs]
        self._inits = len(self._manager.dispatch.init)
        self._moving = [(name, _made(mapper.columns[name].onupdate)) for name in self.specs]
        self._moving = [(name, made) for name, made in self._moving if made is not None]
        self._updates: dict[tuple[bool, ...], sa.Update] = {}

    @property
    def stale(self) -> bool:
        """Whether the class has more attributes than it had: relations make the other end."""
        return len(self._attributes) != len(self.names)

    @property
    def overheard(self) -> bool:
        """Whether somebody has begun to listen for new objects, or for values that are assigned."""
        return len(self._manager.dispatch.init) != self._inits or any(one.set for one in self._sets)

    def new(self, values: Mapping[str, Any]) -> Any:
        """An object of a row with these values, as one is that was made by the class and inserted."""
        made = self._manager.new_instance()
        held = made.__dict__
        held.update(values)
        key = tuple([values[name] for name in self.key])
        held["_sa_instance_state"].key = self._manager.mapper.identity_key_from_primary_key(key)
        return made

    def update_of(self, key: Sequence[Any], version: int | None) -> tuple[sa.Update, dict[str, Any]]:
        """The update of the row of a key, at this version if it is known, and the values that pick the row.

        What is set comes beside it as parameters, so that the statement is the same each time.
        """
        picks = [*key] if version is None else [*key, version]
        nulls = tuple([value is None for value in picks])
        found = self._updates.get(nulls)
        if found is None:
            found = self._updates[nulls] = self._make_update(nulls)
        return found, {f"{_PICK}{i}": value for i, value in enumerate(picks) if value is not None}

    def _make_update(self, nulls: Sequence[bool]) -> sa.Update:
        mapper: Mapper[Any] = self._manager.mapper
        columns: list[Any] = [*mapper.primary_key, mapper.version_id_col][: len(nulls)]
        return sa.update(table_of(mapper.class_)).where(
            *(
                column.is_(None) if null else column == sa.bindparam(f"{_PICK}{i}", type_=column.type)
                for i, (column, null) in enumerate(zip(columns, nulls, strict=True))
            )
        )

    def moved(self) -> Mapping[str, Any]:
        """Values that move with every update (``auto_now``), made in Python: none has to be read back."""
        if not self._moving:
            return _NOTHING
        return {name: made.arg(None) if made.is_callable else made.arg for name, made in self._moving}


def facts_of(cls: type[Any]) -> Facts:
    """The facts of a mapped class."""
    found = _known.get(cls)
    if found is None or found.stale:
        found = _known[cls] = Facts(cls)
    return found


def _made(default: Any) -> Any:
    known = isinstance(default, sa.ColumnDefault) and (default.is_callable or default.is_scalar)
    return default if known else None

"""What hooks and receivers are told: a row that is about to be written, or one that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.base import LoaderCallableStatus

from portico.db.changes import Kind, RowChange
from portico.db.models.keys import class_of
from portico.db.models.schemas import column_specs
from portico.db.models.writing import changed_values

M_co = TypeVar("M_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Writing(Generic[M_co]):
    """A row before its statement: what is assigned to ``instance`` is written, an error refuses the write."""

    instance: M_co
    kind: Kind
    """``"create"``, ``"update"`` or ``"delete"``."""

    @property
    def created(self) -> bool:
        """Whether the row is a new one."""
        return self.kind == "create"

    @property
    def changed(self) -> frozenset[str]:
        """The columns that are about to get another value, as of now; all of a new or a deleted row."""
        if self.kind == "update":
            return frozenset(changed_values(self.instance))
        return frozenset(column_specs(class_of(self.instance)).keys() & self.instance.__dict__.keys())

    @property
    def before(self) -> Mapping[str, Any]:
        """What the changed columns of an update held, where that is known; empty for a new row."""
        if self.kind == "create":
            return {}
        state, held = instance_state(self.instance), self.instance.__dict__
        old = {name: state.committed_state.get(name, held.get(name)) for name in self.changed}
        return {name: value for name, value in old.items() if not isinstance(value, LoaderCallableStatus)}


@dataclass(frozen=True, kw_only=True)
class Written(Generic[M_co]):
    """A row after its statement; ``change`` has its values before and after."""

    instance: M_co
    change: RowChange

    @property
    def kind(self) -> Kind:
        """``"create"``, ``"update"`` or ``"delete"``."""
        return self.change.kind

    @property
    def created(self) -> bool:
        """Whether the row is a new one."""
        return self.change.kind == "create"

    @property
    def changed(self) -> frozenset[str]:
        """The columns whose value is another one now; all of a new or a deleted row."""
        return self.change.changed

    @property
    def before(self) -> Mapping[str, Any]:
        """The columns of the row before the write; empty for a new row."""
        return self.change.before

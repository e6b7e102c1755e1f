"""Rows whose every change is recorded: who, when, what it was and what it became.

    class Patient(AuditMixin, Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        name: Mapped[str] = StringField(max_length=100)

    with acting(nurse.id, request_id="7f3a"):
        await patient.update(name="Ann")
    entries = await patient.audit_trail()       # the last one: name from "Anna" to "Ann", by that nurse

The entries are written in the transaction of the change: both are there, or neither. A password, a secret and
what `AuditOptions` names are recorded without their values. Where the tables of the trail are missing, writes
fail with a `ConfigurationError`. Guide: docs/how-to/audit.md.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from portico._kernel.doors import register_calls
from portico.db.audit import Trail, audit, create_with, record
from portico.db.models import Part, key_of
from portico.db.models.keys import table_of
from portico.errors import ConfigurationError

_METHOD: Final = "audit_trail"


class _Audited(Part):
    def prepare(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:  # noqa: ARG002 -- what `Part` hands over
        """Refuse a column that would hide the method."""
        if _METHOD in namespace:
            raise ConfigurationError(
                f"{name}.{_METHOD} would hide the method of AuditMixin.", hint="Choose another name."
            )

    def mapped(self, cls: type[Any]) -> None:
        """Audit it, and create the trail where its table is created."""
        record(cls)
        create_with(table_of(cls).metadata)


class AuditMixin:
    """Records every change of a row; adds ``audit_trail``."""

    __portico_part__: ClassVar[Part] = _Audited()

    def audit_trail(self) -> Trail:
        """What happened to this row, oldest first; to be narrowed and awaited."""
        return audit.trail(type(self), key_of(self))


register_calls("db/mixins", AuditMixin, reads="audit_trail", passes=["deleted"])

"""Read the trail.

    await audit.trail(Post, 7)                                    # what happened to one row, oldest first
    await audit.trail(Post).by(ann.id).since(monday).limit(50)
    page = await audit.trail().of_request("7f3a").newest_first().limit(50)
    more = await audit.trail().of_request("7f3a").newest_first().limit(50).after(page[-1])

Inside of a tenant only the entries of that tenant are found; inside of `unscoped` those of all; elsewhere
those that belong to no tenant.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self, cast
from uuid import UUID

import sqlalchemy as sa

from portico._kernel.doors import register_calls
from portico.db.models.keys import as_key, mapper_of
from portico.db.scoping import get_current_tenant, is_shared, is_unscoped
from portico.db.session import Database, run
from portico.errors import NoTenantError, UsageError

from .encoding import MASKED, decode, restored
from .keys import spell_key
from .options import models_of, recorded
from .tables import ENTRIES, require_tables
from .writing import FORGET, identity, request_text


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One row that was written, as the trail has it.

    ``before`` and ``after`` hold the columns that changed, by attribute name; in place of a secret stands
    `MASKED`. ``unit`` is the same for all that was written in one transaction.
    """

    id: int
    at: datetime
    actor: Any
    request_id: str | None
    tenant: Any
    model: str
    table: str
    key: str
    key_before: str | None
    operation: str
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    unit: UUID

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Each recorded column with its old and its new value; None where there was or is no row."""
        names = {**self.before, **self.after}
        return {name: (self.before.get(name), self.after.get(name)) for name in names}

    @property
    def masked(self) -> frozenset[str]:
        """The columns that changed and whose values are not recorded."""
        return frozenset(
            name for name, values in self.changes.items() if any(value is MASKED for value in values)
        )


@dataclass(frozen=True)
class Trail:
    """Entries described and not yet asked for; await it for a list."""

    database: Database
    conditions: tuple[sa.ColumnElement[bool], ...] = ()
    backwards: bool = False
    size: int | None = None
    of_tenants: bool = False

    def by(self, actor: Any) -> Self:
        """What this actor did."""
        return self._and(ENTRIES.c.actor == identity(actor, "actor"))

    def since(self, moment: datetime) -> Self:
        """From this moment on."""
        return self._and(ENTRIES.c.at >= aware(moment))

    def until(self, moment: datetime) -> Self:
        """Before this moment."""
        return self._and(ENTRIES.c.at < aware(moment))

    def of_request(self, request_id: str) -> Self:
        """What was written while this request was answered."""
        return self._and(ENTRIES.c.request_id == request_text(request_id))

    def of_unit(self, unit: UUID) -> Self:
        """What was written in one transaction."""
        return self._and(ENTRIES.c.unit == unit)

    def after(self, entry: AuditEntry | int) -> Self:
        """What follows on an entry, in the order that was asked for: the next page."""
        number = entry if isinstance(entry, int) else entry.id
        return self._and(ENTRIES.c.id < number if self.backwards else ENTRIES.c.id > number)

    def newest_first(self) -> Self:
        """In the other order; to be said before `after`."""
        return replace(self, backwards=True)

    def limit(self, number: int) -> Self:
        """At most so many."""
        if number < 1:
            raise UsageError("A page of the trail has at least one entry.")
        return replace(self, size=number)

    async def count(self) -> int:
        """How many there are, whatever the limit."""
        await require_tables(self.database)
        statement = sa.select(sa.func.count()).select_from(ENTRIES).where(*self._where())
        return int((await run(self.database, statement)).scalar_one())

    def __await__(self) -> Generator[Any, None, list[AuditEntry]]:
        return self._listed().__await__()

    async def _listed(self) -> list[AuditEntry]:
        await require_tables(self.database)
        order = ENTRIES.c.id.desc() if self.backwards else ENTRIES.c.id
        statement = sa.select(ENTRIES).where(*self._where()).order_by(order).limit(self.size)
        return [_entry(row) for row in (await run(self.database, statement)).mappings()]

    def _where(self) -> tuple[sa.ColumnElement[bool], ...]:
        # The tenant is asked when the entries are, not when they were described.
        own = (ENTRIES.c.operation != FORGET, *self.conditions)
        if is_unscoped():
            return own
        tenant = identity(get_current_tenant(), "tenant")
        if tenant is None and self.of_tenants:
            raise NoTenantError(
                "The trail of rows of tenants was asked for, and no tenant is set.",
                hint="Set one: `with tenant_context(…):`, or mean those of all: `with unscoped():`.",
            )
        return (*own, ENTRIES.c.tenant.is_(None) if tenant is None else ENTRIES.c.tenant == tenant)

    def _and(self, condition: sa.ColumnElement[bool]) -> Self:
        return replace(self, conditions=(*self.conditions, condition))


NO_KEY: Final = object()


def trail_of(database: Database, model: type[Any] | None, key: Any) -> Trail:
    """The entries of everything, of a class, or of one row (also under the key that it had before)."""
    found = Trail(database)
    if model is None:
        return found
    about = recorded(model)
    if about is None:
        raise UsageError(f"{model.__name__} is not audited.", hint="Add AuditMixin to its bases.")
    conditions = [ENTRIES.c.table_name == about.table]
    if key is not NO_KEY:
        text = spell_key(as_key(model, key))
        conditions.append((ENTRIES.c.row_key == text) | (ENTRIES.c.key_before == text))
    owned = not is_shared(cast("Iterable[sa.Table]", mapper_of(model).tables))
    return replace(found, conditions=tuple(conditions), of_tenants=owned)


def aware(moment: datetime) -> datetime:
    """The moment; `UsageError` for one without a zone, which could be any of several."""
    if moment.tzinfo is None:
        raise UsageError(
            "The trail was asked for a moment without a time zone.", hint="Say datetime(…, tzinfo=UTC)."
        )
    return moment


def _entry(row: Any) -> AuditEntry:
    types = _types(row["table_name"], row["model"])
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        actor=None if row["actor"] is None else decode(row["actor"]),
        request_id=row["request_id"],
        tenant=None if row["tenant"] is None else decode(row["tenant"]),
        model=row["model"],
        table=row["table_name"],
        key=row["row_key"],
        key_before=row["key_before"],
        operation=row["operation"],
        before=_values(row["before"], types),
        after=_values(row["after"], types),
        unit=row["unit"],
    )


def _values(text: str, types: Mapping[str, type[Any]]) -> dict[str, Any]:
    found = json.loads(text)
    if "$" in found:  # a column of that name
        found = found["v"]
    return {name: restored(value, types.get(name)) for name, value in cast("dict[str, Any]", found).items()}


def _types(table: str, model: str) -> Mapping[str, type[Any]]:
    known = models_of(table)
    named = next((each for each in known if each.__name__ == model), known[0] if known else None)
    about = None if named is None else recorded(named)
    return {} if about is None else about.types


register_calls("db/audit", Trail, reads="__await__ count", passes=["deleted"])

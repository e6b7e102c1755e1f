"""Bodies that say the same fields: what there is to be done with their values, and who may send them.

    known = KnownBodies(posts, scope.resources)
    body = known.body("create", {"title"})       # None: values and rules are to be looked at each time
    body.names, body.values(sent)                # ("title", "likes"), ["Hello", 0]

A schema that Portico made checks a value by the very annotation by which it is checked on its way into a row;
where those checks are Portico's own, a value that has passed needs no second look. Where the policy opens an
operation, nobody has to be asked. Both are known as soon as the names in a body are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portico.access import Write
from portico.db.fields import FieldSpec
from portico.db.models import moving_columns
from portico.db.models.shapes import NewRow, UnsettledError, is_settled, new_row, settle
from portico.resources.description import Reference, Resource, Resources


class KnownBody:
    """The columns that bodies with the same fields set, and the values for them."""

    def __init__(
        self, fields: Mapping[str, str], unsettled: Mapping[str, FieldSpec], row: NewRow | None
    ) -> None:
        self.names = tuple(fields) if row is None else row.names
        said = [name for name in self.names if name in fields]
        self._fields = [fields[name] for name in said]
        self._unsettled = [(place, unsettled[name]) for place, name in enumerate(said) if name in unsettled]
        self._row = row

    def values(self, body: BaseModel) -> list[Any] | None:
        """What stands in the columns; None where that takes a closer look."""
        values = [getattr(body, name) for name in self._fields]
        try:
            for place, spec in self._unsettled:
                values[place] = settle(spec, values[place])
            return values if self._row is None else self._row.filled(values)
        except UnsettledError:
            return None


class KnownBodies:
    """What is known of the bodies of one resource."""

    def __init__(self, resource: Resource, resources: Resources) -> None:
        self._resource = resource
        self.resources = resources
        self._columns: dict[Write, Mapping[str, str]] = {}

    def body(self, write: Write, said: Collection[str]) -> KnownBody | None:
        """Bodies that say these fields; None where each of them is to be looked at."""
        if write not in self._columns:
            self._columns[write] = _columns(self._resource, write)
        columns = self._columns[write]
        fields = {columns[name]: name for name in sorted(said) if name in columns}
        if not (self._is_open(write) and self._refers_freely(fields)):
            return None
        row = new_row(self._resource.model, fields) if write == "create" else None
        if row is None and write == "create":
            return None
        unsettled = {
            column: self._resource.columns[column]
            for column, name in fields.items()
            if not _is_settled(self._resource, write, name, column)
        }
        return KnownBody(fields, unsettled, row)

    def _is_open(self, write: Write) -> bool:
        """Whether the rules are in the statement, or there are none, whoever asks."""
        policy, model = self._resource.policy, self._resource.model
        if policy.has_check:
            return False
        if write == "update":
            return moving_columns(model, ()) is not None
        return policy.opens("create") and not self._resource.has_hooks("create")

    def _refers_freely(self, names: Collection[str]) -> bool:
        """Whether everybody may refer to what is referred to; what is not exposed now may be later."""
        touched = (one for one in self._resource.references if not set(one.fields).isdisjoint(names))
        return all(map(self._leads_to_all, touched))

    def _leads_to_all(self, reference: Reference) -> bool:
        return any(target.policy.opens("read") for target in self.resources.over(reference.table))


def _columns(resource: Resource, write: Write) -> Mapping[str, str]:
    """The columns that the fields of a body fill."""
    columns = resource.columns.keys() - resource.rules.sealed("create")
    named = {name: info.alias or name for name, info in _schema(resource, write).model_fields.items()}
    return {name: column for name, column in named.items() if column in columns}


def _is_settled(resource: Resource, write: Write, name: str, column: str) -> bool:
    """Whether what a body has for a field has passed the very checks of the column, and would pass again."""
    spec, info = resource.columns[column], _schema(resource, write).model_fields[name]
    known = FieldInfo.from_annotation(spec.annotation)
    alike = (info.annotation, info.metadata) == (known.annotation, known.metadata)
    return alike and is_settled(spec) and resource.schemas.is_plain(write)


def _schema(resource: Resource, write: Write) -> type[BaseModel]:
    return resource.schemas.create if write == "create" else resource.schemas.update

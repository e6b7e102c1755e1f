"""The writer of a resource's rows: which columns it shows, and how they become bytes.

    writer = writer_of(posts, db)
    writer.names          # ("id", "title"): the columns to ask for
    writer.one(row)       # b'{"id":1,"title":"Hello"}'; None: the general path has to show this row
    writer.tag(row, content)
    unwritten_because(posts, db)      # why there is none, for people

Decided once for each resource and database: a Read schema with code of the application in it, a class whose
objects are more than their rows, or a column whose JSON is not known exactly, has no writer.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from portico.db.compiled import Field, NoWriterError, RowWriter, altered_by, row_writer
from portico.db.models import column_type
from portico.db.session import Database
from portico.resources.description import Resource
from portico.resources.etags import digest, version_tag

from .plainness import hides_columns, shown_columns

_writers: WeakKeyDictionary[Resource, dict[str, ResourceWriter | str]] = WeakKeyDictionary()


class ResourceWriter:
    """Writes the rows of one resource."""

    def __init__(
        self,
        names: tuple[str, ...],
        fields: tuple[Field, ...],
        rows: RowWriter,
        version: int | None,
        *,
        in_order: bool,
    ) -> None:
        self.names = names
        self.fields = fields
        self.in_order = in_order
        """Whether a row that its schema refuses is shown with the same names in the same order."""
        self.told_alike = in_order and rows.told_alike
        """Whether it is shown in just the same way."""
        self.one = rows.one
        self.many = rows.many
        self._version = version

    def tag(self, row: Any, content: bytes) -> str:
        """The tag of a row, as `etag_of` gives it."""
        return digest(content) if self._version is None else version_tag(row[self._version])


def writer_of(resource: Resource, database: Database) -> ResourceWriter | None:
    """The writer of a resource on a database; None where there is none, or where none is wanted."""
    found = _found(resource, database)
    return None if isinstance(found, str) else found


def unwritten_because(resource: Resource, database: Database) -> str | None:
    """Why a resource has no writer on a database, as the end of a sentence; None where it has one."""
    found = _found(resource, database)
    return found if isinstance(found, str) else None


def _found(resource: Resource, database: Database) -> ResourceWriter | str:
    known = _writers.setdefault(resource, {})
    key = database.engine.dialect.driver
    if key not in known:
        try:
            known[key] = _made(resource, database)
        except NoWriterError as error:
            known[key] = str(error)
    return known[key]


def _made(resource: Resource, database: Database) -> ResourceWriter:
    if resource.writer == "pydantic":
        raise NoWriterError("writer='pydantic' was asked for")
    shown = shown_columns(resource)
    altered = altered_by(resource.model, shown)
    if altered is not None:
        raise NoWriterError(f"its class has {altered}")
    version = resource.version
    names = shown if version is None or version in shown else (*shown, version)
    fields = tuple(Field(name, column_type(resource.model, name), resource.fields[name]) for name in shown)
    # A row that its schema refuses is shown by the names of the resource, and a hidden column may be why.
    in_order = list(shown) == list(resource.fields)
    rows = row_writer(fields, database.engine.dialect, in_order=in_order)
    if not (in_order and rows.told_alike) and hides_columns(resource):
        raise NoWriterError("a hidden column may change how the others are shown")
    versioned = None if version is None else names.index(version)
    return ResourceWriter(names, fields, rows, versioned, in_order=in_order)

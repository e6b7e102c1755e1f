"""How the rows of a shape become bytes: as documents of the database, or as rows that are written here.

    shape, showing = first_shaped(page_showings(place, level, slots), make)
    showing.attributes, showing.around        # what to ask for, and what the statement makes of it
    await showing.many(lane, rows, values)    # b'[{"id":1,"author":{"id":7}}]'

PostgreSQL writes what has relations, and single rows; flat pages are cheaper as rows. Where a column has no
exact text in SQL, rows it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from portico.db.compiled import Lane, NoWriterError, Slots
from portico.db.compiled.writers.documents import INEXACT
from portico.db.query.nesting import Level, NestedRows, NoDocumentError, document
from portico.db.query.statements import Around
from portico.db.session import Database
from portico.resources.compiled.places import Place
from portico.resources.compiled.rendering import ResourceWriter
from portico.resources.etags import digest, tagged, version_tag

Row: TypeAlias = "Sequence[Any]"
S = TypeVar("S")


class Showing(Protocol):
    """What is asked for, and how that becomes bytes."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes to select."""
        ...

    @property
    def around(self) -> Around | None:
        """What the statement makes of them; None for nothing."""
        ...

    async def many(self, lane: Lane, rows: Sequence[Row], values: Sequence[Any]) -> bytes | None:
        """A list of rows; None where the general path has to show them."""
        ...

    async def one(self, lane: Lane, row: Row, values: Sequence[Any]) -> tuple[bytes, str] | None:
        """One row and its tag; None where the general path has to show it."""
        ...


class Documents:
    """Rows that the database has written, and behind each what its tag is made of where that is wanted."""

    def __init__(self, level: Level, own: Level | None = None, version: str | None = None) -> None:
        self._level, self._own, self._version = level, own, version
        held = own.attributes if own is not None and version is None else ()
        self.attributes = tuple(dict.fromkeys((*level.attributes, *held, *filter(None, (version,)))))

    def around(self, rows: Any) -> Sequence[Any]:
        """The document of each row, and what its tag is made of."""
        held = dict(zip(self.attributes, rows.c, strict=False))
        found: list[Any] = [document(self._level, rows, held)]
        if self._version is not None:
            found.append(held[self._version])
        elif self._own is not None and self._own is not self._level:
            found.append(document(self._own, rows, held))
        return found

    async def many(self, lane: Lane, rows: Sequence[Row], values: Sequence[Any]) -> bytes | None:  # noqa: ARG002 -- every showing is asked alike
        """The documents as a list."""
        written = f"[{','.join([row[0] for row in rows])}]"
        return None if INEXACT in written else written.encode()

    async def one(self, lane: Lane, row: Row, values: Sequence[Any]) -> tuple[bytes, str] | None:  # noqa: ARG002 -- as above
        """The document with its tag."""
        if any(INEXACT in text for text in row if isinstance(text, str)):
            return None
        content: bytes = row[0].encode()
        if self._own is self._level and self._version is None:
            return content, digest(content)
        tag = digest(row[1].encode()) if self._version is None else version_tag(row[1])
        return content, tag if self._own is self._level else tagged(tag, content)


class Rows:
    """Rows that are written here, and before it their relations asked for, one statement each."""

    around: Around | None = None

    def __init__(self, level: Level, writer: ResourceWriter, slots: Slots, database: Database) -> None:
        self._nested = NestedRows(level, slots, database)
        self._writer = writer
        self._whole = not level.branches and level.columns == writer.fields
        self.attributes = tuple(dict.fromkeys((*level.attributes, *writer.names)))
        self._own = [self.attributes.index(name) for name in writer.names]

    async def many(self, lane: Lane, rows: Sequence[Row], values: Sequence[Any]) -> bytes | None:
        """The rows as a list."""
        return await self._nested.many(lane, rows, values)

    async def one(self, lane: Lane, row: Row, values: Sequence[Any]) -> tuple[bytes, str] | None:
        """The row with its tag."""
        own_row = [row[place] for place in self._own]
        own = self._writer.one(own_row)
        if own is None:
            return None
        tag = self._writer.tag(own_row, own)
        if self._whole:
            return own, tag
        content = await self._nested.one(lane, row, values)
        return None if content is None else (content, tagged(tag, content))


def page_showings(place: Place, level: Level, slots: Slots) -> Iterator[Showing]:
    """How the rows of a page may be shown, best first."""
    if _writes(place) and (level.branches or place.resource.writer == "documents"):
        yield Documents(level)
    yield from _by_rows(place, level, slots)


def row_showings(place: Place, level: Level, slots: Slots) -> Iterator[Showing]:
    """How a single row may be shown, best first."""
    if _writes(place) and place.writer is not None:
        whole = not level.branches and level.columns == place.writer.fields
        own = level if whole else Level(state=level.state, columns=place.writer.fields)
        yield Documents(level, own, place.resource.version)
    yield from _by_rows(place, level, slots)


def first_shaped(
    showings: Iterable[Showing], make: Callable[[Showing], S | None]
) -> tuple[S, Showing] | None:
    """The first of them that has a shape, with it."""
    for showing in showings:
        try:
            shape = make(showing)
        except NoDocumentError:
            continue
        if shape is not None:
            return shape, showing
    return None


def _writes(place: Place) -> bool:
    """Whether the database is to write documents."""
    return place.database.dialect_name == "postgresql" and place.resource.writer != "rows"


def _by_rows(place: Place, level: Level, slots: Slots) -> Iterator[Showing]:
    if place.writer is not None:
        try:
            yield Rows(level, place.writer, slots, place.database)
        except (NoWriterError, NoDocumentError):
            return

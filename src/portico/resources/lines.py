"""Rows as lines of text: NDJSON, an object on each line, and CSV.

    writer = LineWriter(reach, [("id",), ("title",)], "csv")
    writer.head()                  # the header
    writer.lines(documents)        # 1,Hello ⏎ 2,"Second, and last"

CSV is what RFC 4180 describes, in UTF-8: a header, commas, quotes where they are needed. A text that a
spreadsheet would take for a formula gets an apostrophe in front, numbers do not. Null is an empty cell, what
is nested stands as JSON. Columns come in the order of the fields, those of relations under dotted names.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic_core import to_json

from portico.db.query import Kind

from .grammar import ExportFormat, Path, Reach

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMERIC: Final = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL})


class LineWriter:
    """Documents of one resource as lines of one format."""

    def __init__(self, reach: Reach, columns: Iterable[Path], kind: ExportFormat) -> None:
        self.columns = tuple(columns)
        self._csv = kind == "csv"
        self._names = tuple(dict.fromkeys(path[0] for path in self.columns))
        self._numeric = frozenset(
            path for path in self.columns if reach.end(path[:-1]).kinds.get(path[-1]) in _NUMERIC
        )

    def head(self) -> bytes:
        """What stands before the first row."""
        return _csv([[safe(".".join(path)) for path in self.columns]]) if self._csv else b""

    def lines(self, documents: Iterable[Mapping[str, Any]]) -> bytes:
        """Some rows."""
        if self._csv:
            return _csv([[self._cell(path, one) for path in self.columns] for one in documents])
        chosen = ({name: one.get(name) for name in self._names} for one in documents)
        return b"".join(to_json(one, inf_nan_mode="null") + b"\n" for one in chosen)

    def _cell(self, path: Path, shown: Mapping[str, Any]) -> str:
        value: Any = shown
        for step in path:
            value = None if value is None else value.get(step)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        text = value if isinstance(value, str) else to_json(value, inf_nan_mode="null").decode()
        # A column of numbers may hold anything in a database that others write to.
        return text if path in self._numeric and _NUMBER.fullmatch(text) else safe(text)


def safe(text: str) -> str:
    """A text as a cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue().encode()

"""What a request has to answer, worked out row by row: slow, and as plain as the documentation.

    Reference(rows, "reader").page("articles", Asked(where={"author.name": "a"}))     # (items, total)

It reads requests as they are sent, and shares no code with Portico.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from tests.integration.differential.world import FIELDS, ONE, RELATIONS, SEARCH, Rows, sees

Row = dict[str, Any]
Tree = dict[str, Any]


@dataclass
class Included:
    """What is asked of one included relation."""

    where: Tree = field(default_factory=dict[str, Any])
    sort: list[str] = field(default_factory=list[str])
    limit: int | None = None


@dataclass
class Asked:
    """A request, whatever its spelling: ``dotted`` conditions stand beside the tree."""

    dotted: Tree = field(default_factory=dict[str, Any])
    where: Tree = field(default_factory=dict[str, Any])
    search: str | None = None
    sort: list[str] = field(default_factory=list[str])
    fields: list[str] | None = None
    include: dict[str, Included] = field(default_factory=dict[str, Included])
    limit: int = 50
    offset: int = 0
    count: str | None = None


LINKED = ("linked_article", "linked_label")
_COLUMNS = {
    ("writers", "boss"): ("boss_id", "id"),
    ("writers", "team"): ("id", "boss_id"),
    ("writers", "articles"): ("id", "author_id"),
    ("articles", "author"): ("author_id", "id"),
    ("articles", "comments"): ("id", "article_id"),
    ("comments", "article"): ("article_id", "id"),
    ("articles", "labels"): ("linked_article", "linked_label"),
    ("labels", "articles"): ("linked_label", "linked_article"),
}
"""For each relation, which columns of the two ends are equal; links stand between articles and labels."""


class Reference:
    """The rows, as one principal sees them."""

    def __init__(self, rows: Rows, who: str) -> None:
        self.links = [
            {"linked_article": link["article_id"], "linked_label": link["label_id"]}
            for link in rows["article_labels"]
        ]
        self.rows = {name: [row for row in rows[name] if sees(who, name, row)] for name in FIELDS}

    def page(self, resource: str, asked: Asked) -> tuple[list[Any], int]:
        """The documents of a page, and how many rows the whole list has."""
        found = [row for row in self.rows[resource] if self._is_meant(resource, row, asked)]
        in_order = self.sorted(resource, found, asked.sort)
        cut = in_order[asked.offset : asked.offset + asked.limit]
        return [self.document(resource, row, asked) for row in cut], len(found)

    def _is_meant(self, resource: str, row: Row, asked: Asked) -> bool:
        words = (asked.search or "").split()
        hits = all(
            any(word.casefold() in (row[name] or "").casefold() for name in SEARCH[resource])
            for word in words
        )
        return hits and self.holds(resource, row, asked.dotted) and self.holds(resource, row, asked.where)

    # ── conditions ───────────────────────────────────────────────────────────────────────────────────

    def holds(self, resource: str, row: Row | None, tree: Tree) -> bool:
        """Whether all that an object says is true of a row; None stands for one that is not there."""
        dotted: list[tuple[list[str], str, Any]] = []
        for name, value in tree.items():
            if name in ("and", "or", "not"):
                if not self._word(resource, row, name, value):
                    return False
            elif name in RELATIONS[resource]:
                if not self._related(resource, row, name, value):
                    return False
            else:
                *steps, last = name.split(".")
                dotted += [(steps, *one) for one in _comparisons(last, value)]
        return self._all(resource, row, dotted)

    def _word(self, resource: str, row: Row | None, word: str, value: Any) -> bool:
        if word == "not":
            return not self.holds(resource, row, value)
        every = [self.holds(resource, row, one) for one in value]
        return all(every) if word == "and" else any(every)

    def _related(self, resource: str, row: Row | None, name: str, value: Tree) -> bool:
        how, target = RELATIONS[resource][name]
        found = self.follow(resource, row, name)
        if how == ONE:
            return self.holds(target, found[0] if found else None, value)
        if not value.keys() & {"some", "none", "every"}:
            value = {"some": value}
        hits = {word: [self.holds(target, one, inner) for one in found] for word, inner in value.items()}
        return any(hits.get("some", [True])) and not any(hits.get("none", [])) and all(hits.get("every", []))

    def _all(self, resource: str, row: Row | None, dotted: list[tuple[list[str], str, Any]]) -> bool:
        """Comparisons side by side: those behind the same relation are about the same related row."""
        behind: dict[str, list[Any]] = {}
        for steps, keyword, value in dotted:
            if steps:
                behind.setdefault(steps[0], []).append((steps[1:], keyword, value))
            elif not compare(row, keyword, value):
                return False
        for name, several in behind.items():
            how, target = RELATIONS[resource][name]
            found: list[Any] = list(self.follow(resource, row, name))
            candidates = found or [None] if how == ONE else found
            if not any(self._all(target, one, several) for one in candidates):
                return False
        return True

    def follow(self, resource: str, row: Row | None, name: str) -> list[Row]:
        """The rows that a relation leads to, as far as they are seen, in the order of their keys."""
        if row is None:
            return []
        targets = self.rows[RELATIONS[resource][name][1]]
        here, there = _COLUMNS[resource, name]
        if here in LINKED:
            keys = {link[there] for link in self.links if link[here] == row["id"]}
            return [one for one in targets if one["id"] in keys]
        return [one for one in targets if one[there] == row[here] and row[here] is not None]

    # ── order and documents ──────────────────────────────────────────────────────────────────────────

    def sorted(self, resource: str, rows: list[Row], sort: list[str]) -> list[Row]:
        """NULL is the smallest value, and the key decides last."""

        def key_of(row: Row, dotted: str) -> Any:
            *steps, last = dotted.split(".")
            here, at = row, resource
            for step in steps:
                found = self.follow(at, here, step)
                if not found:
                    return None
                here, at = found[0], RELATIONS[at][step][1]
            return here[last]

        def order(left: Row, right: Row) -> int:
            for key in [*sort, "-id" if sort and sort[-1].startswith("-") else "id"]:
                a, b = (key_of(row, key.removeprefix("-")) for row in (left, right))
                if a != b:
                    smaller = a is None or (b is not None and a < b)
                    return -1 if smaller != key.startswith("-") else 1
            return 0

        return sorted(rows, key=cmp_to_key(order))

    def document(self, resource: str, row: Row, asked: Asked) -> Any:
        """A row as JSON, with what was asked to come along."""
        include = dict(asked.include)
        for dotted in asked.fields or ():
            steps = dotted.split(".")
            ways = [n for n in range(1, len(steps) + 1) if _is_way(resource, steps[:n])]
            include.update({".".join(steps[:n]): include.get(".".join(steps[:n]), Included()) for n in ways})
        return self._shown(resource, row, (), include, asked)

    def _shown(
        self, resource: str, row: Row, path: tuple[str, ...], include: dict[str, Included], asked: Asked
    ) -> Any:
        shown = {name: _json(row[name]) for name in FIELDS[resource] if _is_named((*path, name), asked)}
        below = {one.split(".")[len(path)] for one in include if _starts(one.split("."), path)}
        for name in below:
            here = (*path, name)
            how, target = RELATIONS[resource][name]
            said = include.get(".".join(here), Included())
            rows = [one for one in self.follow(resource, row, name) if self.holds(target, one, said.where)]
            cut = self.sorted(target, rows, said.sort)[: said.limit]
            several = [self._shown(target, one, here, include, asked) for one in cut]
            shown[name] = several if how != ONE else several[0] if several else None
        return shown


def _starts(steps: list[str], path: tuple[str, ...]) -> bool:
    return len(steps) > len(path) and tuple(steps[: len(path)]) == path


def _is_way(resource: str, steps: list[str]) -> bool:
    for step in steps:
        if step not in RELATIONS[resource]:
            return False
        resource = RELATIONS[resource][step][1]
    return True


def _is_named(path: tuple[str, ...], asked: Asked) -> bool:
    """Whether a field is shown: named itself or by its relation, or included while nothing of it is named."""
    if asked.fields is None:
        return True
    named = [tuple(one.split(".")) for one in asked.fields]
    if any(one == path[: len(one)] for one in named):
        return True
    for size in range(1, len(path)):
        owner = path[:size]
        included = any(one.split(".")[:size] == list(owner) for one in asked.include)
        if included and not any(one[:size] == owner for one in named):
            return True
    return False


def _comparisons(name: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"{name}__{operator}", one) for operator, one in value.items()]  # pyright: ignore[reportUnknownVariableType] -- of JSON
    return [(name if "__" in name else f"{name}__exact", value)]


_TEXT: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda held, text: held == text,
    "contains": lambda held, text: text in held,
    "startswith": lambda held, text: held.startswith(text),
    "endswith": lambda held, text: held.endswith(text),
}
_EQUAL: dict[str, Callable[[Any, Any], Any]] = {
    "exact": lambda held, value: held == value,
    "eq": lambda held, value: held == value,
    "ne": lambda held, value: held != value,
    "in": lambda held, value: held in value,
    "not_in": lambda held, value: held not in value,
    "nin": lambda held, value: held not in value,
    "isnull": lambda held, value: (held is None) == value,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda held, value: held > value,
    "gte": lambda held, value: held >= value,
    "ge": lambda held, value: held >= value,
    "lt": lambda held, value: held < value,
    "lte": lambda held, value: held <= value,
    "between": lambda held, value: value[0] <= held <= value[1],
    "le": lambda held, value: held <= value,
}


def compare(row: Row | None, keyword: str, value: Any) -> bool:
    """One comparison; NULL equals NULL and nothing else, and is neither before nor after anything."""
    name, _, operator = keyword.rpartition("__")
    held = None if row is None else row[name]
    if operator in _EQUAL:
        return bool(_EQUAL[operator](held, value))
    return held is not None and _compared(held, operator, value)


def _compared(held: Any, operator: str, value: Any) -> bool:
    if operator in _ORDER:
        return _ORDER[operator](held, value)
    if operator in _TEXT:
        return _TEXT[operator](held, value)
    if operator.startswith("i"):
        return _TEXT[operator[1:]](held.casefold(), value.casefold())
    found: bool = held.date() == value if operator == "date" else getattr(held, operator) == value
    return found


def _json(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value

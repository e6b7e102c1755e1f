"""Requests out of a seed, and how each is spelt as parameters or as a body.

asked = Generator(random.Random(1), ruled=True).asked("articles")
parameters(asked), body(asked)
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import random
from decimal import Decimal
from typing import Any

from tests.integration.differential.reference import Asked, Included, Tree
from tests.integration.differential.world import (
    DAYS,
    FIELDS,
    MOMENTS,
    ONE,
    PRICES,
    RATINGS,
    RELATIONS,
    RULED,
    TEXTS,
    State,
)

_EQUAL = ("exact", "eq", "ne", "in", "not_in", "nin", "isnull")
_ORDERED = ("gt", "gte", "ge", "lt", "lte", "le", "between")
_TEXT = ("iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")
_DAY = ("year", "month", "day")
_SAID = (*TEXTS, "%", "_", "B", "eta")
_ASKED: dict[str, tuple[Any, ...]] = {
    "year": (2024, 2025, 2026), "month": (1, 2, 6, 12), "day": (1, 15, 29, 31), "hour": (0, 12, 23),
    "isnull": (True, False), "date": DAYS,
}  # fmt: skip
OPERATORS = {
    "key": _EQUAL + _ORDERED,
    "integer": _EQUAL + _ORDERED,
    "text": _EQUAL + _ORDERED + _TEXT,
    "decimal": _EQUAL + _ORDERED,
    "float": _EQUAL + _ORDERED,
    "boolean": _EQUAL,
    "state": _EQUAL,
    "day": (*_EQUAL, *_ORDERED, *_DAY),
    "datetime": (*_EQUAL, *_ORDERED, *_DAY, "hour", "date"),
}
OPERATORS["date"] = OPERATORS.pop("day")
_SORTED = ("key", "integer", "text", "decimal", "float", "datetime", "date")


class Generator:
    """One stream of requests; where rules are in force, no order leads over relations that they are about."""

    def __init__(self, chance: random.Random, *, ruled: bool) -> None:
        self.chance = chance
        self.ruled = ruled

    def asked(self, resource: str) -> Asked:
        """One request to one resource."""
        chance = self.chance
        fields = self._fields(resource) if chance.random() < 0.4 else None
        return Asked(
            dotted=self._dotted(resource, chance.choice((0, 0, 1, 1, 2, 3)), deep=3),
            where=self.tree(resource, 3) if chance.random() < 0.6 else {},
            search=chance.choice(("a", "é", "B a", "%", "zz")) if chance.random() < 0.15 else None,
            sort=self._sort(resource),
            fields=fields,
            include=self._include(resource) if chance.random() < 0.5 else {},
            limit=chance.choice((1, 2, 5, 50, 200)),
            offset=chance.choice((0, 0, 0, 1, 3, 40)),
            count=chance.choice((None, "exact", "none")),
        )

    def tree(self, resource: str, deep: int) -> Tree:
        """A tree of conditions, at least one of them."""
        chance, made = self.chance, dict[str, Any]()
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
            match chance.choice(("field", "field", "word", "relation", "dotted") if deep else ("field",)):
                case "word":
                    word = chance.choice(("and", "or", "not"))
                    inner = self._several(resource, deep - 1)
                    made[word] = inner[0] if word == "not" else inner
                case "relation":
                    name = chance.choice(list(RELATIONS[resource]))
                    made[name] = self._related(resource, name, deep)
                case "dotted":
                    made.update(self._dotted(resource, chance.choice((1, 2)), deep=min(deep, 2)))
                case _:
                    made[chance.choice(list(FIELDS[resource]))] = None
        for name in [name for name in made if made[name] is None]:
            made[name] = self._compared(FIELDS[resource][name])
        return made

    def _several(self, resource: str, deep: int) -> list[Tree]:
        """Trees side by side; often of dotted names that lead to the same relation."""
        number = self.chance.choice((1, 2, 2, 3))
        if self.chance.random() < 0.6:
            return [self.tree(resource, deep) for _ in range(number)]
        step = self.chance.choice(list(RELATIONS[resource]))
        return [self._behind(resource, step) for _ in range(number)]

    def _behind(self, resource: str, step: str) -> Tree:
        kinds = FIELDS[RELATIONS[resource][step][1]]
        name = self.chance.choice(list(kinds))
        operator, value = self._comparison(kinds[name])
        return {f"{step}.{name}__{operator}": value}

    def _related(self, resource: str, name: str, deep: int) -> Tree:
        how, target = RELATIONS[resource][name]
        if how == ONE or self.chance.random() < 0.3:
            return self.tree(target, deep - 1)
        words = self.chance.sample(("some", "none", "every"), self.chance.choice((1, 1, 1, 2)))
        return {word: {} if self.chance.random() < 0.15 else self.tree(target, deep - 1) for word in words}

    def _dotted(self, resource: str, many: int, deep: int) -> Tree:
        """Conditions by dotted names; several often stand behind one relation."""
        found: Tree = {}
        shared = self._steps(resource, deep)
        for _ in range(many):
            steps = shared if self.chance.random() < 0.5 else self._steps(resource, deep)
            target = resource
            for step in steps:
                target = RELATIONS[target][step][1]
            name = self.chance.choice(list(FIELDS[target]))
            operator, value = self._comparison(FIELDS[target][name])
            found[".".join((*steps, f"{name}__{operator}"))] = value
        return found

    def _steps(self, resource: str, deep: int) -> list[str]:
        steps: list[str] = []
        for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3))):
            if len(steps) < deep:
                step = self.chance.choice(list(RELATIONS[resource]))
                steps.append(step)
                resource = RELATIONS[resource][step][1]
        return steps

    def _compared(self, kind: str) -> Any:
        """A value to equal, or an object of operators."""
        if self.chance.random() < 0.3:
            return None if self.chance.random() < 0.2 else self._value(kind)
        return dict(self._comparison(kind) for _ in range(self.chance.choice((1, 1, 2))))

    def _comparison(self, kind: str) -> tuple[str, Any]:
        operator = self.chance.choice(OPERATORS[kind])
        if operator in ("in", "not_in", "nin"):
            return operator, [self._value(kind) for _ in range(self.chance.choice((0, 1, 2, 3)))]
        if operator == "between":
            return operator, sorted([self._value(kind), self._value(kind)])
        asked = _ASKED.get(operator) or (_SAID if operator in _TEXT else None)
        return operator, self.chance.choice(asked) if asked else self._value(kind)

    def _value(self, kind: str) -> Any:
        values: dict[str, Any] = {
            "key": range(12), "integer": range(-2, 5), "text": TEXTS, "decimal": (*PRICES, Decimal("1.49")),
            "float": (*RATINGS, 0.25), "boolean": (True, False), "datetime": MOMENTS, "date": DAYS,
            "state": list(State),
        }  # fmt: skip
        return self.chance.choice(values[kind])

    def _sort(self, resource: str) -> list[str]:
        names = [name for name, kind in FIELDS[resource].items() if kind in _SORTED]
        for step, (how, target) in RELATIONS[resource].items():
            if how == ONE and not (self.ruled and target in RULED):
                names += [f"{step}.{name}" for name, kind in FIELDS[target].items() if kind in _SORTED]
        chosen = self.chance.sample(names, self.chance.choice((0, 1, 1, 2, 3)))
        return [("-" if self.chance.random() < 0.5 else "") + name for name in chosen]

    def _fields(self, resource: str) -> list[str]:
        found: list[str] = []
        for _ in range(self.chance.choice((1, 2, 3))):
            steps, target = list[str](), resource
            if self.chance.random() < 0.3:
                steps = [self.chance.choice(list(RELATIONS[resource]))]
                target = RELATIONS[resource][steps[0]][1]
            found.append(".".join((*steps, self.chance.choice(list(FIELDS[target])))))
        return list(dict.fromkeys(found))

    def _include(self, resource: str) -> dict[str, Included]:
        found: dict[str, Included] = {}
        for _ in range(self.chance.choice((1, 1, 2))):
            steps, here = list[str](), resource
            for _ in range(self.chance.choice((1, 1, 2))):
                step = self.chance.choice(list(RELATIONS[here]))
                how, here = RELATIONS[here][step]
                steps.append(step)
                found.setdefault(".".join(steps), self._included(here, how))
        return found

    def _included(self, target: str, how: str) -> Included:
        where = self.tree(target, 1) if self.chance.random() < 0.3 else {}
        if how == ONE:
            return Included(where=where)
        limit = self.chance.choice((None, None, 1, 2))
        return Included(
            where=where, sort=self._sort(target) if self.chance.random() < 0.5 else [], limit=limit
        )


def parameters(asked: Asked) -> list[tuple[str, str]]:
    """The request as a query string."""
    found = [(name, _text(value)) for name, value in asked.dotted.items()]
    if asked.where:
        found.append(("where", json.dumps(plain(asked.where))))
    if asked.search is not None:
        found.append(("search", asked.search))
    for name, several in (("sort", asked.sort), ("fields", asked.fields), ("include", list(asked.include))):
        if several:
            found.append((name, ",".join(several)))
    for path, one in asked.include.items():
        found += _options(f"include.{path}", one)
    found += [("limit", str(asked.limit)), ("offset", str(asked.offset))]
    return found if asked.count is None else [*found, ("count", asked.count)]


def _options(name: str, one: Included) -> list[tuple[str, str]]:
    said = [
        ("where", json.dumps(plain(one.where)) if one.where else ""),
        ("sort", ",".join(one.sort)),
        ("limit", str(one.limit or "")),
    ]
    return [(f"{name}.{option}", text) for option, text in said if text]


def body(asked: Asked) -> dict[str, Any]:
    """The same request as JSON; dotted conditions are an object of their own."""
    both = [plain(one) for one in (asked.dotted, asked.where) if one]
    made: dict[str, Any] = {
        "search": asked.search, "sort": asked.sort, "fields": asked.fields, "count": asked.count,
        "limit": asked.limit, "offset": asked.offset,
    }  # fmt: skip
    if both:
        made["where"] = both[0] if len(both) == 1 else {"and": both}
    made["include"] = {
        path: {"where": plain(one.where), "sort": one.sort} | ({"limit": one.limit} if one.limit else {})
        for path, one in asked.include.items()
    }
    return {name: value for name, value in made.items() if value is not None}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType] -- of JSON
    if isinstance(value, list):
        return [plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType] -- of JSON
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)  # pyright: ignore[reportUnknownVariableType] -- of JSON
    return str(plain(value)).lower() if isinstance(value, bool) else str(plain(value))

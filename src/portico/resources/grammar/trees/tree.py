"""Conditions as a JSON tree, for and, or, not and for what many related rows have to fulfil.

    parse_tree(reach, {"or": [{"likes": {"gte": 5}}, {"author": {"username": "ann"}}]})
    parse_tree(reach, {"comments": {"none": {"body": {"icontains": "spam"}}}})

The names of an object are fields (with an operator object or a value to equal), relations, or the words
``and``, ``or`` and ``not``; all of them have to hold. A relation to one row leads to that row, whose fields
are all NULL where it is absent; a relation to many takes ``some``, ``none`` or ``every``. Dotted names in one
object that pass through the same relation are about the same related row.

Raises `InvalidParameterError` whose ``parameter`` is the place, such as ``where/or/0/likes``. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from portico.errors import InvalidParameterError
from portico.resources.description import Resource
from portico.resources.grammar.lookups import ALIASES, lookups_for, read_json
from portico.resources.grammar.plan import AllOf, AnyOf, Condition, Not, Quantifier, Related, Term
from portico.resources.grammar.reach import Found, Reach
from portico.resources.grammar.refusals import unknown

WORDS: Final = ("and", "or", "not")
_QUANTIFIERS: Final[tuple[Quantifier, ...]] = ("some", "none", "every")
_LONGEST_NAME: Final = 300


def parse_tree(reach: Reach, value: Any, *, at: str = "where", taken: int = 0) -> tuple[Term, ...]:
    """The terms of a tree, all of which have to hold; ``taken`` conditions stand elsewhere already."""
    room = _Room(reach.limits.conditions, taken)
    return tuple(_object(_Place(reach, at, room), value))


class _Room:
    """How many conditions there may still be."""

    def __init__(self, most: int, taken: int) -> None:
        self.most, self.taken = most, taken

    def take(self, at: str) -> None:
        self.taken += 1
        if self.taken > self.most:
            raise InvalidParameterError(f"At most {self.most} conditions.", parameter=at)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object of the tree stands: whose fields it names, and how far inside."""

    reach: Reach
    at: str
    room: _Room
    path: tuple[str, ...] = ()
    level: int = 0

    @property
    def owner(self) -> Resource:
        return self.reach.end(self.path)

    def down(self, name: str, levels: int = 1) -> _Place:
        """One step into the JSON, so many levels deeper."""
        deeper = replace(self, at=f"{self.at}/{name}", level=self.level + levels)
        if deeper.level > self.reach.limits.depth:
            raise deeper.refused(f"At most {self.reach.limits.depth} levels deep.")
        return deeper

    def refused(self, sentence: str) -> InvalidParameterError:
        return InvalidParameterError(sentence, parameter=self.at)


def _object(place: _Place, value: Any, *, may_be_empty: bool = True) -> Iterator[Term]:
    for name, inner in _named(place, value, may_be_empty=may_be_empty).items():
        if len(name) > _LONGEST_NAME:
            raise place.refused("No name is that long.")
        if name in WORDS:
            yield _word(place, name, inner)
        else:
            yield from _name(place, name, inner)


def _named(place: _Place, value: Any, *, may_be_empty: bool) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise place.refused("An object is expected.")
    if not value and not may_be_empty:
        raise place.refused("An object with at least one condition is expected.")
    return cast("dict[str, Any]", value)


def _word(place: _Place, word: str, value: Any) -> Term:
    below = place.down(word)
    if word == "not":
        return Not(AllOf(tuple(_object(below, value, may_be_empty=False))))
    if not isinstance(value, list) or not value:
        raise below.refused("A list of objects is expected, at least one.")
    terms: list[Term] = []
    for number, one in enumerate(cast("Sequence[Any]", value)):
        inner = tuple(_object(below.down(str(number), 0), one, may_be_empty=False))
        # Dots of one object and dots of the next are not about the same related row.
        alone = len(inner) == 1 and not (isinstance(inner[0], Condition) and inner[0].path)
        terms.append(inner[0] if alone else AllOf(inner))
    return AllOf(tuple(terms)) if word == "and" else AnyOf(tuple(terms))


def _name(place: _Place, name: str, value: Any) -> Iterator[Term]:
    """A field or a relation of the row in question, or of one that dots lead to."""
    owner, ways = place.owner, place.reach.resources.ways(place.owner)
    if name in ways and name not in owner.fields:
        yield from _relation(place, (name,), value)
        return
    steps = tuple(name.split("."))
    last_ways = _ways_behind(place, steps)
    if last_ways is not None and steps[-1] in last_ways:
        yield from _relation(place, steps, value)
        return
    below = place.down(name, 0)
    around = Reach(place.reach.resources, owner, place.reach.limits)
    found = around.field(name, parameter=below.at)
    if place.level + len(found.path) > place.reach.limits.depth:
        raise below.refused(f"At most {place.reach.limits.depth} levels deep.")
    yield from _conditions(below, found, value)


def _ways_behind(place: _Place, steps: tuple[str, ...]) -> Mapping[str, Resource] | None:
    """The relations at the end of dotted steps, None when they lead nowhere or to a field."""
    resources, here = place.reach.resources, place.owner
    for step in steps[:-1]:
        ways = resources.ways(here)
        if step not in ways:
            return None
        here = ways[step]
    return None if steps[-1] in here.fields else resources.ways(here)


def _relation(place: _Place, steps: tuple[str, ...], value: Any) -> Iterator[Term]:
    below = replace(place.down(".".join(steps), len(steps)), path=(*place.path, *steps))
    if any(relation.many for relation, _ in place.reach.walk(below.path)):
        yield from _many(below, value)
    else:
        # An object of its own: what it says by dots is not about the same rows as its neighbours say.
        yield AllOf(tuple(_object(below, value, may_be_empty=False)))


def _many(place: _Place, value: Any) -> Iterator[Term]:
    given = _named(place, value, may_be_empty=True)
    quantified = [name for name in given if name in _QUANTIFIERS]
    if not quantified:
        yield _related(place, "some", given)
        return
    for name in given:
        if name not in _QUANTIFIERS:
            raise unknown(
                f"Conditions stand inside of {quantified[0]!r} here, or without it.",
                name[:_LONGEST_NAME],
                _QUANTIFIERS,
                parameter=f"{place.at}/{name[:_LONGEST_NAME]}",
            )
    for quantifier in _QUANTIFIERS:
        if quantifier in given:
            yield _related(place.down(quantifier, 0), quantifier, given[quantifier])


def _related(place: _Place, quantifier: Quantifier, value: Any) -> Term:
    place.room.take(place.at)
    target = Reach(place.reach.resources, place.owner, place.reach.limits)
    inner = replace(place, reach=target, path=())
    return Related(place.path, quantifier, AllOf(tuple(_object(inner, value))))


def _conditions(place: _Place, found: Found, value: Any) -> Iterator[Condition]:
    if isinstance(value, dict) and found.lookup is None:
        for lookup, inner in _named(place, value, may_be_empty=False).items():
            yield _condition(place.down(lookup[:_LONGEST_NAME], 0), found, lookup, inner)
    else:
        yield _condition(place, found, found.lookup or "exact", value)


def _condition(place: _Place, found: Found, asked: str, value: Any) -> Condition:
    place.room.take(place.at)
    lookup, field = ALIASES.get(asked, asked), found.field
    allowed = lookups_for(found.owner.kinds[field])
    if lookup not in allowed:
        shown = asked[:_LONGEST_NAME]
        raise unknown(f"{field!r} has no operator {shown!r}.", shown, allowed, parameter=place.at)
    try:
        checked = read_json(found.owner.fields[field], lookup, value, place.reach.limits)
    except ValueError as error:
        raise place.refused(str(error)) from None
    return Condition((*place.path, *found.path), field, lookup, checked)

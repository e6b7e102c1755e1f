"""A filter apart from its values, and the same filter with slots where its values stood.

    key = keyed(plan.filter, values)                  # hashable, the same for every author_id
    slotted(plan.filter, taking(Slots(values)))       # the same filter, to be built by the general code

What changes the SQL itself (None, the choice of `isnull`, the length of a list) belongs to the key; a filter
whose SQL depends on values in another way raises `NoStructureError`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from portico.db.compiled import Slot, Slots
from portico.db.query.conditions.structure import Take, slotted_value, value_key
from portico.resources.grammar import AllOf, AnyOf, Belongs, Condition, Filter, Not, Related, Term


def keyed(chosen: Filter, values: list[Any]) -> Hashable:
    """The structure of a filter; its values go to ``values`` in the order in which `slotted` takes them."""
    owned, words = chosen.within, chosen.words
    if not (chosen.where or owned or words):
        return None
    within = None if owned is None else _owned_key(owned, values)
    where = tuple([_key(term, values) for term in chosen.where])
    values.extend(words)
    return within, where, len(words)


def slotted(chosen: Filter, take: Take) -> Filter:
    """The same filter with slots for its values."""
    owned = chosen.within
    within = None if owned is None else _owned(owned, take)
    where = tuple([_slotted(term, take) for term in chosen.where])
    return _SlottedFilter(where, None, within, tuple([take() for _ in chosen.words]))


def taking(slots: Slots, start: int = 0) -> Take:
    """Gives one slot after the other."""
    numbers = count(start)

    def take() -> Slot:
        return slots[next(numbers)]

    return take


@dataclass(frozen=True, slots=True)
class _SlottedFilter(Filter):
    slotted_words: tuple[Slot, ...] = ()

    @property
    def words(self) -> tuple[Any, ...]:
        return self.slotted_words


def _owned_key(owned: Belongs, values: list[Any]) -> Hashable:
    return owned.resource, owned.relation, tuple([value_key(part, values) for part in owned.key])


def _owned(owned: Belongs, take: Take) -> Belongs:
    return replace(owned, key=tuple([slotted_value(part, take) for part in owned.key]))


def _key(term: Term, values: list[Any]) -> Hashable:
    match term:
        case Condition(path, field, lookup, value):
            return path, field, lookup, value_key(value, values)
        case AllOf(terms):
            return "all", tuple([_key(one, values) for one in terms])
        case AnyOf(terms):
            return "any", tuple([_key(one, values) for one in terms])
        case Not(one):
            return "not", _key(one, values)
        case Related(path, quantifier, one):
            return "related", path, quantifier, _key(one, values)


def _slotted(term: Term, take: Take) -> Term:
    match term:
        case Condition(path, field, lookup, value):
            return Condition(path, field, lookup, slotted_value(value, take))
        case AllOf(terms):
            return AllOf(tuple([_slotted(one, take) for one in terms]))
        case AnyOf(terms):
            return AnyOf(tuple([_slotted(one, take) for one in terms]))
        case Not(one):
            return Not(_slotted(one, take))
        case Related(path, quantifier, one):
            return Related(path, quantifier, _slotted(one, take))

"""Conditions apart from their values, so that one statement serves all that differ in nothing else.

    structure = Structure()
    key = structure.key(Post, Q(author_id=7) | (Post.likes > 5))       # hashable; the same for 8 and 6
    structure.values                                             # [7, 5]
    structure.slotted(Slots(structure.values))                   # the same condition, with slots for values

Whatever changes the SQL itself belongs to the key: names, operators, None, booleans, the length of a list,
the types of values, and of an SQL expression all that SQLAlchemy's own cache of statements goes by.
Conditions whose SQL may depend on a value in another way have no structure: `NoStructureError`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, time
from itertools import count
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from sqlalchemy.orm import Mapper
from sqlalchemy.sql import cache_key, visitors
from sqlalchemy.sql.cache_key import NO_CACHE, CacheConst
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ClauseList

from portico.db.compiled.slots import Slot, Slots

from .expressions import F, is_computed, subquery_of
from .names import is_lasting
from .q import Q, Term
from .typed import expression_of, walked

LONGEST: Final = 64
"""Longer lists would make a text for each length, and texts that are long themselves."""
_NARROW: Final = 2**31
_CLONED: Final = {"maintain_key": True, "detect_subquery_cols": True}
_NUMBERING: Any = vars(cache_key)["anon_map"]
_COMPARISONS: Final = frozenset({eq, ne, lt, le, gt, ge})
LISTS: Final = frozenset({tuple, list, set, frozenset})
Take = Callable[[], Slot]


class NoStructureError(Exception):
    """The SQL of a condition may depend on its values."""


def value_key(value: Any, values: list[Any]) -> Hashable:
    """What a value has to do with the SQL; it goes to ``values`` itself where a slot can stand for it."""
    if value is None or value is True or value is False:
        return "fixed", value
    if type(value) in LISTS:
        return _list_key(list(value), values)
    return _single_key(value, values)


def slotted_value(value: Any, take: Take) -> Any:
    """The same value with slots, taken in the order in which `value_key` gave values."""
    if isinstance(value, bool) or value is None:
        return value
    if type(value) in LISTS:
        nulls = sum(one is None for one in value)
        slots = tuple([take() for _ in range(_width(len(value) - nulls))])
        return (*slots, None) if nulls else slots
    return take()


def _single_key(value: Any, values: list[Any]) -> Hashable:
    kind: Any = value.__class__
    if kind in LISTS or hasattr(value, "_sa_instance_state"):
        raise NoStructureError
    values.append(value)
    if kind is int:
        # SQLAlchemy gives wide numbers another type, and moments with a zone.
        return kind if -_NARROW <= value < _NARROW else "wide"
    return (kind, value.tzinfo is None) if isinstance(value, datetime | time) else kind


def _list_key(several: list[Any], values: list[Any]) -> Hashable:
    present = [one for one in several if one is not None]
    if len(present) > LONGEST:
        raise NoStructureError
    width = _width(len(present))
    # The last value once more changes no list: fewer lengths make fewer texts.
    padded = present + present[-1:] * (width - len(present))
    kinds = tuple([_single_key(one, values) for one in padded])
    alike = kinds[:1] if len(set(kinds)) == 1 else kinds
    return "several", width, len(present) < len(several), alike


def _width(length: int) -> int:
    return 1 << (length - 1).bit_length() if length else 0


def is_own_column(entity: Any, name: str | None, element: Any) -> bool:
    """Whether an element is the column behind an attribute of a mapped class, not what a hybrid picked."""
    if name is None or entity.__class__ is not Mapper or element.__visit_name__ != "column":
        return False
    mapped: Any = entity.column_attrs.get(name)
    # An annotated column is equal to nothing but SQL, and has the hash of what it was made of.
    return mapped is not None and hash(element) == hash(mapped.columns[0])


def is_constant(model: type[Any], condition: Any) -> bool:
    """Whether a condition, values and all, is one text with one set of parameters: no list is in it."""
    if isinstance(condition, Q):
        return all(is_constant(model, child) for child in condition.children)
    if isinstance(condition, Term):
        value = condition.value
        if is_computed(value) or hasattr(value, "as_subquery") or type(value) in LISTS:
            return False
        return is_lasting(model, condition.keyword)
    element = expression_of(condition)
    parts: Any = visitors.iterate(
        element.__clause_element__() if hasattr(element, "__clause_element__") else element
    )
    return not any(isinstance(one, BindParameter) and (one.expanding or one.callable) for one in parts)


class Structure:
    """The structures of several conditions that stand in one statement, and the values of all of them."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._conditions: list[Any] = []
        self._elements: dict[int, Any] = {}
        self._starts: dict[int, int] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._anonymous: Any = None

    def key(self, model: type[Any], condition: Any) -> Hashable:
        """The structure of one more condition on rows of a model."""
        self._conditions.append(condition)
        return self._key(model, condition)

    def slotted(self, slots: Slots) -> list[Any]:
        """The conditions with slots for their values, in the order in which their keys were asked for."""
        return [self._slotted(condition, slots) for condition in self._conditions]

    def _key(self, model: type[Any], condition: Any) -> Hashable:
        if isinstance(condition, Q):
            inner = tuple(self._key(model, child) for child in condition.children)
            return condition.connector, condition.negated, inner
        if not isinstance(condition, Term):
            compared = self._compared(condition)
            return self._element_key(condition, expression_of(condition)) if compared is None else compared
        value = condition.value
        if not is_lasting(model, condition.keyword):
            raise NoStructureError
        if isinstance(value, F):
            if not isinstance(value.content, str) or not is_lasting(model, value.content):
                raise NoStructureError
            return condition.keyword, F, value.content
        if is_computed(value) or hasattr(value, "as_subquery"):
            return condition.keyword, self._element_key(value, subquery_of(value))
        self._starts[id(condition)] = len(self.values)
        return condition.keyword, value_key(value, self.values)

    def _compared(self, given: Any) -> Hashable | None:
        """The key of a column of a class compared with a value, as most rules are; None for all others."""
        if given.__class__ is not BinaryExpression or given.operator not in _COMPARISONS or given.modifiers:
            return None
        left, right = given.left, given.right
        said = getattr(left, "_annotations", {})
        entity, name = said.get("parententity"), said.get("proxy_key")
        if not is_own_column(entity, name, left):
            return None
        if right.__class__ is not BindParameter or right.expanding:
            return None
        self._elements[id(given)] = given
        held = right.type._static_cache_key  # noqa: SLF001 -- what SQLAlchemy caches by
        return (entity, name, given.operator, held), self._parameter_key(right)

    def _element_key(self, given: Any, element: Any) -> Hashable:
        if hasattr(element, "__clause_element__"):
            element = element.__clause_element__()
        self._elements[id(given)] = element
        if self._anonymous is None:
            # One for all conditions: it tells whether two of them share a part, such as an alias.
            self._anonymous = _NUMBERING()
        found: list[BindParameter[Any]] = []
        key: Hashable = element._gen_cache_key(self._anonymous, found)  # noqa: SLF001 -- what SQLAlchemy caches by
        if NO_CACHE in self._anonymous or CacheConst.PARAMS in self._anonymous:
            raise NoStructureError
        # To SQLAlchemy the tables of two relations to one class are "the first alias" alike.
        return key, walked(element), tuple([self._parameter_key(one) for one in found])

    def _parameter_key(self, parameter: BindParameter[Any]) -> Hashable:
        odd = parameter.literal_execute or not parameter.unique or parameter.required
        held: Any = parameter.type
        if odd or held._static_cache_key is NO_CACHE:  # noqa: SLF001 -- a type says so of itself
            raise NoStructureError
        start, value = len(self.values), parameter.effective_value
        if not parameter.expanding:
            self.values.append(value)
            self._places[parameter.key] = (start, 0)
            return 0
        several: list[Any] = list(value or ())
        if not several or None in several:
            raise NoStructureError
        key = _list_key(several, self.values)
        self._places[parameter.key] = (start, len(self.values) - start)
        return key

    def _slotted(self, condition: Any, slots: Slots) -> Any:
        if isinstance(condition, Q):
            children = tuple(self._slotted(child, slots) for child in condition.children)
            return Q.joined(children, condition.connector, negated=condition.negated)
        if not isinstance(condition, Term):
            return self._slotted_element(condition, slots)
        value = condition.value
        if isinstance(value, F):
            return condition
        if id(value) in self._elements:
            return Term(condition.keyword, self._slotted_element(value, slots))
        numbers = count(self._starts[id(condition)])
        return Term(condition.keyword, slotted_value(value, lambda: slots[next(numbers)]))

    def _slotted_element(self, given: Any, slots: Slots) -> Any:
        """The expression with a slot for each of its own values."""

        def bind(clone: Any) -> None:
            place = self._places.get(clone.key)
            if place is not None and not clone.expanding:
                held: dict[str, Any] = clone.__dict__
                held.update(vars(slots.parameter(place[0], None, clone.type)), _anon_map_key=None)

        def compare(clone: Any) -> None:
            held = clone.right
            place = self._places.get(held.key) if getattr(held, "_is_bind_parameter", False) else None
            if place is not None and held.expanding:
                several = [slots.parameter(place[0] + n, None, held.type) for n in range(place[1])]
                clone.right = ClauseList(*several).self_group(against=clone.operator)

        visit: dict[str, Any] = {"bindparam": bind, "binary": compare}
        try:
            made = visitors.cloned_traverse(self._elements[id(given)], _CLONED, visit)
        except AttributeError as error:
            # Options of a subquery are no elements, and cannot be copied with it.
            raise NoStructureError from error
        self._refuse_left(made)
        return made

    def _refuse_left(self, made: Any) -> None:
        """What SQLAlchemy caches by is not always copied as well: a value left there is one caller's own."""
        left: list[BindParameter[Any]] = []
        made._gen_cache_key(_NUMBERING(), left)  # noqa: SLF001 -- as above
        if any(one.key in self._places for one in left):
            raise NoStructureError

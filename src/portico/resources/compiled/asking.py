"""What a request asks of the database apart from its values: a key for the shape, and the values behind it.

    asked = Asked(scope, question_of(place, scope, reach, plan))
    asked.key, asked.values             # the same key for every author_id, and [7]
    asked.build(slots).listed           # the query: built by the general code, with slots for values

Raises `NoStructureError` for what is not compiled, and what the rules of the resource itself raise.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portico.db.compiled import Shape, Slots
from portico.db.query import Query
from portico.db.query.conditions.structure import NoStructureError
from portico.db.query.nesting import Level
from portico.resources.grammar import ListPlan, Reach
from portico.resources.reading import filtered, mentioned, ordered, said
from portico.resources.scope import Scope

from .documents import Along
from .places import Place
from .rules import Rules
from .shelf import Shelf
from .slotting import keyed, slotted, taking


class Passed:
    """The resources that a statement passes through: the same for every value in it."""

    def __init__(self, scope: Scope, reach: Reach, plan: ListPlan, along: Along) -> None:
        # Kept with them, so that its place in memory is no other's.
        self.reach = reach
        self.resources = tuple(dict.fromkeys(mentioned(scope, reach, plan)))
        # The first one decides who may ask at all.
        own, *others = dict.fromkeys((*self.resources, *along.resources))
        ruled = [one for one in others if not one.policy.opens("read")]
        self.ruled = (own, *ruled) if ruled or not own.policy.opens("read") else ()


class Question:
    """The part of a request that its plan alone decides: the same for everybody who asks with that plan."""

    def __init__(self, place: Place, scope: Scope, reach: Reach, plan: ListPlan) -> None:
        self.reach, self.plan = reach, plan
        self.values: list[Any] = []
        self.along = Along(scope, reach, plan)
        self.key: Hashable = (keyed(plan.filter, self.values), plan.order, self.along.key)
        self.values += self.along.values
        passed: Shelf[Passed] = place.passed
        self.passed = passed.take((id(reach), self.key), lambda: Passed(scope, reach, plan, self.along))

    @cached_property
    def filter_said(self) -> str:
        """The filter as a text, to which cursors are bound."""
        return said(self.plan.filter)


def question_of(place: Place, scope: Scope, reach: Reach, plan: ListPlan) -> Question:
    """The question of a plan: worked out once for as long as requests come with the same one."""
    questions: Shelf[Question] = place.questions
    # Kept with its plan and its reach, whose places in memory are theirs alone meanwhile.
    return questions.take((id(plan), id(reach)), lambda: Question(place, scope, reach, plan))


def bound(shape: Shape, values: list[Any]) -> list[Any]:
    """What the driver is given for values; NoStructureError where one of them cannot be sent."""
    try:
        return shape.arguments(values)
    except Exception as error:
        # Types may refuse values in any way: the general path does so again, and words it.
        raise NoStructureError from error


@dataclass(frozen=True, slots=True)
class Built:
    """Queries with slots for values, and the surroundings whose rules have slots as well."""

    scope: Scope
    chosen: Query[Any]
    listed: Query[Any]
    level: Level
    """What the rows show, with what they bring along."""


class Asked:
    """A question asked by somebody."""

    __slots__ = ("_rules", "_scope", "key", "question", "values")

    def __init__(self, scope: Scope, question: Question) -> None:
        self._scope, self.question = scope, question
        ruled = question.passed.ruled
        self._rules = Rules(scope, ruled) if ruled else None
        if self._rules is None:
            self.key, self.values = question.key, question.values.copy()
        else:
            self.key = (question.key, self._rules.key)
            self.values = self._rules.values + question.values

    def build(self, slots: Slots) -> Built:
        """The rows that are asked for, and the same in their order."""
        question, rules = self.question, self._rules
        scope = self._scope if rules is None else rules.scope(slots)
        start = 0 if rules is None else len(rules.values)
        take = taking(slots, start)
        chosen = filtered(scope, question.reach, slotted(question.plan.filter, take))
        listed = ordered(scope, question.reach, chosen, question.plan.order)
        return Built(scope, chosen, listed, question.along.level(scope, listed.state, take))

"""What a request asks of the database apart from its values: a key for the shape, and the values behind it.

    asked = Asked(scope, question_of(place, scope, reach, plan))
    asked.key, asked.values             # the same key for every author_id, and [7]
    asked.build(slots).listed           # the query: built by the general code, with slots for values

Raises `NoStructureError` for what is not compiled, and what the rules of the resource itself raise.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from portico.access import revision
from portico.db.compiled import Shape, Slots
from portico.db.query import Query
from portico.db.query.conditions.structure import NoStructureError
from portico.db.query.nesting import Level
from portico.resources.grammar import ListPlan, Reach, RowPlan
from portico.resources.reading import filtered, is_personal, mentioned, ordered, said
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
        self.personal = is_personal(self.resources)
        self.order_said: str | None = None
        """The order as a text, once a cursor was bound to it."""
        self.rules_key: Hashable = None
        """The key of their rules, once it is known to be the same for everybody."""

    @property
    def settled(self) -> bool:
        """Whether nobody's rules have to be asked any more."""
        return not self.ruled or self.rules_key is not None


class Question:
    """The part of a request that its plan alone decides: the same for everybody who asks with that plan."""

    def __init__(self, place: Place, scope: Scope, reach: Reach, asked: RowPlan) -> None:
        self.reach, self.asked = reach, asked
        plan = self.plan = listing(asked)
        self.values: list[Any] = []
        self.along = Along(scope, reach, plan)
        self._filter_key = keyed(plan.filter, self.values)
        self.key: Hashable = (self._filter_key, plan.order, self.along.key)
        self.values += self.along.values
        passed: Shelf[Passed] = place.passed
        now = id(reach), self.key, revision()
        self.passed = passed.take(now, lambda: Passed(scope, reach, plan, self.along))
        self._said: str | None = None
        self.rows: dict[Hashable, Any] = {}
        """The shapes of single rows, by the kinds of their keys, where rules are settled."""
        self.pages: dict[Hashable, Any] = {}
        """The shapes of pages, by how they are counted and where they begin, where rules are settled."""

    def of(self, plan: ListPlan) -> Question | None:
        """The question of a plan that is alike; None where its values make another statement."""
        values: list[Any] = []
        if not _is_alike(plan, self.plan) or keyed(plan.filter, values) != self._filter_key:
            return None
        made = Question.__new__(Question)  # as copy() does, which asks many more questions first
        vars(made).update(vars(self))
        made._take(plan, values)  # noqa: SLF001 -- another one of its kind
        return made

    def _take(self, plan: ListPlan, values: list[Any]) -> None:
        self.asked = self.plan = plan
        self.values = values + self.along.values
        self._said = None

    def filter_said(self) -> str:
        """The filter as a text, to which cursors are bound."""
        # Not a `cached_property`: up to Python 3.11 that takes a lock.
        if self._said is None:
            self._said = said(self.plan.filter)
        return self._said


def question_of(place: Place, scope: Scope, reach: Reach, plan: RowPlan) -> Question:
    """The question of a plan: worked out once for as long as requests come with the same one."""
    questions: Shelf[Question] = place.questions
    like = plan.like if isinstance(plan, ListPlan) else None
    known = plan if like is None else like
    # Kept with its plan and its reach, whose places in memory are theirs alone meanwhile.
    now = id(known), id(reach), revision()
    found = questions.take(now, lambda: Question(place, scope, reach, known))
    if like is None or not isinstance(plan, ListPlan):
        return found
    return found.of(plan) or Question(place, scope, reach, plan)


def _is_alike(plan: ListPlan, like: ListPlan) -> bool:
    """Whether somebody has made another plan of one that was alike."""
    return (
        plan.order is like.order
        and plan.include is like.include
        and plan.fields is like.fields
        and plan.limit == like.limit
        and plan.offset == like.offset
    )


def listing(plan: RowPlan) -> ListPlan:
    """A plan as that of a list: the plan of a row is one without conditions."""
    return plan if isinstance(plan, ListPlan) else ListPlan(include=plan.include, fields=plan.fields)


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
        passed = question.passed
        self._rules: Rules | None = None
        if passed.settled:
            self.key, self.values = (question.key, passed.rules_key), question.values.copy()
            return
        rules = self._rules = Rules(scope, passed.ruled)
        self.key, self.values = (question.key, rules.key), rules.values + question.values
        if rules.fixed:
            passed.rules_key = rules.key

    def build(self, slots: Slots) -> Built:
        """The rows that are asked for, and the same in their order."""
        question, rules = self.question, self._rules
        if rules is None and question.passed.ruled:
            rules = Rules(self._scope, question.passed.ruled)
        scope = self._scope if rules is None else rules.scope(slots)
        start = 0 if rules is None else len(rules.values)
        take = taking(slots, start)
        chosen = filtered(scope, question.reach, slotted(question.plan.filter, take))
        listed = ordered(scope, question.reach, chosen, question.plan.order)
        return Built(scope, chosen, listed, question.along.level(scope, listed.state, take))

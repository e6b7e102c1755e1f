"""What whoever asks may do, apart from the values in it: the part of a shape that policies decide.

    rules = Rules(scope, [posts, users])         # ForbiddenError where no row of the first may be read
    rules.key, rules.values                      # ((("and", False, ...), None), [7])
    filtered(rules.scope(Slots(rules.values)), reach, plan.filter)     # the general code, with slots

The rule of every resource that a statement passes through is asked once for each request, and its structure
is part of the key. A statement that asks for another rule while it is built is not compiled, so no shape
holds a rule that its key does not name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from portico.access import Operation, revision
from portico.db.compiled import Slots
from portico.db.query.conditions.structure import NoStructureError, Structure, is_constant
from portico.errors import ForbiddenError
from portico.resources.description import Resource
from portico.resources.scope import Scope

_FORBIDDEN: Final = "forbidden"
_FIXED: Final = "fixed"
_fixed: WeakKeyDictionary[Resource, dict[tuple[Operation, int], bool]] = WeakKeyDictionary()


def _is_fixed(resource: Resource, operation: Operation, answer: Any) -> bool:
    """Whether a rule is one and the same condition for everybody, so that it may stand in shapes as it is."""
    known = _fixed.setdefault(resource, {})
    key: tuple[Operation, int] = operation, revision()
    if key not in known:
        said = resource.policy.says_the_same_to_all(operation)
        known[key] = said and is_constant(resource.model, answer)
    return known[key]


class Rules:
    """The read rules of several resources for one principal; the first is the one whose rows are asked for.

    Of that one also the rule of a ``write``, where its rows are to be written.
    """

    def __init__(
        self, scope: Scope, resources: Iterable[Resource], *, write: Operation | None = None
    ) -> None:
        self._scope = scope
        self._structure = Structure()
        self._answers: dict[tuple[str, Operation], Any] = {}
        self._varying: list[tuple[str, Operation]] = []
        self.fixed = True
        """Whether they are the same for everybody, so that nobody has to ask them again."""
        keys: list[Hashable] = []
        for number, one in enumerate(resources):
            if write is not None and not number:
                keys.append(self._asked(one, write, own=True))
            keys.append(self._asked(one, "read", own=not number))
        self.key = tuple(keys)

    @property
    def values(self) -> list[Any]:
        """The values in the rules."""
        return self._structure.values

    def scope(self, slots: Slots) -> Scope:
        """The same surroundings, whose rules have slots for values: the first of these slots."""
        conditions = iter(self._structure.slotted(slots))
        slotted = {name: next(conditions) for name in self._varying}
        answers = {**self._answers, **slotted}
        held = self._scope
        return _SlottedScope(held.database, held.resources, held.principal, held.signer, answers)

    def _asked(self, resource: Resource, operation: Operation, *, own: bool) -> Hashable:
        try:
            answer = self._scope.rule(resource, operation)
        except ForbiddenError:
            if own:
                raise
            answer = _FORBIDDEN
        except Exception as error:
            # Behind a resource that is closed this one would not be asked at all.
            if own:
                raise
            raise NoStructureError from error
        self._answers[resource.name, operation] = answer
        if answer is None or answer is _FORBIDDEN:
            self.fixed = self.fixed and resource.policy.says_the_same_to_all(operation)
            return answer
        if _is_fixed(resource, operation, answer):
            return _FIXED, revision()
        self.fixed = False
        self._varying.append((resource.name, operation))
        return self._structure.key(resource.model, answer)


@dataclass(frozen=True, slots=True)
class _SlottedScope(Scope):
    """Surroundings in which rules are looked up, and none is asked that is no part of the key."""

    answers: Mapping[tuple[str, Operation], Any] = field(default_factory=dict[tuple[str, Operation], Any])

    def rule(self, resource: Resource, operation: Operation) -> Any | None:
        if (resource.name, operation) in self.answers:
            answer = self.answers[resource.name, operation]
            if answer is _FORBIDDEN:
                raise ForbiddenError(f"You may not {operation} {resource.name}.")
            return answer
        if operation == "read" and resource.policy.opens("read"):
            return None
        raise NoStructureError

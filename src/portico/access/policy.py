"""Who may do what with the rows of one resource, as a condition on rows.

    Policy(read=True, create=True, update=lambda who: Post.author_id == who.id)
    as_policy("read_only", where="expose(Post)")

A rule is True, False, an SQL condition, or a callable that gets the principal and gives one of these.
What is not named is denied. Rules are joined into every statement, so a row out of reach does not exist
for whoever asks.

A row that was written is asked for once more: a new one by the create rule, a changed one by the update and
the read rule. A rule called ``check`` is asked of both; for changed rows it stands instead of the other two.

Raises `ConfigurationError` when something is no policy, `UsageError` when a rule answers neither a
boolean nor a condition, `ForbiddenError` when a rule denies an operation altogether.
Guide: docs/how-to/access.md. Room: access (no login, no HTTP).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NoReturn, TypeAlias, get_args

from portico.errors import ConfigurationError, ForbiddenError

from .answers import Rule, answer_of
from .fields import NO_RULES, FieldRules, Write
from .predicates import check_rule, offers, opens

Operation: TypeAlias = Literal["read", "create", "update", "delete", "trash", "purge"]
Word: TypeAlias = Literal["public", "read_only"]
Asked: TypeAlias = Literal["read", "create", "update", "delete", "trash", "purge", "check"]
OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)


_RULES: Final = frozenset({*OPERATIONS, "check"})


class _Revision:
    """How often a rule of any policy was replaced."""

    number = 0


def revision() -> int:
    """Another number whenever a rule of any policy was replaced: what was learnt of it is not to be kept."""
    return _Revision.number


class Policy:
    """Rules for the operations: given as keywords, or as methods of a subclass.

    class PostPolicy(Policy):
        def read(self, principal):
            return True
        def update(self, principal):
            return principal.is_admin or Post.author_id == principal.id
    """

    fields: FieldRules = NO_RULES
    """Which fields are hidden, read-only or written once."""

    def __init__(  # noqa: PLR0913 -- one keyword for each rule
        self,
        *,
        read: Rule = False,
        create: Rule = False,
        update: Rule = False,
        delete: Rule = False,
        trash: Rule = False,
        purge: Rule = False,
        check: Rule | None = None,
        fields: FieldRules | None = None,
    ) -> None:
        self._rules: dict[Operation, Rule] = {
            "read": read,
            "create": create,
            "update": update,
            "delete": delete,
            "trash": trash,
            "purge": purge,
        }
        self._check = check
        if fields is not None:
            self.fields = fields

    def __setattr__(self, name: str, value: Any) -> None:
        """A rule may be replaced at any time: what was learnt of the one before holds no longer."""
        super().__setattr__(name, value)
        if name in _RULES:
            _Revision.number += 1

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _RULES:
            _Revision.number += 1

    def read(self, principal: Any) -> object:
        """Which rows are visible; updating and deleting ask for this as well."""
        return self._ask("read", principal)

    def create(self, principal: Any) -> object:
        """Which rows may be added; asked of the row as it was stored."""
        return self._ask("create", principal)

    def update(self, principal: Any) -> object:
        """Which rows may be changed; asked of the row before and after."""
        return self._ask("update", principal)

    def delete(self, principal: Any) -> object:
        """Which rows may be removed."""
        return self._ask("delete", principal)

    def trash(self, principal: Any) -> object:
        """Which deleted rows are visible where they are kept; restoring asks for `update` as well."""
        return self._ask("trash", principal)

    def purge(self, principal: Any) -> object:
        """Which deleted rows may be removed for good; they have to be visible."""
        return self._ask("purge", principal)

    def check(self, principal: Any) -> object:
        """What a row has to fulfil once it is written, where that is said on its own."""
        return (
            True if self._check is None else self._check(principal) if callable(self._check) else self._check
        )

    @property
    def has_check(self) -> bool:
        """Whether there is a rule of its own for rows that were written."""
        return self._check is not None or type(self).check is not Policy.check

    def offers(self, operation: Operation) -> bool:
        """Whether anybody at all may do this; doors leave out what nobody may."""
        return self._overrides(operation) or offers(self._rules[operation])

    def opens(self, operation: Operation) -> bool:
        """Whether everybody may do this with every row."""
        return not self._overrides(operation) and opens(self._rules[operation])

    def says_the_same_to_all(self, operation: Operation) -> bool:
        """Whether a rule is the same object for everybody, so that what was learnt of it can be kept."""
        return not self._overrides(operation) and not callable(self._rules[operation])

    def fits(self, model: type[Any]) -> None:
        """Refuse a model that lacks a field which a rule names: UnknownFieldError."""
        for rule in (*self._rules.values(), self._check or False):
            check_rule(rule, model)

    def _overrides(self, operation: Operation) -> bool:
        """Whether a rule is code of its own: of a subclass, or of this one object."""
        return operation in vars(self) or getattr(type(self), operation) is not getattr(Policy, operation)

    def _ask(self, operation: Operation, principal: Any) -> object:
        rule = self._rules[operation]
        return rule(principal) if callable(rule) else rule


PolicyLike: TypeAlias = "Policy | type[Policy] | Callable[[Any], object] | Word | None"
"""Whatever may stand for a policy; None is refused with a cure, not by a type."""

PUBLIC: Final = Policy(read=True, create=True, update=True, delete=True, trash=True, purge=True)
READ_ONLY: Final = Policy(read=True)
_WORDS: Final[dict[str, Policy]] = {"public": PUBLIC, "read_only": READ_ONLY}
_CURE: Final = (
    'Say policy="public" (everybody may read and write), policy="read_only" (everybody may read), '
    "a Policy, or a callable from the principal to a condition."
)


def as_policy(given: PolicyLike, *, where: str) -> Policy:
    """The policy meant by a word, a callable, a `Policy` or a subclass of it."""
    if isinstance(given, Policy):
        return given
    if isinstance(given, type):
        return given() if issubclass(given, Policy) else _refuse(given.__name__, where)
    if isinstance(given, str) and given in _WORDS:
        return _WORDS[given]
    if callable(given):
        return Policy(read=given, create=given, update=given, delete=given)
    return _refuse(given, where)


def _refuse(given: object, where: str) -> NoReturn:
    said = "no policy" if given is None else f"{given!r}, which is no policy"
    raise ConfigurationError(f"{where} has {said}; nothing is exposed by accident.", hint=_CURE)


def condition(policy: Policy, operation: Operation, principal: Any, *, where: str) -> Any | None:
    """The SQL condition of one operation, or None when every row is within reach.

    Raises `ForbiddenError` when the operation is denied altogether.
    """
    return _asked(policy, operation, principal, _denied(operation, where), where)


def _denied(operation: Operation, where: str) -> str:
    """What somebody is told who may not do this at all."""
    if operation == "trash":
        return f"You may not see deleted rows of {where}."
    if operation == "purge":
        return f"You may not remove rows of {where} for good."
    return f"You may not {operation} {where}."


def conditions_after(policy: Policy, write: Write, principal: Any, *, where: str) -> list[Any]:
    """The conditions that a row has to fulfil after it was created or updated; none when any row may stand.

    Raises `ForbiddenError` when no row may.
    """
    denied = f"You may not {write} such a row in {where}."
    asked = (_asked(policy, rule, principal, denied, where) for rule in _after(policy, write))
    return [one for one in asked if one is not None]


def _after(policy: Policy, write: Write) -> tuple[Asked, ...]:
    """The rules asked of a row that was written.

    It must not be pushed where its writer cannot see it, while one that is only handed in (a message to
    somebody) need not be readable.
    """
    if policy.has_check:
        return ("create", "check") if write == "create" else ("check",)
    return ("create",) if write == "create" else ("update", "read")


def _asked(policy: Policy, rule: Asked, principal: Any, denied: str, where: str) -> Any | None:
    answer = answer_of(getattr(policy, rule)(principal), principal, of=f"The {rule} rule of {where}")
    if answer is False:
        raise ForbiddenError(denied)
    return None if answer is True else answer

"""Who may do what with the rows of one resource, as a condition on rows.

    Policy(read=True, create=True, update=lambda who: Post.author_id == who.id)
    as_policy("read_only", where="expose(Post)")

A rule is True, False, or a callable that gets the principal and gives True, False or an SQL condition.
What is not named is denied. Rules are joined into every statement, so a row out of reach does not exist
for whoever asks.

Raises `ConfigurationError` when something is no policy, `UsageError` when a rule answers neither a
boolean nor a condition, `ForbiddenError` when a rule denies an operation altogether.
Guide: docs/how-to/access.md. Room: access (no login, no HTTP).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NoReturn, TypeAlias, get_args

from portico.errors import ConfigurationError, ForbiddenError, UsageError

Operation: TypeAlias = Literal["read", "create", "update", "delete"]
Word: TypeAlias = Literal["public", "read_only"]
Rule: TypeAlias = "bool | Callable[[Any], object]"
"""What is allowed: a boolean, or a callable from the principal to a boolean or an SQL condition."""

OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)


class Policy:
    """Rules for the four operations: given as keywords, or as methods of a subclass.

    class PostPolicy(Policy):
        def read(self, principal):
            return True
        def update(self, principal):
            return principal.is_admin or Post.author_id == principal.id
    """

    def __init__(
        self, *, read: Rule = False, create: Rule = False, update: Rule = False, delete: Rule = False
    ) -> None:
        self._rules: dict[Operation, Rule] = {
            "read": read,
            "create": create,
            "update": update,
            "delete": delete,
        }

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

    def offers(self, operation: Operation) -> bool:
        """Whether anybody at all may do this; doors leave out what nobody may."""
        overridden = getattr(type(self), operation) is not getattr(Policy, operation)
        return overridden or self._rules[operation] is not False

    def opens(self, operation: Operation) -> bool:
        """Whether everybody may do this with every row."""
        overridden = getattr(type(self), operation) is not getattr(Policy, operation)
        return not overridden and self._rules[operation] is True

    def _ask(self, operation: Operation, principal: Any) -> object:
        rule = self._rules[operation]
        return rule(principal) if callable(rule) else rule


PolicyLike: TypeAlias = "Policy | type[Policy] | Callable[[Any], object] | Word | None"
"""Whatever may stand for a policy; None is refused with a cure, not by a type."""

PUBLIC: Final = Policy(read=True, create=True, update=True, delete=True)
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
    answer: Any = getattr(policy, operation)(principal)
    if answer is True:
        return None
    if answer is False:
        raise ForbiddenError(f"You may not {operation} {where}.")
    if not _is_condition(answer):
        raise UsageError(
            f"The {operation} rule of {where} answered {type(answer).__name__}.",
            hint="A rule answers True, False or an SQL condition such as Post.author_id == principal.id.",
        )
    return answer


def _is_condition(answer: object) -> bool:
    # SQLAlchemy is not imported on this floor; every SQL expression has this method.
    return hasattr(answer, "__clause_element__") or hasattr(answer, "self_group")

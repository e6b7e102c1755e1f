"""Ready rules, and ways to join rules: who somebody is, and which rows are theirs.

    mine = owner("author_id")
    Policy(read=True, create=signed_in, update=any_of(mine, role("editor")), delete=administrator)
    Policy(read=mine | role("editor"), create=signed_in & ~role("muted"))

Any rule can be joined: these, True and False, and callables of one's own that answer a boolean or a
condition. Somebody who is not logged in is refused with `UnauthenticatedError` where logging in could help,
and only when no other way allows it. The ready rules read ``id``, ``roles`` and ``is_admin`` of the
principal, and ``is_anonymous`` where it has that; without it nobody is who has no ``id``.
Raises `UsageError` for a principal that lacks what a rule reads, `UnknownFieldError` (when the policy is
exposed) for a column that the model does not have.
Guide: docs/how-to/access.md. Room: access (no login, no HTTP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from portico.db.query import Q, Query
from portico.errors import (
    ForbiddenError,
    UnauthenticatedError,
    UnknownFieldError,
    UnknownNameError,
    UsageError,
)

from .answers import Rule, answer_of

_LOG_IN: Final = "This needs somebody to be logged in."


class Predicate:
    """A rule that can be joined with others by ``|``, ``&`` and ``~``."""

    def __call__(self, principal: Any) -> object:  # noqa: ARG002 -- everybody is like everybody here
        """True, False, or a condition on rows; this one allows nobody anything."""
        return False

    @property
    def opens(self) -> bool:
        """Whether it allows everybody everything."""
        return False

    @property
    def offers(self) -> bool:
        """Whether it allows anybody anything."""
        return True

    def check(self, model: type[Any]) -> None:
        """Refuse a model that lacks a field which this rule names."""

    def __or__(self, other: Rule) -> Predicate:
        return any_of(self, other)

    def __ror__(self, other: Rule) -> Predicate:
        return any_of(other, self)

    def __and__(self, other: Rule) -> Predicate:
        return all_of(self, other)

    def __rand__(self, other: Rule) -> Predicate:
        return all_of(other, self)

    def __invert__(self) -> Predicate:
        return not_(self)

    def __bool__(self) -> NoReturn:
        raise UsageError(
            "A rule has no truth value: Python's `and`, `or` and `not` cannot join it.",
            hint="Use any_of(), all_of() and not_(), or |, & and ~.",
        )


class _Anyone(Predicate):
    """Everybody, logged in or not."""

    def __call__(self, principal: Any) -> object:  # noqa: ARG002 -- everybody is like everybody here
        return True

    @property
    def opens(self) -> bool:
        return True


class _Somebody(Predicate):
    """Those who are logged in and of whom a test is true."""

    def __init__(self, test: Callable[[Any], bool] | None = None) -> None:
        self._test = test

    def __call__(self, principal: Any) -> object:
        if _is_nobody(principal):
            raise UnauthenticatedError(_LOG_IN)
        return self._test is None or self._test(principal)


class _Owner(Predicate):
    """The rows whose column holds the identity of whoever asks."""

    def __init__(self, column: str) -> None:
        self._column = column

    def __call__(self, principal: Any) -> object:
        if _is_nobody(principal):
            raise UnauthenticatedError(_LOG_IN)
        return Q(**{f"{self._column.replace('.', '__')}__exact": _read(principal, "id", "owner")})

    def check(self, model: type[Any]) -> None:
        try:
            Query(model).filter(Q(**{f"{self._column.replace('.', '__')}__isnull": True}))
        except UnknownNameError as error:
            raise UnknownFieldError(
                f"owner({self._column!r}): {model.__name__} has no such field.", hint=error.hint
            ) from None


class _Any(Predicate):
    """What any of several rules allows."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules

    def __call__(self, principal: Any) -> object:
        refused: list[Exception] = []
        found: Any = False
        for rule in self._rules:
            try:
                answer = answer_of(rule, principal)
            except (UnauthenticatedError, ForbiddenError) as error:
                refused.append(error)
                continue
            if answer is True:
                return True
            if answer is not False:
                found = Q(answer) if found is False else found | Q(answer)
        if found is False and refused:
            raise _leading(refused)
        return found

    @property
    def opens(self) -> bool:
        return any(opens(rule) for rule in self._rules)

    @property
    def offers(self) -> bool:
        return any(offers(rule) for rule in self._rules)

    def check(self, model: type[Any]) -> None:
        for rule in self._rules:
            check_rule(rule, model)


class _All(_Any):
    """What all of several rules allow."""

    def __call__(self, principal: Any) -> object:
        refused: list[Exception] = []
        found: Any = True
        for rule in self._rules:
            try:
                answer = answer_of(rule, principal)
            except (UnauthenticatedError, ForbiddenError) as error:
                refused.append(error)
                continue
            if answer is False or found is False:
                found = False
            elif answer is not True:
                found = Q(answer) if found is True else found & Q(answer)
        if refused:
            raise _leading(refused)
        return found

    @property
    def opens(self) -> bool:
        return all(opens(rule) for rule in self._rules)

    @property
    def offers(self) -> bool:
        return all(offers(rule) for rule in self._rules)


class _Not(Predicate):
    """What a rule does not allow; nobody fulfils no rule about somebody."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def __call__(self, principal: Any) -> object:
        try:
            answer = answer_of(self._rule, principal)
        except (UnauthenticatedError, ForbiddenError):
            return True
        return not answer if isinstance(answer, bool) else ~Q(answer)

    @property
    def opens(self) -> bool:
        return not offers(self._rule)

    @property
    def offers(self) -> bool:
        return not opens(self._rule)

    def check(self, model: type[Any]) -> None:
        check_rule(self._rule, model)


anyone: Final[Predicate] = _Anyone()
"""Everybody, logged in or not."""
signed_in: Final[Predicate] = _Somebody()
"""Everybody who is logged in."""
administrator: Final[Predicate] = _Somebody(
    lambda principal: bool(_read(principal, "is_admin", "administrator"))
)
"""Whoever administers the application."""


def role(*names: str) -> Predicate:
    """Whoever holds any of these roles."""
    wanted = frozenset(names)
    return _Somebody(lambda principal: not wanted.isdisjoint(_roles_of(principal)))


def owner(column: str) -> Predicate:
    """The rows whose column holds the ``id`` of whoever asks; a dot walks a relation: ``post.author_id``."""
    return _Owner(column)


def any_of(*rules: Rule) -> Predicate:
    """What at least one of the rules allows."""
    return _Any(rules)


def all_of(*rules: Rule) -> Predicate:
    """What every one of the rules allows."""
    return _All(rules)


def not_(rule: Rule) -> Predicate:
    """What the rule does not allow."""
    return _Not(rule)


def opens(rule: Rule) -> bool:
    """Whether a rule allows everybody everything, as far as that can be told without asking it."""
    return rule.opens if isinstance(rule, Predicate) else rule is True


def offers(rule: Rule) -> bool:
    """Whether a rule may allow anybody anything."""
    return rule.offers if isinstance(rule, Predicate) else rule is not False


def check_rule(rule: Rule, model: type[Any]) -> None:
    """Refuse a model that lacks a field which a ready rule names."""
    if isinstance(rule, Predicate):
        rule.check(model)


def _is_nobody(principal: Any) -> bool:
    said = getattr(principal, "is_anonymous", None)
    return bool(said) if isinstance(said, bool) else getattr(principal, "id", None) is None


def _roles_of(principal: Any) -> Iterable[str]:
    held: str | Iterable[str] = _read(principal, "roles", "role")
    return (held,) if isinstance(held, str) else held


def _read(principal: Any, attribute: str, rule: str) -> Any:
    try:
        return getattr(principal, attribute)
    except AttributeError:
        raise UsageError(
            f"{rule}() reads {attribute!r} of the principal, and a {type(principal).__name__} has none.",
            hint="Give it that attribute, yield a portico.Principal, or write a rule of your own.",
        ) from None


def _leading(refused: list[Exception]) -> Exception:
    """Of several refusals the one that can be helped by logging in."""
    return next((one for one in refused if isinstance(one, UnauthenticatedError)), refused[0])

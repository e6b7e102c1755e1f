"""What a rule answers to a principal: True, False, or a condition on rows.

    answer_of(lambda who: who.is_admin, ann)      # True or False
    answer_of(rule, ann)                          # Post.author_id == 7

A condition is an SQL expression or a `Q`. Raises `UsageError` for an answer that is neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from portico.db.query import Condition, Q
from portico.errors import UsageError

Rule: TypeAlias = "bool | Condition | Callable[[Any], object]"
"""What is allowed: a boolean, an SQL condition, or a callable from the principal to one of these."""


def answer_of(rule: object, principal: Any, *, of: str = "A rule") -> Any:
    """The answer of a rule; a rule that answers with another rule is asked on."""
    answer: Any = rule
    while not (isinstance(answer, bool) or is_condition(answer)):
        if not callable(answer) or isinstance(answer, type):
            raise UsageError(
                f"{of} answered {type(answer).__name__}.",
                hint="A rule answers True, False or an SQL condition such as Post.author_id == principal.id.",
            )
        answer = answer(principal)
    return answer


def is_condition(answer: object) -> bool:
    """Whether an answer chooses rows."""
    # SQLAlchemy is not imported on this floor; every SQL expression has one of these methods.
    return isinstance(answer, Q) or hasattr(answer, "__clause_element__") or hasattr(answer, "self_group")

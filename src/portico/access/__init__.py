"""Who may do what: principals and policies."""

from portico.access.policy import (
    OPERATIONS,
    PUBLIC,
    READ_ONLY,
    Operation,
    Policy,
    PolicyLike,
    Rule,
    as_policy,
    condition,
)
from portico.access.principal import ANONYMOUS, Principal

__all__ = [
    "ANONYMOUS",
    "OPERATIONS",
    "PUBLIC",
    "READ_ONLY",
    "Operation",
    "Policy",
    "PolicyLike",
    "Principal",
    "Rule",
    "as_policy",
    "condition",
]

"""Who may do what: principals, policies, ready rules, and rules for fields."""

from portico.access.answers import Rule
from portico.access.fields import NO_RULES, FieldRules, Write
from portico.access.policy import (
    OPERATIONS,
    PUBLIC,
    READ_ONLY,
    Operation,
    Policy,
    PolicyLike,
    as_policy,
    condition,
    conditions_after,
    revision,
)
from portico.access.predicates import (
    Predicate,
    administrator,
    all_of,
    any_of,
    anyone,
    not_,
    owner,
    role,
    signed_in,
)
from portico.access.principal import ANONYMOUS, Principal

__all__ = [
    "ANONYMOUS",
    "NO_RULES",
    "OPERATIONS",
    "PUBLIC",
    "READ_ONLY",
    "FieldRules",
    "Operation",
    "Policy",
    "PolicyLike",
    "Predicate",
    "Principal",
    "Rule",
    "Write",
    "administrator",
    "all_of",
    "any_of",
    "anyone",
    "as_policy",
    "condition",
    "conditions_after",
    "not_",
    "owner",
    "revision",
    "role",
    "signed_in",
]

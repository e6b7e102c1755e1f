"""Policies: two words, predicates, and no exposure by accident."""

from __future__ import annotations

from typing import Any, cast

import pytest
import sqlalchemy as sa

from portico.access import ANONYMOUS, PUBLIC, READ_ONLY, Policy, Principal, as_policy, condition
from portico.errors import ConfigurationError, ForbiddenError, UnauthenticatedError, UsageError

owner = sa.column("owner_id", sa.Integer)
ann = Principal(id=7, roles=["editor"])


def _owned(principal: Principal) -> object:
    return owner == principal.id


class OwnerPolicy(Policy):
    """Everybody reads, the owner changes."""

    def read(self, principal: Principal) -> object:  # noqa: ARG002 -- everybody is like everybody here
        """Everybody."""
        return True

    def update(self, principal: Principal) -> object:
        """The owner, or an administrator."""
        return principal.is_admin or owner == principal.id


@pytest.mark.parametrize("given", [None, "", "everybody", 3])
def test_what_is_no_policy_is_refused_with_the_two_words(given: Any) -> None:
    """Whoever forgets a policy must learn both words from the error."""
    with pytest.raises(ConfigurationError) as caught:
        as_policy(given, where="expose(Post)")
    assert "public" in str(caught.value)
    assert "read_only" in str(caught.value)


def test_the_words_mean_what_they_say() -> None:
    """The two ready policies are the vocabulary of every first example."""
    assert as_policy("public", where="x") is PUBLIC
    assert as_policy("read_only", where="x") is READ_ONLY
    assert not READ_ONLY.offers("create")
    assert PUBLIC.offers("delete")


def test_what_a_policy_does_not_name_is_denied() -> None:
    """Deny by default: a forgotten operation must not be open."""
    with pytest.raises(ForbiddenError):
        condition(Policy(read=True), "delete", ann, where="posts")


def test_a_callable_is_a_rule_for_all_operations() -> None:
    """The shortest useful policy is one lambda."""
    policy = as_policy(_owned, where="x")
    for operation in ("read", "create", "update", "delete"):
        assert str(condition(policy, operation, ann, where="x")) == "owner_id = :owner_id_1"


def test_a_subclass_answers_with_methods() -> None:
    """A class may be given itself, or an instance of it."""
    policy = as_policy(OwnerPolicy, where="x")
    assert condition(policy, "read", ANONYMOUS, where="x") is None
    assert condition(policy, "update", Principal(1, is_admin=True), where="x") is None
    assert policy.offers("update")
    assert not policy.offers("delete")


def test_a_rule_about_somebody_refuses_nobody() -> None:
    """Comparing with a missing id must not become IS NULL and show the rows without an owner."""
    policy = as_policy(_owned, where="x")
    with pytest.raises(UnauthenticatedError):
        condition(policy, "read", ANONYMOUS, where="posts")


def test_a_rule_that_answers_nothing_is_the_developers_error() -> None:
    """A forgotten return must neither open nor close anything silently."""
    with pytest.raises(UsageError, match="NoneType"):
        condition(Policy(read=lambda _: None), "read", ann, where="posts")


def test_principals_are_equal_by_content() -> None:
    """They are values: two requests of one user have the same principal."""
    assert ann == Principal(7, roles={"editor"})
    assert hash(ann) == hash(Principal(7, roles={"editor"}))
    assert ann.has_role("admin", "editor")
    assert ann != ANONYMOUS
    assert ANONYMOUS.is_anonymous
    assert repr(ANONYMOUS) == "Principal(anonymous)"


def test_principals_are_nothing_else() -> None:
    """A user object of the same id is no principal."""
    assert ann != "ann"
    assert ann.roles == {"editor"}
    assert repr(ann) == "Principal(id=7, roles=['editor'], is_admin=False)"


def test_a_class_that_is_no_policy_is_refused_by_name() -> None:
    """Giving the principal's class instead of the policy's is an easy slip."""
    with pytest.raises(ConfigurationError, match="Principal"):
        as_policy(cast("Any", Principal), where="expose(Post)")

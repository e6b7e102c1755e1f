"""Ready rules, and rules that are joined."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fixtures.blog import Post

from portico.access import (
    ANONYMOUS,
    Policy,
    Principal,
    Rule,
    administrator,
    all_of,
    any_of,
    anyone,
    condition,
    conditions_after,
    not_,
    owner,
    role,
    signed_in,
)
from portico.access.answers import answer_of
from portico.db.query import Q
from portico.errors import ForbiddenError, UnauthenticatedError, UnknownFieldError, UsageError

ann = Principal(id=7, roles=["editor"])
bea = Principal(id=8)
root = Principal(id=1, is_admin=True)
own_column = sa.column("owner_id", sa.Integer)


def _own(principal: Principal) -> object:
    return own_column == principal.id


def _refuse(principal: Any) -> object:
    raise ForbiddenError("Not today.")


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (anyone, [ANONYMOUS, ann, bea, root]),
        (signed_in, [ann, bea, root]),
        (role("editor"), [ann]),
        (role("author", "editor"), [ann]),
        (administrator, [root]),
        (any_of(administrator, role("editor")), [ann, root]),
        (role("editor") | administrator, [ann, root]),
        (all_of(signed_in, not_(role("editor"))), [bea, root]),
        (signed_in & ~role("editor"), [bea, root]),
        (~signed_in, [ANONYMOUS]),
        (any_of(), []),
        (all_of(), [ANONYMOUS, ann, bea, root]),
        (any_of(False, lambda principal: principal.is_admin), [root]),
        (any_of(_refuse, role("editor")), [ann]),
        (True & administrator, [root]),
        (False | administrator, [root]),
    ],
)
def test_rules_about_people_say_who(rule: Rule, allowed: list[Principal]) -> None:
    """The words of most policies, alone and joined."""
    assert [one for one in (ANONYMOUS, ann, bea, root) if _allows(rule, one)] == allowed


def _allows(rule: Rule, principal: Principal) -> bool:
    try:
        return answer_of(rule, principal) is True
    except (UnauthenticatedError, ForbiddenError):
        return False


@pytest.mark.parametrize(
    "rule",
    [
        signed_in,
        role("editor"),
        administrator,
        owner("author_id"),
        any_of(False, role("editor")),
        any_of(_refuse, owner("author_id")),
        all_of(False, signed_in),
        all_of(_own, _refuse),
    ],
)
def test_nobody_is_told_to_log_in_where_that_may_help(rule: Rule) -> None:
    """401 and 403 are different advice to whoever asks."""
    with pytest.raises(UnauthenticatedError):
        answer_of(rule, ANONYMOUS)


def test_who_is_refused_and_logged_in_keeps_the_reason() -> None:
    """A rule of the application may say why; joining must not lose that."""
    with pytest.raises(ForbiddenError, match="Not today"):
        answer_of(any_of(_refuse, administrator), bea)


def test_one_way_that_allows_outweighs_a_missing_log_in() -> None:
    """Published posts are for everybody, drafts for their authors: nobody must still see the first."""
    rule = any_of(lambda _: own_column == 1, _own, owner("author_id"), role("editor"))
    assert _sql(rule, ANONYMOUS) == ["owner_id = 1"]
    assert _sql(rule, bea) == ["owner_id = 1", "owner_id = 8", "author_id__exact=8"]
    assert answer_of(rule, ann) is True


def _sql(rule: Rule, principal: Principal) -> list[str]:
    found = answer_of(rule, principal)
    assert isinstance(found, Q)
    return [text for child in found.children for text in _said(child)]


def _said(child: Any) -> list[str]:
    if isinstance(child, Q):
        return [text for one in child.children for text in _said(one)]
    if hasattr(child, "keyword"):
        return [f"{child.keyword}={child.value}"]
    return [str(child.compile(compile_kwargs={"literal_binds": True}))]


def test_all_of_joins_conditions_and_drops_what_is_true() -> None:
    """A boolean must not end up as a value in the middle of SQL."""
    rule = all_of(True, _own, signed_in, owner("author_id"))
    assert _sql(rule, ann) == ["owner_id = 7", "author_id__exact=7"]
    assert answer_of(all_of(_own, False), ann) is False


@pytest.mark.parametrize(
    ("rule", "opens", "offers"),
    [
        (True, True, True),
        (False, False, False),
        (anyone, True, True),
        (signed_in, False, True),
        (any_of(False, anyone), True, True),
        (any_of(False, False), False, False),
        (all_of(anyone, True), True, True),
        (all_of(signed_in, False), False, False),
        (not_(False), True, True),
        (not_(anyone), False, False),
        (_own, False, True),
    ],
)
def test_policies_know_what_they_open_and_offer(rule: Rule, opens: bool, offers: bool) -> None:
    """Doors leave out what nobody may do, and schemas promise what everybody may see."""
    policy = Policy(read=rule)
    assert (policy.opens("read"), policy.offers("read")) == (opens, offers)


def test_a_rule_may_answer_with_another_rule() -> None:
    """A method of a policy reads best when it names the ready rules."""

    class Mine(Policy):
        def read(self, principal: Any) -> object:
            return principal.is_admin or any_of(owner("author_id"), role("editor"))

    assert condition(Mine(), "read", ann, where="posts") is None
    assert isinstance(condition(Mine(), "read", bea, where="posts"), Q)


def test_python_cannot_join_rules_by_its_own_words() -> None:
    """`a or b` would silently be a alone."""
    with pytest.raises(UsageError, match="any_of"):
        bool(owner("author_id"))


def test_a_principal_of_another_class_is_read_by_its_attributes() -> None:
    """People have user classes already."""
    user = SimpleNamespace(id=3, roles=["editor"], is_admin=False)
    assert answer_of(role("editor"), user) is True
    assert answer_of(administrator, user) is False
    assert answer_of(role("x"), SimpleNamespace(id=3, roles="x")) is True
    with pytest.raises(UnauthenticatedError):
        answer_of(signed_in, SimpleNamespace(id=None))
    assert answer_of(signed_in, SimpleNamespace(is_anonymous=False)) is True


def test_what_a_principal_lacks_is_said() -> None:
    """A forgotten attribute is the developer's fault, and not a refusal."""
    with pytest.raises(UsageError, match="is_admin"):
        answer_of(administrator, SimpleNamespace(id=3))


@pytest.mark.parametrize("rule", [owner("autor_id"), any_of(True, owner("autor_id")), ~owner("autor_id")])
def test_a_column_that_is_misspelt_is_found_at_start(rule: Rule) -> None:
    """A typing error in a policy must not wait for the first request."""
    with pytest.raises(UnknownFieldError, match="author_id"):
        Policy(read=rule).fits(Post)
    Policy(read=owner("author_id") | owner("author.id")).fits(Post)


def test_one_condition_of_its_own_for_rows_after_a_write() -> None:
    """The way in and the way out of a row may differ."""
    plain, own = Policy(create=True, update=_own, read=True), Policy(create=_own, update=True, check=_own)
    assert [str(one) for one in conditions_after(plain, "update", ann, where="x")] == [
        "owner_id = :owner_id_1"
    ]
    assert conditions_after(plain, "create", ann, where="x") == []
    assert len(conditions_after(own, "create", ann, where="x")) == 2
    assert len(conditions_after(own, "update", ann, where="x")) == 1
    with pytest.raises(ForbiddenError, match="You may not update such a row in posts"):
        conditions_after(Policy(update=True, read=True, check=False), "update", ann, where="posts")

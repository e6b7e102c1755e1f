"""Rules for fields."""

from __future__ import annotations

from portico.access import FieldRules


def test_rules_are_joined() -> None:
    """Some are said with the policy of a model, some where it is exposed."""
    both = FieldRules(hidden=["a"]) | FieldRules(hidden=["b"], read_only="balance")
    assert both == FieldRules(hidden={"a", "b"}, read_only={"balance"})


def test_what_may_not_be_written_depends_on_the_write() -> None:
    """Written once means with the new row."""
    rules = FieldRules(hidden=["a"], read_only=["b"], write_once=["c"])
    assert rules.sealed("create") == {"a", "b"}
    assert rules.sealed("update") == {"a", "b", "c"}

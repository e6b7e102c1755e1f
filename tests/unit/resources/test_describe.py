"""Descriptions of mapped classes: what is shown, what is not, and mistakes in declarations."""

from __future__ import annotations

import pytest
from tests.unit.resources.blog import Post, User, Vote, blog

from portico.access import PUBLIC, READ_ONLY
from portico.errors import DuplicateNameError, UnknownFieldError
from portico.resources import Exposure, describe, describe_all


def test_a_plain_class_is_described_completely() -> None:
    """No base class of ours is needed."""
    posts = blog()["posts"]
    assert (posts.title, posts.key) == ("Post", ("id",))
    assert set(posts.fields) >= {"id", "title", "author_id", "mood"}
    assert {name: relation.many for name, relation in posts.relations.items()} == {
        "author": False,
        "secret": False,
    }


def test_the_path_of_a_table_has_only_safe_characters() -> None:
    """Reflected databases name tables as they like."""
    assert describe(Exposure(model=Vote, policy=PUBLIC)).name == "vote_list"


def test_a_hidden_column_is_in_no_schema() -> None:
    """Hidden means not readable, not writable, not filterable."""
    users = blog()["users"]
    assert "notes" not in str(users.schemas.create.model_json_schema())
    assert "notes" not in str(users.schemas.update.model_json_schema())
    assert "notes" not in str(users.schemas.read.model_json_schema(mode="serialization"))
    assert users.schemas.read.__name__ == "UserRead"
    assert "notes" not in users.fields


def test_only_exposed_targets_are_ways() -> None:
    """A relation must not be a back door to a class that nobody exposed."""
    resources = blog()
    assert set(resources.ways(resources["posts"])) == {"author"}


@pytest.mark.parametrize("option", ["include", "search", "hidden"])
def test_a_name_that_does_not_exist_is_refused_at_start(option: str) -> None:
    """A hidden column with a typing error would be a leak."""
    names = {option: ["titel"]}
    with pytest.raises(UnknownFieldError):
        describe_all([Exposure(model=Post, policy=PUBLIC, **names)])  # type: ignore[arg-type]  # one option at a time


def test_names_and_classes_come_once() -> None:
    """Two policies for one class would be two answers to one question."""
    with pytest.raises(DuplicateNameError):
        describe_all([Exposure(model=Post, policy=PUBLIC), Exposure(model=Post, policy=READ_ONLY, name="p")])
    with pytest.raises(DuplicateNameError):
        describe_all([Exposure(model=Post, policy=PUBLIC), Exposure(model=User, policy=PUBLIC, name="posts")])


def test_operations_follow_the_policy() -> None:
    """What nobody may do is not offered at all."""
    assert describe(Exposure(model=Post, policy=READ_ONLY)).operations == {"read"}
    assert describe(Exposure(model=Post, policy=PUBLIC, read_only=True)).operations == {"read"}


def test_a_row_whose_key_is_hidden_cannot_be_addressed() -> None:
    """Tables without a key are mapped with one that must not be shown."""
    posts = describe(Exposure(model=Post, policy=PUBLIC, hidden=["id"]))
    assert (posts.identity, posts.key) == (("id",), ())

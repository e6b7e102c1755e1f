"""Hooks that are methods of a model are checked when the class is made."""

from __future__ import annotations

from typing import Any, cast

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.db.fields import BooleanField, IntegerField
from portico.db.models import DjangoModel, Model, ModelMeta, Writing
from portico.errors import ConfigurationError


def nothing(_self: object) -> None:
    """Do nothing."""


def model_with(name: str, method: object) -> type[Any]:
    """A model with one method."""
    body = {
        name: method,
        "Meta": type("Meta", (), {"metadata": MetaData()}),
        "__module__": __name__,
        "id": IntegerField(primary_key=True),
    }
    return ModelMeta("Thing", (DjangoModel,), body)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("presave", "pre_save"),
        ("pre_sav", "pre_save"),
        ("pre_saev", "pre_save"),
        ("pre_saves", "pre_save"),
        ("post_updat", "post_update"),
        ("before_save", "pre_save"),
        ("after_delete", "post_delete"),
        ("post_create", "post_save"),
    ],
)
def test_a_name_that_was_meant_to_be_a_hook_is_refused(name: str, meant: str) -> None:
    """A hook that is never called is found out by its damage."""
    with pytest.raises(ConfigurationError, match=f"Thing.{name}.*Did you mean '{meant}'"):
        model_with(name, nothing)


@pytest.mark.parametrize("name", ["save_all", "post_date", "_pre_save", "_presave", "previous", "poster"])
def test_other_names_are_left_alone(name: str) -> None:
    """An underscore, or another word, says that it is no hook."""
    assert callable(getattr(model_with(name, nothing), name))


def _two(self: object, _a: object, _b: object) -> None: ...


def _keyword(self: object, *, _a: object) -> None: ...


def _generator(self: object) -> Any:
    yield


@pytest.mark.parametrize(
    "method",
    cast("list[object]", [_two, _keyword, _generator, staticmethod(nothing), classmethod(nothing)]),
    ids=["two", "keyword", "generator", "static", "class"],
)
def test_a_hook_that_cannot_be_called_is_refused(method: object) -> None:
    """At the class statement and not at the first write."""
    with pytest.raises(ConfigurationError, match=r"Thing\.pre_save"):
        model_with("pre_save", method)


def test_a_hook_of_a_mixin_is_checked_too() -> None:
    """The mixin itself is a plain class, and nobody has looked at it."""

    class Mixin:
        def post_save(self, _a: object, _b: object) -> None:
            """Take too much."""

    with pytest.raises(ConfigurationError, match=r"Thing\.post_save"):

        class Thing(Mixin, Model):  # pyright: ignore[reportUnusedClass] -- it does not come into being
            id: Mapped[int] = IntegerField(primary_key=True)

            class Meta:
                metadata = MetaData()


def test_a_column_may_have_the_name_of_a_hook() -> None:
    """It is no method, so nobody can take it for one."""
    assert model_with("pre_save", BooleanField(default=False))(id=1).pre_save is False


def test_an_event_before_says_what_is_about_to_change() -> None:
    """As it stands at that moment: hooks before may have assigned more."""
    event = Writing[Any](instance=model_with("method", nothing)(id=1), kind="create")
    assert event.created
    assert event.changed == frozenset({"id"})
    assert event.before == {}

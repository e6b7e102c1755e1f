"""Class statements that cannot work say what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from types import new_class
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from portico.db.fields import IntegerField, StringField, composite_unique
from portico.db.models import Model
from portico.errors import ConfigurationError

Body = dict[str, Any]


def key() -> Body:
    """The least that a body needs."""
    return {"__annotations__": {"id": Mapped[int]}, "id": IntegerField(primary_key=True)}


def meta(**options: Any) -> type:
    """A Meta with its own metadata and these options."""
    return type("Meta", (), {"metadata": sa.MetaData(), **options})


def declare(body: Body, **options: Any) -> type:
    """What `class Thing(Model)` with this body does."""
    return new_class(
        "Thing",
        (Model,),
        exec_body=lambda ns: ns.update({"__module__": __name__, "Meta": meta(**options)} | body),
    )


CASES: dict[str, tuple[Callable[[], Body], dict[str, Any], str]] = {
    "no key": (dict, {}, r"Thing has no primary key\. Add one: id"),
    "unknown column": (
        key,
        {"constraints": [composite_unique("id", "idd")]},
        "column 'idd'.*Did you mean 'id'",
    ),
    "no list": (key, {"constraints": composite_unique("id", "x")}, r"Write a list: constraints = \["),
    "unknown loading": (key, {"loading": "lazy"}, "Choices: selectin, raise"),
    "no class": (lambda: key() | {"Meta": {"table": "x"}}, {}, "Write class Meta"),
    "not called": (lambda: key() | {"name": StringField}, {}, r"Write name = StringField\("),
    "metadata": (
        lambda: key() | {"metadata": StringField(max_length=3)},
        {},
        "would hide DjangoModel.metadata",
    ),
    "schema": (lambda: key() | {"Create": type("Create", (), {})}, {}, r"class Create\(Model\.Create\)"),
}


@pytest.mark.parametrize(("body", "options", "said"), CASES.values(), ids=CASES)
def test_a_body_that_cannot_work_is_refused_with_the_cure(
    body: Callable[[], Body], options: dict[str, Any], said: str
) -> None:
    """A mapper's traceback names nothing that the user has written."""
    with pytest.raises(ConfigurationError, match=said):
        declare(body(), **options)


def test_one_table_is_not_given_to_two_models() -> None:
    """Usually a body was copied; the message says from where."""
    metadata = sa.MetaData()
    declare(key(), metadata=metadata)
    with pytest.raises(ConfigurationError, match="'things', which Thing has already"):
        declare(key(), metadata=metadata)


def test_a_method_is_not_hidden_by_an_annotation_alone() -> None:
    """`update: Mapped[str]` is a column too."""
    with pytest.raises(ConfigurationError, match=r"the method DjangoModel\.update"):
        declare(key() | {"__annotations__": {"update": "Mapped[str]", "id": Mapped[int]}})

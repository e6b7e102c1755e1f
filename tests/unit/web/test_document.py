"""The document of generated routes, and what it costs before anybody asks for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pydantic
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from benchmarks.openapi import made_models
from portico.app import Portico
from portico.db.session import Database
from portico.web import GeneratedRoute

TABLES = 5


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Portico]:
    """A few tables of twenty columns."""
    async with Database(f"sqlite:///{tmp_path}/never.db", name="never") as database:
        made = Portico(database)
        for model in made_models(TABLES, 20):
            made.expose(model, policy="public")
        yield made


class Counter:
    """How many validators and classes Pydantic was asked for."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.adapters = self.models = 0
        adapter: Any = getattr(TypeAdapter, "__init__")  # noqa: B009 -- without the types of what it adapts
        model: Any = pydantic.main.create_model

        def counted_adapter(*given: Any, **more: Any) -> None:
            self.adapters += 1
            adapter(*given, **more)

        def counted_model(*given: Any, **more: Any) -> Any:
            self.models += 1
            return model(*given, **more)

        patch.setattr(TypeAdapter, "__init__", counted_adapter)
        patch.setattr(pydantic.main, "create_model", counted_model)


def test_a_start_builds_no_validator_and_no_class(api: Portico, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that serves three of two hundred tables pays for three."""
    counter = Counter(monkeypatch)
    app = FastAPI()
    api.mount(app)
    generated = [route for route in app.routes if isinstance(route, GeneratedRoute) and route.described]
    assert len(generated) > 15 * TABLES
    assert not [route for route in generated if "dependant" in vars(route)]
    assert (counter.adapters, counter.models) == (0, 0)


def test_the_document_is_made_once(api: Portico) -> None:
    """Until routes are added."""
    app = api.app()
    first = app.openapi()
    validate(first)
    assert app.openapi() is first
    app.get("/mine", operation_id="mine")(lambda: None)
    assert "/mine" in app.openapi()["paths"]


def test_a_class_of_the_same_name_does_not_lose_its_schema(api: Portico) -> None:
    """The user's own `Table0Read` stays his, and ours gets another name."""
    own = pydantic.create_model("Table0Read", mine=(int, ...))
    app = FastAPI()
    app.get("/own", response_model=own)(lambda: {"mine": 1})
    api.mount(app)
    document = app.openapi()
    validate(document)
    schemas = document["components"]["schemas"]
    assert set(schemas["Table0Read"]["properties"]) == {"mine"}
    assert "column_0" in schemas["Table0ReadOfPortico"]["properties"]
    replies = document["paths"]["/table0s/{id}"]["get"]["responses"]["200"]
    assert replies["content"]["application/json"]["schema"]["$ref"].endswith("Table0ReadOfPortico")


def test_tags_are_described_and_bodies_have_examples(api: Portico) -> None:
    """What a reader looks at first."""
    document = api.app().openapi()
    assert {"name": "table1s", "description": "Rows of table 1."} in document["tags"]
    example = document["components"]["schemas"]["Table1Create"]["examples"][0]
    assert example["column_0"] == "column 0"

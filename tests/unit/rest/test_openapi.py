"""The OpenAPI document of generated routes: valid, named, honest."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, mapped_column
from tests.unit.resources.blog import Post, User, Vote

from portico.app import Portico
from portico.db.session import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    """A database that is never asked."""
    async with Database(f"sqlite:///{tmp_path}/never.db", name="never") as made:
        yield made


@pytest.fixture
def app(database: Database) -> FastAPI:
    """A blog over it."""
    api = Portico(database, title="Blog")
    api.expose(User, policy="read_only", hidden=["notes"])
    api.expose(Post, policy="public", search=["title"], tags=["writing"])
    api.expose(Vote, policy="public")
    return api.app()


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    """Its document."""
    return app.openapi()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All operations of a document."""
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    """Generators refuse 3.2, and refuse what is not valid."""
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_operations_have_short_stable_names(document: dict[str, Any]) -> None:
    """They become the method names of generated clients."""
    names = {
        (path, method): one["operationId"]
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }
    assert names[("/posts", "get")] == "listPosts"
    assert names[("/posts", "post")] == "createPost"
    assert [names[("/posts/{id}", method)] for method in ("get", "patch", "put", "delete")] == [
        "getPost", "updatePost", "replacePost", "deletePost",
    ]  # fmt: skip
    assert names[("/vote_list/{key}", "get")] == "getVote"
    assert len(set(names.values())) == len(names)


def test_what_is_not_offered_is_not_documented(document: dict[str, Any]) -> None:
    """A read-only resource has no writes in the document."""
    assert set(document["paths"]["/users"]) == {"get"}
    assert set(document["paths"]["/users/{id}"]) == {"get"}
    assert "notes" not in str(document)
    assert "secret" not in str(document["paths"]["/posts"]["get"]["parameters"]).lower()


def test_schemas_have_the_names_of_the_models(document: dict[str, Any]) -> None:
    """No `Input`/`Output` twins, no module paths."""
    names = set(document["components"]["schemas"])
    assert {"PostCreate", "PostUpdate", "PostRead", "PostPage", "Problem", "PageInfo"} <= names
    assert not [name for name in names if "__" in name or name.endswith(("Input", "-Output"))]
    page = document["components"]["schemas"]["PostPage"]["properties"]
    assert page["items"]["items"] == {"$ref": "#/components/schemas/PostRead"}


def test_every_status_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    """Contract tests fail on statuses that the document does not know."""
    patch = document["paths"]["/posts/{id}"]["patch"]["responses"]
    assert {"200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "503"} <= set(patch)
    for status, reply in patch.items():
        if int(status) >= 400:
            shared = document["components"]["responses"][reply["$ref"].rpartition("/")[2]]
            assert list(shared["content"]) == ["application/problem+json"]
    assert set(document["paths"]["/posts/{id}"]["delete"]["responses"]["204"]) == {"description"}


def test_parameters_are_listed_with_types_and_limits(document: dict[str, Any]) -> None:
    """Limits stand in the schema, so that going beyond them is a client's error that tools see."""
    listed = document["paths"]["/posts"]["get"]
    found = {one["name"]: one for one in listed["parameters"]}
    assert found["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert found["mood"]["schema"]["enum"] == ["good", "bad"]
    assert found["title__icontains"]["schema"] == {"type": "string", "pattern": "^[^\\u0000]*$"}
    assert found["sort"]["schema"]["items"]["enum"][:2] == ["id", "-id"]
    assert found["day__gte"]["schema"]["format"] == "date"
    assert {"search", "include", "sort", "count", "offset", "count__exact"} <= set(found)
    assert listed["tags"] == ["writing"]
    key = document["paths"]["/posts/{id}"]["get"]["parameters"][0]
    assert (key["name"], key["in"], key["required"], key["schema"]["type"]) == ("id", "path", True, "integer")


def test_every_operation_has_a_summary_and_a_tag(document: dict[str, Any]) -> None:
    """What readers of the documentation look at first."""
    assert all(one["summary"] and one["tags"] for one in operations(document))


async def test_two_classes_of_one_name_keep_their_operations_apart(app: FastAPI, tmp_path: Path) -> None:
    """Operation ids must be unique, and FastAPI only warns."""
    twin = type("Post", (DeclarativeBase,), {})
    post = type("Post", (twin,), {"__tablename__": "other", "id": mapped_column(Integer, primary_key=True)})
    async with Database(f"sqlite:///{tmp_path}/never.db", name="twins") as database:
        api = Portico(database)
        api.expose(Post, policy="public")
        api.expose(post, policy="public")
    ids = [one["operationId"] for one in operations(api.app().openapi())]
    assert len(set(ids)) == len(ids)


async def test_two_apis_on_one_application_have_names_of_their_own(database: Database) -> None:
    """Generators refuse an operationId that comes twice."""
    app = FastAPI()
    for prefix in ("", "/old", "/new"):
        api = Portico(database, prefix=prefix)
        api.expose(Vote, policy="public")
        api.mount(app)
    names = [one["operationId"] for one in operations(app.openapi())]
    assert len(set(names)) == len(names)
    assert {"listVoteList", "listVoteListOfOld", "listVoteListOfNew"} <= set(names)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        front = await client.get("/")
    assert [one["path"] for one in front.json()["resources"]] == [
        "/vote_list",
        "/old/vote_list",
        "/new/vote_list",
    ]


def test_bounds_of_columns_stand_in_the_schemas_of_bodies(document: dict[str, Any]) -> None:
    """Clients can see before they send what would be refused."""
    shown = document["components"]["schemas"]["PostCreate"]["properties"]["author_id"]
    assert (shown["minimum"], shown["maximum"]) == (-(2**31), 2**31 - 1)

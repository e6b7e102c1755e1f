"""What has to be solved is left to FastAPI; the table asks only the simplest principals itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.requests import HTTPConnection
from fastapi.security import SecurityScopes
from tests.integration.web.dispatch.world import Mount, Pair, answer_of, get, plain, sending


async def refuse() -> None:
    """A dependency that lets nobody in."""
    raise HTTPException(403, "No.")


async def anybody() -> None:
    """A principal that is nobody."""
    return


async def by_request(request: Request) -> Any:
    """A principal that reads a header."""
    if request.headers.get("x-user") == "nobody":
        raise HTTPException(401, "Who?", headers={"WWW-Authenticate": "Bearer"})


async def by_connection(connection: HTTPConnection) -> Any:
    """A principal for sockets as well."""
    connection.headers.get("x-user")


class Asked:
    """An object that is called like a function."""

    async def __call__(self, request: Request) -> Any:
        """Nobody."""
        request.headers.get("x-user")


def in_a_thread() -> None:
    """FastAPI runs it in its pool."""


async def with_an_end() -> AsyncGenerator[None]:
    """FastAPI ends it after the reply."""
    yield


async def by_header(x_user: Annotated[str, Header()]) -> Any:
    """FastAPI reads and validates the header."""
    return x_user and None


async def with_scopes(scopes: SecurityScopes) -> Any:
    """FastAPI collects the scopes."""
    scopes.scopes.clear()


async def of_another(other: Annotated[Any, Depends(anybody)]) -> Any:
    """FastAPI solves the other one."""
    return other


async def test_a_dependency_of_the_application_guards(pair: Pair) -> None:
    """`FastAPI(dependencies=[...])` is said of all routes."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI(dependencies=[Depends(refuse)])
        mount(app)
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.status, answer.direct) == (403, False)


async def test_a_dependency_of_the_api_guards(pair: Pair) -> None:
    """`Portico(dependencies=[...])` as well."""
    (answer,) = await pair.both(plain, get("/words"), dependencies=[Depends(refuse)])
    assert (answer.status, answer.direct) == (403, False)


async def test_a_dependency_of_one_resource_guards(pair: Pair) -> None:
    """`expose(dependencies=[...])` too."""
    (answer,) = await pair.both(plain, get("/words"), dependencies_of_words=[Depends(refuse)])
    assert (answer.status, answer.direct) == (403, False)


async def test_a_dependency_of_one_operation_leaves_the_others_alone(pair: Pair) -> None:
    """Only what it guards is left to FastAPI."""
    guarded = {"delete": [Depends(refuse)]}
    refused, read = await pair.both(
        plain, sending("DELETE", "/words/a", None), get("/words/a"), dependencies_of_words=guarded
    )
    assert (refused.status, refused.direct) == (403, False)
    assert (read.status, read.direct) == (200, True)


@pytest.mark.parametrize("principal", [None, anybody, by_request, by_connection, Asked()])
async def test_a_simple_principal_needs_no_solver(pair: Pair, principal: Any) -> None:
    """A coroutine function, or an object like one, that takes the request or nothing."""
    (answer,) = await pair.both(plain, get("/words/a"), principal=principal)
    assert (answer.status, answer.direct) == (200, True)


@pytest.mark.parametrize(
    "principal", [in_a_thread, with_an_end, by_header, with_scopes, of_another], ids=lambda one: one.__name__
)
async def test_other_principals_are_left_to_fastapi(pair: Pair, principal: Any) -> None:
    """Threads, exit stacks, parameters, scopes and further dependencies are its business."""
    (answer,) = await pair.both(plain, get("/words/a"), principal=principal)
    assert answer.direct is False


async def test_a_principal_may_refuse(pair: Pair) -> None:
    """With the status, the headers and the words that it chose."""
    refusal = sending("POST", "/words", {"wrong": 1}, **{"x-user": "nobody"})
    (answer,) = await pair.both(plain, refusal, principal=by_request)
    assert (answer.status, answer.direct) == (401, True)
    assert (b"www-authenticate", b"Bearer") in answer.headers


async def test_what_is_no_json_is_refused_before_the_principal_is_asked(pair: Pair) -> None:
    """The order of refusals is the same on both ways."""
    ask = sending("POST", "/words", {}, **{"x-user": "nobody", "content-type": "text/plain"})
    (answer,) = await pair.both(plain, ask, principal=by_request)
    assert (answer.status, answer.direct) == (415, True)


async def test_the_principal_decides_what_is_seen(pair: Pair) -> None:
    """What it returns reaches the policy."""
    asked: list[str] = []

    async def principal(request: Request) -> Any:
        asked.append(request.url.path)

    await pair.both(plain, get("/words/a"), principal=principal)
    assert asked == ["/words/a"] * 2


async def test_overrides_are_obeyed_while_they_are_there(pair: Pair) -> None:
    """Tests of an application override its principal, before and after its first request."""
    await pair.restore()
    app = plain(pair.mount(principal=anybody))
    assert (await answer_of(app, get("/words/a"))).direct is True
    app.dependency_overrides[anybody] = refuse
    overridden = await answer_of(app, get("/words/a"))
    assert (overridden.status, overridden.direct) == (403, False)
    app.dependency_overrides.clear()
    assert (await answer_of(app, get("/words/a"))).direct is True


async def test_a_security_dependency_is_left_to_fastapi(pair: Pair) -> None:
    """`Security` asks for scopes, which are said of routes."""
    (answer,) = await pair.both(plain, get("/words"), dependencies=[Security(anybody, scopes=["read"])])
    assert (answer.status, answer.direct) == (200, False)

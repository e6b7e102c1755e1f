"""What is answered from the table: problems, the user's handlers, streams, and what ends early."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from tests.integration.web.dispatch.world import Ask, Mount, Pair, answer_of, get, plain, sending

from portico.db.session import Database
from portico.errors import NotFoundError
from portico.resources import Limits
from portico.web import GeneratedRoute
from portico.web.own_errors import ErrorReply


@pytest.mark.parametrize("path", ["/words/none", "/words?limit=many", "/words?nope=1", "/words?cursor=wrong"])
async def test_problems_are_the_same_documents(pair: Pair, path: str) -> None:
    """A row that is not there, parameters that nobody knows."""
    path, _, query = path.partition("?")
    (answer,) = await pair.both(plain, get(path, query))
    assert answer.direct is True
    assert (b"content-type", b"application/problem+json") in answer.headers


@pytest.mark.parametrize("dialect", ["classic", "plain"])
async def test_dialects_speak_of_problems_their_own_way(pair: Pair, dialect: str) -> None:
    """The route says how."""
    row, none = await pair.both(plain, get("/words/a"), get("/words/none"), dialect=dialect)
    assert (row.status, none.status, row.direct, none.direct) == (200, 404, True, True)


async def mine(_request: Request, error: Exception) -> Response:
    """A handler of the user's."""
    return Response(f"mine: {type(error).__name__}", 418)


def in_a_thread(_request: Request, error: Exception) -> Response:
    """A handler that FastAPI runs in its pool."""
    return Response(f"mine: {type(error).__name__}", 418)


async def another_error(_request: Request, error: Exception) -> Response:
    """A handler that raises what another handler takes."""
    raise HTTPException(409, "Another.") from error


async def reads_the_body(request: Request, _error: Exception) -> Response:
    """A handler that looks at what was sent."""
    return Response(await request.body(), 418)


@pytest.mark.parametrize("handler", [mine, in_a_thread, another_error, reads_the_body])
@pytest.mark.parametrize(
    "kind", [NotFoundError, HTTPException, 415, RequestValidationError, Exception, LookupError]
)
async def test_the_users_exception_handlers_hold(pair: Pair, kind: Any, handler: Any) -> None:
    """For our errors, those of the framework, statuses, and everything else."""

    class Lost(LookupError):
        """What a principal fails with."""

    async def principal(request: Request) -> Any:
        if request.headers.get("x-user") == "lost":
            raise Lost
        if request.headers.get("x-user") == "nobody":
            raise HTTPException(401, "Who?")

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.add_exception_handler(kind, handler)
        mount(app)
        return app

    answers = await pair.both(
        build,
        get("/words/none"),
        Ask("POST", "/words", headers=(("content-type", "text/plain"),), pieces=(b"{}",)),
        sending("POST", "/words", {"wrong": 1}),
        Ask("GET", "/words/a", headers=(("x-user", "lost"),)),
        Ask("GET", "/words/a", headers=(("x-user", "nobody"),)),
        sending("POST", "/words", {"code": "n", "text": "n"}, **{"x-user": "lost"}),
        principal=principal,
    )
    assert not any(answer.status in (200, 201) for answer in answers)


async def test_errors_of_the_application_answer_as_it_said(pair: Pair) -> None:
    """`Portico(errors=...)`."""

    class OutOfWords(Exception):
        """The application's own."""

    async def principal() -> Any:
        raise OutOfWords("None left.")

    (answer,) = await pair.both(
        plain, get("/words"), principal=principal, errors={OutOfWords: ErrorReply(status=409)}
    )
    assert (answer.status, answer.json["code"], answer.direct) == (409, "out-of-words", True)


async def test_an_unexpected_error_reaches_the_server(pair: Pair) -> None:
    """It is raised on, so that it is seen; the client reads 500."""

    async def principal() -> Any:
        raise ZeroDivisionError("A bug.")

    (answer,) = await pair.both(plain, get("/words"), principal=principal)
    assert (answer.status, answer.raised) == (500, "ZeroDivisionError: A bug.")


async def test_what_takes_too_long_is_given_up(pair: Pair) -> None:
    """With the same words on both ways."""

    async def principal() -> Any:
        await asyncio.sleep(30)

    (answer,) = await pair.both(
        plain, get("/words"), principal=principal, limits=Limits(request_seconds=0.05)
    )
    assert (answer.status, answer.direct) == (503, True)


async def test_streams_are_sent_as_they_are_read(pair: Pair) -> None:
    """An export is answered from the table as well."""
    (answer,) = await pair.both(plain, get("/words/export", "sort=code"))
    assert (answer.status, answer.direct, answer.body.count(b"\n")) == (200, True, 3)


async def test_pages_of_the_api_itself(pair: Pair) -> None:
    """The front page and the health page need nothing solved either."""
    front, health = await pair.both(plain, get("/"), get("/health"))
    assert (front.direct, health.direct) == (True, True)


async def test_a_request_that_is_given_up_writes_nothing_later(pair: Pair, db: Database) -> None:
    """A cancelled request rolls back and leaves the pool whole."""
    await pair.restore()
    waiting = asyncio.Event()

    async def principal() -> Any:
        waiting.set()
        await asyncio.sleep(30)

    app = plain(pair.mount(principal=principal))
    task = asyncio.create_task(answer_of(app, sending("POST", "/words", {"code": "n", "text": "n"})))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await db.fetch_all("SELECT code FROM words")) == 3


async def test_a_write_runs_once_when_its_answer_cannot_be_rendered(pair: Pair, db: Database) -> None:
    """After a statement was sent, no other way is tried."""
    await pair.restore()
    runs: list[str] = []

    async def endpoint(request: Request) -> Response:
        runs.append(request.url.path)
        await db.execute_raw("UPDATE words SET likes = likes + 1")
        raise UnicodeEncodeError("latin-1", "ä", 0, 1, "a header that cannot be sent")

    app = FastAPI()
    pair.mount()(app)
    app.router.add_api_route("/again", endpoint, methods=["POST"], route_class_override=GeneratedRoute)
    answer = await answer_of(app, Ask("POST", "/again"))
    assert (answer.status, answer.direct, runs) == (500, True, ["/again"])
    assert {row["likes"] for row in await db.fetch_all("SELECT likes FROM words")} == {1}

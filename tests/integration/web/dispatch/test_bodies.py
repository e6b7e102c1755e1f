"""Bodies on their way to endpoints that the table calls."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, Response
from tests.integration.web.dispatch.world import Answer, Ask, Mount, Pair, answer_of, plain, sending

from portico.web import GeneratedRoute, leave_to_router

JSON = ("content-type", "application/json")
LONG = b'{"code": "n", "text": "' + b"x" * 1_100_000 + b'"}'
BODIES = {
    "valid": ((JSON,), (b'{"code": "n", "text": "n"}',)),
    "in pieces": ((JSON, ("transfer-encoding", "chunked")), (b'{"code": "n",', b' "text": ', b'"n"}')),
    "of another JSON type": (
        (("content-type", "application/vnd.api+json; charset=utf-8"),),
        (b'{"code": "n", "text": "n"}',),
    ),
    "of no type": ((), (b"{}",)),
    "of a wrong type": ((("content-type", "text/plain"),), (b"{}",)),
    "absent": ((JSON,), ()),
    "announced as empty": ((JSON, ("content-length", "0")), ()),
    "broken": ((JSON,), (b'{"code": ',)),
    "with a byte order mark": ((JSON,), b'\xef\xbb\xbf{"code": "n"}'.split(b"|")),
    "not UTF-8": ((JSON,), (b'{"code": "\xff"}',)),
    "too large": ((JSON,), (LONG[:600_000], LONG[600_000:])),
    "announced as too large": ((JSON, ("content-length", "99999999")), (b"{}",)),
    "null": ((JSON,), (b"null",)),
    "a list": ((JSON,), (b"[1]",)),
    "with an unknown name": ((JSON,), (b'{"code": "n", "txt": "n"}',)),
    "with a wrong type inside": ((JSON,), (b'{"code": "n", "text": 5, "likes": "many"}',)),
    "with too long a text": ((JSON,), b'{"code": "n", "text": "%s"}'.replace(b"%s", b"x" * 61).split(b"|")),
    "without what it needs": ((JSON,), (b"{}",)),
    "with a NUL": ((JSON,), (b'{"code": "n", "text": "\\u0000"}',)),
    "taken already": ((JSON,), (b'{"code": "a", "text": "n"}',)),
}


@pytest.mark.parametrize("name", BODIES)
async def test_bodies_are_read_and_refused_alike(pair: Pair, name: str) -> None:
    """Content types, sizes, JSON, types, rules of fields: status and words are the same."""
    headers, pieces = BODIES[name]
    ask = Ask("POST", "/words", headers=headers, pieces=tuple(pieces))
    (answer,) = await pair.both(plain, ask)
    assert answer.direct is True
    assert (answer.status == 201) == (name in ("valid", "in pieces", "of another JSON type"))


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("pieces", [(), (b'{"likes": 2}',), (b'{"likes"',)])
async def test_a_body_that_may_be_left_out(pair: Pair, announced: bool, pieces: tuple[bytes, ...]) -> None:
    """What was not announced is left to FastAPI, which looks whether something comes."""

    async def endpoint(body: Annotated[dict[str, int] | None, Body()] = None) -> Response:
        return Response(repr(body))

    headers = (JSON, ("transfer-encoding", "chunked")) if announced else (JSON,)
    ask, given = Ask("POST", "/maybe", headers=headers, pieces=pieces), list[Answer]()
    for dispatch in (True, False):
        app = plain(pair.mount(dispatch=dispatch))
        app.router.add_api_route("/maybe", endpoint, methods=["POST"], route_class_override=GeneratedRoute)
        if not dispatch:
            leave_to_router(app.routes)
        given.append(await answer_of(app, ask))
    assert given[0] == given[1]
    assert (given[0].direct, given[1].direct) == (announced, False)


async def test_a_limit_of_the_application_for_bodies_is_fastapis(pair: Pair) -> None:
    """`FastAPI(max_body_size=...)` counts where it always did."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI(max_body_size=20)
        mount(app)
        return app

    (answer,) = await pair.both(build, sending("POST", "/words", {"code": "n", "text": "n" * 30}))
    assert (answer.status, answer.direct) == (413, False)


async def test_a_limit_around_a_sub_application_counts_inside(pair: Pair) -> None:
    """Whoever set it, FastAPI counts."""

    def build(mount: Mount) -> FastAPI:
        app, sub = FastAPI(max_body_size=20), FastAPI()
        mount(sub)
        app.mount("/v1", sub)
        return app

    (answer,) = await pair.both(build, sending("POST", "/v1/words", {"code": "n", "text": "n" * 30}))
    assert (answer.status, answer.direct) == (413, False)


async def test_a_client_that_leaves_while_it_sends_is_told_nothing(pair: Pair) -> None:
    """The body ends in a disconnect: both ways give up alike."""

    async def asked(app: FastAPI) -> str:
        messages: list[Any] = [
            {"type": "http.request", "body": b'{"code":', "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            raise AssertionError(message)

        scope = {
            "type": "http", "method": "POST", "path": "/words", "root_path": "", "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http",
        }  # fmt: skip
        try:
            await app(scope, receive, send)
        except Exception as error:
            return type(error).__name__
        return "nothing"

    assert await asked(plain(pair.mount())) == await asked(plain(pair.mount(dispatch=False)))

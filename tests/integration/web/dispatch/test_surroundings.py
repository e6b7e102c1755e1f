"""What stands around the table: middleware, what it reads, traces, the lifespan."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from opentelemetry.trace import NoOpTracer, TracerProvider
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.integration.web.dispatch.world import Mount, Pair, get


async def test_metrics_by_route_template(pair: Pair) -> None:
    """What middleware reads of a finished request: the template, the endpoint, the parameters."""
    seen: list[tuple[Any, ...]] = []

    class Metrics:
        """A middleware as monitoring has them."""

        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(scope, receive, send)
            if scope["type"] == "http":
                route = scope["route"]
                known = scope["router"] is scope["app"].router and callable(scope["endpoint"])
                seen.append((route.path, route.name, scope["path_params"], known))

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.add_middleware(Metrics)
        return app

    await pair.both(build, get("/words/a"), get("/words"))
    assert (
        seen[:2]
        == seen[2:]
        == [
            ("/words/{code}", "getWord", {"code": "a"}, True),
            ("/words", "listWords", {}, True),
        ]
    )


class Tracing(TracerProvider):
    """A provider of spans."""

    def get_tracer(self, *_given: Any, **_named: Any) -> NoOpTracer:
        """Of spans that nobody keeps."""
        return NoOpTracer()


async def test_while_fastapi_traces_requests_it_sees_all_of_them(pair: Pair) -> None:
    """Its spans are those of its own router, solver and endpoints."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI(
            telemetry={"tracer_provider": Tracing(), "exclude": lambda scope: "quiet" in scope["path"]}
        )
        mount(app)
        return app

    traced, left_out = await pair.both(build, get("/words/a"), get("/words/quiet"))
    assert (traced.status, traced.direct) == (200, False)
    assert (left_out.status, left_out.direct) == (404, True)


async def test_the_users_middleware_goes_round_it(pair: Pair) -> None:
    """`@app.middleware("http")` sees the request, changes the answer, or answers itself."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Response:
            if request.url.query == "closed":
                return Response("closed", 503)
            answer: Response = await call_next(request)
            answer.headers["x-route"] = request.scope["route"].path
            return answer

        return app

    answer, closed = await pair.both(build, get("/words/a"), get("/words/a", "closed"))
    assert (b"x-route", b"/words/{code}") in answer.headers
    assert answer.direct is True
    assert closed.body == b"closed"


async def test_something_further_inside_is_not_passed_by(pair: Pair) -> None:
    """A middleware that was put behind ours by hand still sees every request."""

    class Marking:
        """A middleware."""

        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            scope["marked"] = True
            await self.app(scope, receive, send)

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.user_middleware.append(Middleware(Marking))
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.status, answer.direct) == (200, False)


async def test_the_lifespan_runs_as_before(pair: Pair) -> None:
    """It is no request."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        seen.append("started")
        yield
        seen.append("stopped")

    app = FastAPI(lifespan=lifespan)
    pair.mount()(app)
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert (seen, sent) == (
        ["started", "stopped"],
        ["lifespan.startup.complete", "lifespan.shutdown.complete"],
    )


async def test_something_around_the_router_is_not_passed_by(pair: Pair) -> None:
    """A router may have a stack of its own."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        inner = app.router.app

        async def around(scope: Scope, receive: Receive, send: Send) -> None:
            scope["marked"] = True
            await inner(scope, receive, send)

        app.router.middleware_stack = around
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.status, answer.direct) == (200, False)

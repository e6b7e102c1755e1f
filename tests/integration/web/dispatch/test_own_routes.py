"""A user's own route wins, wherever it stands, and the table asks only those that could."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Route, WebSocketRoute
from starlette.routing import Mount as Mounted
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from tests.integration.web.dispatch.world import Ask, Mount, Pair, Word, answer_of, get, plain, sending

from portico.app import Portico


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """An application for all paths, such as a folder of pages."""
    await PlainTextResponse("a page")(scope, receive, send)


def own(text: str = "own") -> Any:
    """An endpoint of the user's own."""

    async def endpoint() -> str:
        return text

    return endpoint


@pytest.mark.parametrize(
    "path", ["/words/a", "/words/{code}", "/words/{code:path}", "/{table}/a", "/words/a/"]
)
async def test_an_own_route_that_was_declared_before_wins(pair: Pair, path: str) -> None:
    """As for FastAPI: the first that matches."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.get(path)(own())
        mount(app)
        return app

    slash = "/" if path.endswith("/") else ""
    answer, other = await pair.both(build, get(f"/words/a{slash}"), get("/words"))
    assert (answer.json, answer.direct) == ("own", False)
    assert other.direct is True


@pytest.mark.parametrize("path", ["/words/a", "/words/{code}", "/words/{code:path}", "/words/{code}/"])
async def test_an_own_route_that_is_as_definite_wins_from_behind(pair: Pair, path: str) -> None:
    """Whoever mounts first and declares later means to replace."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.get(path)(own())
        return app

    slash = "/" if path.endswith("/") else ""
    answer, written = await pair.both(
        build, get(f"/words/a{slash}"), sending("PATCH", "/words/a", {"text": "new"})
    )
    assert (answer.json, answer.direct) == ("own", False)
    assert (written.status, written.direct) == (200, True)


@pytest.mark.parametrize("path", ["/{table}/{code}", "/{rest:path}"])
async def test_a_less_definite_route_behind_changes_nothing(pair: Pair, path: str) -> None:
    """It has a parameter where the generated path has a name."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.get(path)(own())
        return app

    answer, elsewhere = await pair.both(build, get("/words/a"), get("/other/a"))
    assert (answer.json["code"], answer.direct) == ("a", True)
    assert elsewhere.json == "own"


async def test_an_own_route_may_be_for_some_keys_only(pair: Pair) -> None:
    """The others still come from the table."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.get("/words/mine")(own())
        return app

    mine, theirs = await pair.both(build, get("/words/mine"), get("/words/a"))
    assert (mine.json, mine.direct) == ("own", False)
    assert (theirs.status, theirs.direct) == (200, True)


@pytest.mark.parametrize("path", ["", "/words"])
async def test_a_mount_in_front_takes_what_is_below_it(pair: Pair, path: str) -> None:
    """A catch-all that was there first catches all."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.mount(path, everything)
        mount(app)
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.body, answer.direct) == (b"a page", False)


async def test_a_folder_of_pages_behind_costs_nothing(pair: Pair) -> None:
    """`app.mount("/", StaticFiles(...))` at the end is how a front end is served."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.mount("/", everything)
        return app

    answer, page = await pair.both(build, get("/words/a"), get("/logo.svg"))
    assert (answer.status, answer.direct) == (200, True)
    assert page.body == b"a page"


async def test_a_host_in_front_takes_its_requests(pair: Pair) -> None:
    """Others find the table."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.router.routes.append(Host("pages.test", everything))
        mount(app)
        return app

    answer, page = await pair.both(build, get("/words/a"), Ask("GET", "/words/a", host="pages.test"))
    assert (answer.status, answer.direct) == (200, True)
    assert (page.body, page.direct) == (b"a page", False)


class Fridays(BaseRoute):
    """A route that decides by something of its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the query says so."""
        return (Match.FULL, {}) if scope["query_string"] == b"friday" else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page."""
        await everything(scope, receive, send)


async def test_a_route_of_an_unknown_kind_is_always_asked(pair: Pair) -> None:
    """Nobody but itself knows what it matches."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.router.routes.append(Fridays())
        mount(app)
        return app

    answer, friday = await pair.both(build, get("/words/a"), get("/words/a", "friday"))
    assert (answer.status, answer.direct) == (200, True)
    assert (friday.body, friday.direct) == (b"a page", False)


async def test_a_websocket_of_the_same_path_is_none_of_its_business(pair: Pair) -> None:
    """A request is no socket."""

    async def listen(socket: WebSocket) -> None:
        await socket.close()

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        app.router.routes.append(WebSocketRoute("/words/{code}", listen))
        mount(app)
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.status, answer.direct) == (200, True)


async def test_a_route_of_starlette_counts(pair: Pair) -> None:
    """Not all routes of an application are FastAPI's."""

    async def endpoint(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("own")

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        app.router.routes.append(Route("/words/{code}", endpoint))
        return app

    (answer,) = await pair.both(build, get("/words/a"))
    assert (answer.body, answer.direct) == (b"own", False)


@pytest.mark.parametrize("first", [True, False])
async def test_routes_of_included_routers_count(pair: Pair, first: bool) -> None:
    """With the prefixes that they were included under."""

    def build(mount: Mount) -> FastAPI:
        app, inner, outer = FastAPI(), APIRouter(), APIRouter(prefix="/words")
        inner.get("/a")(own())
        outer.include_router(inner)
        if first:
            app.include_router(outer)
        mount(app)
        if not first:
            app.include_router(outer)
        return app

    answer, other = await pair.both(build, get("/words/a"), get("/words/b"))
    assert (answer.json, answer.direct) == ("own", False)
    assert (other.status, other.direct) == (200, True)


async def test_routes_that_come_late_count(pair: Pair) -> None:
    """After the first request, and in a router that was included long before."""
    await pair.restore()
    app, late = FastAPI(), APIRouter()
    app.include_router(late, prefix="/words")
    pair.mount()(app)
    assert (await answer_of(app, get("/words/a"))).direct is True
    late.get("/a")(own("included"))
    assert (await answer_of(app, get("/words/a"))).json == "included"
    app.get("/words/b")(own("late"))
    assert (await answer_of(app, get("/words/b"))).json == "late"
    app.router.routes.insert(1, Mounted("/words/query", everything))
    assert (await answer_of(app, get("/words/query/x"))).body == b"a page"
    assert (await answer_of(app, get("/words"))).direct is True
    app.router.routes.insert(1, Mounted("/words", everything))
    assert (await answer_of(app, get("/words/query"))).body == b"a page"


async def test_mounts_that_come_late_count(pair: Pair) -> None:
    """Where they stand in front."""
    await pair.restore()
    app = plain(pair.mount())
    assert (await answer_of(app, get("/words/a"))).direct is True
    app.mount("/words", everything)
    behind = await answer_of(app, get("/words/a"))
    assert behind.body == b"a page"
    app.router.routes.insert(0, Mounted("/words", everything))
    assert (await answer_of(app, get("/words"))).direct is True
    assert (await answer_of(app, get("/words/b"))).body == b"a page"


async def test_fixed_paths_win_over_keys(pair: Pair) -> None:
    """Also with a method that the fixed path does not take."""
    fixed, row = await pair.both(plain, get("/words/query"), get("/words/a"))
    assert (fixed.status, fixed.direct) == (405, False)
    assert (row.status, row.direct) == (200, True)


async def test_two_apis_on_one_application_keep_their_order(pair: Pair) -> None:
    """What the first has, the second does not answer, in either form."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        mount(app)
        return app

    read, written = await pair.both(
        build, get("/words/a"), sending("POST", "/words", {"code": "n", "text": "n"})
    )
    assert (read.status, read.direct) == (200, True)
    assert (written.status, written.direct) == (201, True)


async def test_what_the_first_api_refuses_the_second_does_not_answer(pair: Pair) -> None:
    """Its 405 stands in front."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        api = Portico(pair.db)
        api.expose(Word, policy="read_only")
        api.mount(app)
        mount(app)
        return app

    (answer,) = await pair.both(build, sending("POST", "/words", {"code": "n", "text": "n"}))
    assert (answer.status, answer.direct) == (405, False)


async def test_a_key_in_front_wins_over_a_name_behind(pair: Pair) -> None:
    """A second API under the path of a row of the first."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        mount(app)
        behind = Portico(pair.db, prefix="/words")
        behind.expose(Word, policy="read_only")
        behind.mount(app)
        return app

    (answer,) = await pair.both(build, get("/words/words"))
    assert answer.status == 404


async def test_a_sub_application_has_its_own_table(pair: Pair) -> None:
    """With the path that it is mounted under."""

    def build(mount: Mount) -> Starlette:
        sub, app = FastAPI(), FastAPI()
        sub.get("/words/b")(own())
        mount(sub)
        app.mount("/v1", sub)
        return app

    row, mine, made, slash, none = await pair.both(
        build,
        get("/v1/words/a"),
        get("/v1/words/b"),
        sending("POST", "/v1/words", {"code": "new", "text": "n"}),
        get("/v1/words/"),
        get("/words/a"),
    )
    assert (row.status, row.direct) == (200, True)
    assert mine.json == "own"
    assert (b"location", b"/v1/words/new") in made.headers
    assert (slash.status, slash.direct) == (200, True)
    assert none.status == 404


@pytest.mark.parametrize("root", ["/api", "/api/", "/words"])
async def test_a_root_path_is_stripped_as_routes_strip_it(pair: Pair, root: str) -> None:
    """A proxy may pass it on or not."""
    asks = [
        Ask("GET", path, root_path=root)
        for path in ("/words/a", f"{root}/words/a", f"{root}/", root, "/words")
    ]
    answers = await pair.both(plain, *asks)
    assert any(one.direct for one in answers)


async def test_both_slash_forms_are_answered(pair: Pair) -> None:
    """However many slashes there are at the end; others are part of the path."""
    bare, slash, more, twice = await pair.both(
        plain, get("/words"), get("/words/"), get("/words//"), get("//words")
    )
    assert all(one.direct for one in (bare, slash, more))
    assert bare.body == slash.body == more.body
    assert twice.status == 404


async def test_other_methods_are_left_to_the_routes(pair: Pair) -> None:
    """HEAD, OPTIONS and 405 with its Allow."""
    head, options, refused, odd = await pair.both(
        plain,
        Ask("HEAD", "/words/a"),
        Ask("OPTIONS", "/words/a"),
        Ask("PUT", "/words"),
        Ask("BREW", "/words/a"),
    )
    assert [one.status for one in (head, options, refused, odd)] == [200, 204, 405, 405]
    assert head.body == b""
    assert any(name == b"allow" for name, _ in refused.headers)
    assert not any(one.direct for one in (head, options, refused, odd))


async def test_what_is_not_there_is_not_found(pair: Pair) -> None:
    """By the application's own words."""
    answers = await pair.both(plain, get("/wordz"), get("/words/a/b/c"), get("words/"), get("words"))
    assert {one.status for one in answers} <= {307, 404}


async def test_a_router_that_was_included_by_hand_has_no_table(pair: Pair) -> None:
    """`api.router` is FastAPI's to route; a table beside it leaves its paths alone."""

    def build(mount: Mount) -> FastAPI:
        app = FastAPI()
        api = Portico(pair.db)
        api.expose(Word, policy="read_only")
        app.include_router(api.router)
        mount(app)
        return app

    read, written = await pair.both(build, get("/words/a"), sending("PATCH", "/words/a", {"text": "new"}))
    assert (read.status, read.direct) == (200, False)
    assert (written.status, written.direct) == (200, True)

"""An application in two forms, with the path table and without, and requests that both must answer alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped
from starlette.types import ASGIApp, Message

from portico.app import Portico
from portico.db.fields import IntegerField, StringField
from portico.db.models import Model
from portico.db.session import Database
from portico.web import GeneratedRoute

metadata = MetaData()
Mount = Callable[[FastAPI], None]
Build = Callable[[Mount], ASGIApp]


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Word(Base):
    """A row whose key is any text."""

    code: Mapped[str] = StringField(max_length=60, primary_key=True)
    text: Mapped[str] = StringField(max_length=60)
    likes: Mapped[int] = IntegerField(default=0)


@dataclass(frozen=True)
class Ask:
    """A request; the body comes in as many pieces as are given."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    pieces: tuple[bytes, ...] = ()
    root_path: str = ""
    host: str = "test"


@dataclass
class Answer:
    """What was answered, or raised; equal where a client sees no difference."""

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytes = b""
    raised: str | None = None
    direct: bool = field(default=False, compare=False)
    """Whether a generated route answered that FastAPI did not call."""

    @property
    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


def get(path: str, query: str = "") -> Ask:
    """A request without a body."""
    return Ask("GET", path, query)


def sending(method: str, path: str, value: Any, **headers: str) -> Ask:
    """A request with a body of JSON."""
    raw = json.dumps(value).encode()
    given = {"content-type": "application/json", "content-length": str(len(raw)), **headers}
    return Ask(method, path, headers=tuple(given.items()), pieces=(raw,))


async def answer_of(app: ASGIApp, ask: Ask) -> Answer:
    """What an application answers; the id of the request is given, so that it is the same everywhere."""
    given, pieces = Answer(), list(ask.pieces or (b"",))
    headers = [("host", ask.host), ("x-request-id", "one"), *ask.headers]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": ask.path,
        "raw_path": ask.path.encode("utf-8", "surrogatepass"),
        "query_string": ask.query.encode(),
        "root_path": ask.root_path,
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("client", 1),
        "server": ("test", 80),
    }

    async def receive() -> Message:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            given.status, given.headers = message["status"], sorted(message["headers"])
        else:
            given.body += message.get("body", b"")

    try:
        await app(scope, receive, send)
    except Exception as error:
        given.raised = f"{type(error).__name__}: {error}"
    route = scope.get("route")
    given.direct = isinstance(route, GeneratedRoute) and "fastapi_inner_astack" not in scope
    return given


@dataclass
class Pair:
    """Both forms over one database."""

    db: Database

    async def both(self, build: Build, *asks: Ask, **options: Any) -> list[Answer]:
        """What both answer, each starting from the same rows; with the table where they agree."""
        found = [await self._answers(build, asks, dispatch, options) for dispatch in (True, False)]
        assert found[0] == found[1]
        assert not any(one.direct for one in found[1])
        return found[0]

    def mount(self, *, dispatch: bool = True, **options: Any) -> Mount:
        """What mounts an API on an application."""
        said = {name: options.pop(name) for name in ("dependencies_of_words",) if name in options}

        def mount(app: FastAPI) -> None:
            api = Portico(self.db, dispatch=dispatch, **options)
            api.expose(Word, policy="public", dependencies=said.get("dependencies_of_words", ()))
            api.mount(app)

        return mount

    async def restore(self) -> None:
        """The rows as they are at first."""
        await self.db.execute_raw("DELETE FROM words")
        for code in ("a", "b", "query"):
            await Word.create(code=code, text=f"the word {code}")

    async def _answers(
        self,
        build: Build,
        asks: tuple[Ask, ...],
        dispatch: bool,
        options: dict[str, Any],
    ) -> list[Answer]:
        await self.restore()
        app = build(self.mount(dispatch=dispatch, **options))
        return [await answer_of(app, ask) for ask in asks]


def plain(mount: Mount) -> FastAPI:
    """An application with nothing of its own."""
    app = FastAPI()
    mount(app)
    return app

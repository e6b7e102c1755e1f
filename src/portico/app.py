"""`Portico`: puts the rooms together into one API and mounts it on a FastAPI application.

    api = Portico(db, principal=get_principal)
    api.expose(User, policy="read_only")
    api.expose(Post, policy="public", include=["author"], search=["title"])
    api.mount(app)                 # or: app = api.app()

Raises `ConfigurationError` for a missing policy, a name that the application needs itself, or a call after
`mount()`; `DuplicateNameError` and `UnknownFieldError` for names that clash or do not exist.
Guide: docs/how-to/rest.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from portico.access import PolicyLike, as_policy
from portico.db.models import ModelMeta
from portico.db.session import Database
from portico.errors import ConfigurationError
from portico.resources import Exposure, Limits, Resources, describe_all
from portico.rest import Dialect, Door, add_front, add_routes, dialect_named
from portico.web import HANDLED, add_committing, answer_error, answer_http_error, join_lifespan

RESERVED_NAMES: Final = frozenset(
    {"admin", "docs", "auth", "health", "ws", "graphql", "redoc", "openapi.json", "openapi_json"}
)


class Portico:
    """The API over one database; what is exposed is decided class by class."""

    def __init__(  # noqa: PLR0913 -- keywords in one place, as for expose()
        self,
        db: Database,
        *,
        principal: Callable[..., Any] | None = None,
        prefix: str = "",
        title: str = "Portico",
        limits: Limits | None = None,
        create_tables: bool = False,
        dialect: str | Dialect = "portico",
    ) -> None:
        self.db = db
        self._create_tables = create_tables
        self._dialect = dialect_named(dialect, where="Portico()")
        self.title = title
        self.prefix = _checked_prefix(prefix)
        self._principal = principal
        self._limits = limits or Limits()
        self._exposures: list[Exposure] = []
        self._resources: Resources | None = None

    def expose(  # noqa: PLR0913 -- what is said of one class reads best as keywords in one place
        self,
        model: type[Any],
        *,
        policy: PolicyLike = None,
        name: str | None = None,
        include: Sequence[str] = (),
        search: Sequence[str] = (),
        hidden: Sequence[str] = (),
        read_only: bool = False,
        tags: Sequence[str] | None = None,
        dependencies: Sequence[Any] = (),
        dialect: str | Dialect | None = None,
    ) -> None:
        """Open a mapped class to the outside, as far as its policy says."""
        if self._resources is not None:
            raise ConfigurationError(
                f"expose({model.__name__}) came after the API was put together.",
                hint="Expose before mount().",
            )
        self._exposures.append(
            Exposure(
                model=model,
                policy=as_policy(policy, where=f"expose({getattr(model, '__name__', model)})"),
                name=name,
                include=tuple(include),
                search=tuple(search),
                hidden=tuple(hidden),
                read_only=read_only,
                tags=tags,
                dependencies=tuple(dependencies),
                dialect=dialect_named(dialect, where=f"expose({model.__name__})") if dialect else None,
            )
        )

    def expose_all(
        self,
        *,
        policy: PolicyLike = None,
        include: Iterable[type[Any]] | None = None,
        exclude: Iterable[type[Any]] = (),
    ) -> None:
        """Expose every model of the registry (or those of ``include``) that is not exposed yet."""
        as_policy(policy, where="expose_all()")
        left_out = {*exclude, *(exposure.model for exposure in self._exposures)}
        for model in ModelMeta.registry.values() if include is None else include:
            if model not in left_out:
                self.expose(model, policy=policy)

    @property
    def resources(self) -> Resources:
        """What is exposed; asking for it ends the time of exposing."""
        if self._resources is None:
            found = describe_all(self._exposures)
            self._check_names(found)
            self._resources = found
        return self._resources

    def mount(self, app: FastAPI) -> None:
        """Add the API to an application; its own routes, handlers and lifespan stay and come first."""
        door = Door(
            database=self.db,
            resources=self.resources,
            principal=self._principal,
            prefix=self.prefix,
            limits=self._limits,
            dialect=self._dialect,
        )
        for resource in door.resources:
            add_routes(app.router, door, resource)
        add_front(app.router, door, title=self.title)
        for error in HANDLED:
            app.exception_handlers.setdefault(error, answer_error)
        add_committing(app)
        join_lifespan(app, self._running)

    def app(self) -> FastAPI:
        """A FastAPI application with nothing but this API."""
        app = FastAPI(title=self.title)
        app.add_exception_handler(HTTPException, answer_http_error)
        self.mount(app)
        return app

    @asynccontextmanager
    async def _running(self) -> AsyncGenerator[None]:
        if self._create_tables:
            # Whole metadata: a table that is not exposed may be referred to by one that is.
            await self.db.create_tables([exposure.model.__table__.metadata for exposure in self._exposures])
        try:
            yield
        finally:
            # Its connections, not the database: a lifespan may begin again, in tests above all.
            await self.db.engines.dispose()

    def _check_names(self, resources: Resources) -> None:
        taken = [name for name in RESERVED_NAMES if name in resources] if not self.prefix else []
        if taken:
            raise ConfigurationError(
                f"The application needs the path /{taken[0]} itself.",
                hint='Give the API a prefix, Portico(db, prefix="/api"), or the resource another name, '
                "expose(..., name=...).",
            )


def _checked_prefix(prefix: str) -> str:
    stripped = "/" + prefix.strip("/") if prefix.strip("/") else ""
    if "{" in stripped or "?" in stripped:
        raise ConfigurationError(f"The prefix {prefix!r} is no plain path.", hint='Say prefix="/api".')
    return stripped

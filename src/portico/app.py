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
from contextlib import asynccontextmanager, nullcontext
from types import MappingProxyType
from typing import Any, Final, get_args
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from portico.access import NO_RULES, FieldRules, PolicyLike, as_policy
from portico.db import idempotency
from portico.db.audit import audit, recorded
from portico.db.engine.walls import is_placed
from portico.db.mixins import check_row_security
from portico.db.models import ModelMeta
from portico.db.session import Database, current_database
from portico.errors import ConfigurationError
from portico.resources import (
    PROCESS,
    Exposure,
    Limits,
    Resource,
    Resources,
    Signer,
    WriterChoice,
    check_can_foresee,
    describe_all,
)
from portico.resources.hooks import Hooks
from portico.rest import (
    Dependencies,
    Dialect,
    Door,
    add_front,
    add_routes,
    dialect_named,
    offered,
)
from portico.settings import get_settings
from portico.signals import deliveries
from portico.web import (
    HANDLED,
    TenantDependency,
    add_committing,
    add_document,
    answer_error,
    answer_http_error,
    join_lifespan,
    leave_to_router,
    tenant_dependency,
)
from portico.web.own_errors import OwnErrors, handlers_of, replies_of

RESERVED_NAMES: Final = frozenset(
    {"admin", "docs", "auth", "health", "ws", "graphql", "redoc", "openapi.json", "openapi_json"}
)

_FOR_RECEIVERS: Final = 10.0
"""Seconds that receivers after the commit have when an application ends."""

_mounted: WeakKeyDictionary[FastAPI, list[Portico]] = WeakKeyDictionary()


class Portico:
    """The API over one database; what is exposed is decided class by class."""

    def __init__(  # noqa: PLR0913 -- keywords in one place, as for expose()
        self,
        db: Database,
        *,
        principal: Callable[..., Any] | None = None,
        tenant: Callable[..., Any] | None = None,
        prefix: str = "",
        title: str = "Portico",
        limits: Limits | None = None,
        create_tables: bool = False,
        dialect: str | Dialect = "portico",
        errors: OwnErrors = MappingProxyType({}),
        require_if_match: bool = False,
        secret_key: str | None = None,
        dependencies: Sequence[Any] = (),
        idempotency: bool = True,
        dispatch: bool = True,
        writer: WriterChoice = "auto",
    ) -> None:
        self.db = db
        key = secret_key or get_settings().secret_key
        self._signer = Signer(key) if key else PROCESS
        self._create_tables = create_tables
        self._require_if_match = require_if_match
        self._dialect = dialect_named(dialect, where="Portico()")
        self.title = title
        self.prefix = _checked_prefix(prefix)
        self._principal, self._tenant = principal, tenant
        self._limits = limits or Limits()
        check_can_foresee(db, self._limits)
        self._errors = handlers_of(errors)
        self._replies = replies_of(errors)
        self._dependencies = tuple(dependencies)
        self._idempotency = idempotency
        self._dispatch = dispatch
        checked = _checked_writer(writer)
        self._said_of_all: dict[str, Any] = {"own_errors": tuple(self._errors), "writer": checked}
        self._exposures: list[Exposure] = []
        self._router: APIRouter | None = None
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
        rules: FieldRules | None = None,
        hooks: Hooks[Any] | type[Hooks[Any]] | None = None,
        read_only: bool = False,
        tags: Sequence[str] | None = None,
        operations: Sequence[str] | None = None,
        dependencies: Dependencies = (),
        dialect: str | Dialect | None = None,
        require_if_match: bool | None = None,
        cache_control: str | None = None,
        nested: Sequence[str] = (),
    ) -> None:
        """Open a mapped class to the outside, as far as its policy says."""
        where = self._where(model)
        exposure = Exposure(
            model=model,
            policy=as_policy(policy, where=where),
            name=name,
            include=tuple(include),
            search=tuple(search),
            hidden=tuple(hidden),
            rules=rules or NO_RULES,
            hooks=hooks,
            read_only=read_only,
            tags=tags,
            dialect=dialect_named(dialect, where=where) if dialect else None,
            require_if_match=self._require_if_match if require_if_match is None else require_if_match,
            cache_control=cache_control,
            **self._said_of_all,
            nested=tuple([nested] if isinstance(nested, str) else nested),
            **offered(operations, dependencies, where=where),
        )
        self._exposures.append(exposure)

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
        present = len(app.router.routes)
        door = self._add_routes(app.router)
        _mounted.setdefault(app, []).append(self)
        add_front(app.router, door, title=self.title)
        if not self._dispatch:
            leave_to_router(app.router.routes[present:])
        for error in HANDLED:
            app.exception_handlers.setdefault(error, answer_error)
        for own, handler in self._errors.items():
            app.exception_handlers.setdefault(own, handler)
        add_committing(app)
        add_document(app)
        join_lifespan(app, self._running)

    @property
    def router(self) -> APIRouter:
        """The resources as a router of FastAPI, to be included under any prefix.

        Its errors are problem documents and its lifespan is that of the API. What only `mount()` can do is
        not there: the front page, HEAD and OPTIONS, and the commit of ``Depends(db.get_session)`` before the
        reply (say ``scope="function"``).
        """
        if self._router is None:
            self._router = APIRouter(lifespan=self._lifespan)
            self._add_routes(self._router)
        return self._router

    def app(self, *, docs: bool | None = None) -> FastAPI:
        """A FastAPI application with nothing but this API.

        ``docs`` says whether ``/docs``, ``/redoc`` and ``/openapi.json`` are there; left out, they are but in
        production.
        """
        shown = get_settings().environment != "production" if docs is None else docs
        hidden: dict[str, Any] = {} if shown else {"openapi_url": None, "docs_url": None, "redoc_url": None}
        app = FastAPI(title=self.title, **hidden)
        app.add_exception_handler(HTTPException, answer_http_error)
        self.mount(app)
        return app

    def _add_routes(self, router: APIRouter) -> Door:
        door = Door(
            database=self.db,
            resources=self.resources,
            principal=self._principal,
            tenant=self._tenant,
            prefix=self.prefix,
            limits=self._limits,
            dependencies=self._dependencies,
            keeps_answers=self._idempotency,
            errors=self._replies,
            dialect=self._dialect,
            signer=self._signer,
        )
        for resource in door.resources:
            add_routes(router, door, resource)
        return door

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncGenerator[None]:
        add_document(app)
        async with self._running():
            yield

    @property
    def tenant(self) -> TenantDependency:
        """For routes of the application: ``Depends(api.tenant)`` sets the tenant of a request, and gives it.

        What is written then is the work of the principal, where the API knows one, for this request.
        Of a request that belongs to none it gives None: statements about rows of tenants are refused then.
        """
        if self._tenant is None:
            raise ConfigurationError(
                "This API does not know whose requests it answers.",
                hint="Say Portico(db, tenant=get_tenant).",
            )
        return tenant_dependency(self._tenant, self._principal)

    async def create_tables(self) -> None:
        """Create what is missing: the tables of what is exposed, and Portico's own for kept answers."""
        # Whole metadata: a table that is not exposed may be referred to by one that is.
        exposed = [exposure.model.__table__.metadata for exposure in self._exposures]
        await self.db.create_tables([*exposed, idempotency.METADATA])

    @property
    def has_secret_key(self) -> bool:
        """Whether cursors are signed with a key that outlives this process."""
        return self._signer is not PROCESS

    def home(self, resource: Resource) -> Database:
        """The database of a resource."""
        return self.db if resource.database is None else current_database(resource.database)

    def needed_tables(self) -> list[Any]:
        """The tables that have to be there before it starts; none where it makes them itself."""
        if self._create_tables:
            return []
        kept = list(idempotency.METADATA.tables.values()) if self._idempotency else []
        tables = dict.fromkeys(exposure.model.__table__ for exposure in self._exposures)
        return [*(table for table in tables if not is_placed(table)), *kept]

    @asynccontextmanager
    async def _running(self) -> AsyncGenerator[None]:
        if self._create_tables:
            await self.create_tables()
        if self.db.engines.options.row_security:
            await check_row_security(self.db)
        is_audited = any(recorded(exposure.model) for exposure in self._exposures)
        try:
            async with audit.sealing(self.db) if is_audited else nullcontext():
                yield
        finally:
            # First: receivers of what was committed may want the database.
            await deliveries.finish(_FOR_RECEIVERS)
            # Its connections, not the database: a lifespan may begin again, in tests above all.
            await self.db.engines.dispose()

    def _where(self, model: type[Any]) -> str:
        """What messages call such a call of `expose`, while it may still come."""
        where = f"expose({getattr(model, '__name__', model)})"
        if self._resources is not None:
            raise ConfigurationError(
                f"{where} came after the API was put together.", hint="Expose before mount()."
            )
        return where

    def _check_names(self, resources: Resources) -> None:
        taken = [name for name in RESERVED_NAMES if name in resources] if not self.prefix else []
        if taken:
            raise ConfigurationError(
                f"The application needs the path /{taken[0]} itself.",
                hint='Give the API a prefix, Portico(db, prefix="/api"), or the resource another name, '
                "expose(..., name=...).",
            )


def apis_of(app: FastAPI) -> tuple[Portico, ...]:
    """What is mounted on an application."""
    return tuple(_mounted.get(app, ()))


def _checked_writer(writer: WriterChoice) -> WriterChoice:
    if writer not in get_args(WriterChoice):
        choices = ", ".join(map(repr, get_args(WriterChoice)))
        raise ConfigurationError(f"There is no writer {writer!r}.", hint=f"It is one of {choices}.")
    return writer


def _checked_prefix(prefix: str) -> str:
    stripped = "/" + prefix.strip("/") if prefix.strip("/") else ""
    if "{" in stripped or "?" in stripped:
        raise ConfigurationError(f"The prefix {prefix!r} is no plain path.", hint='Say prefix="/api".')
    return stripped

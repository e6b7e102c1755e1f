"""The tenant of a request: set for as long as it is answered, and taken back before anybody else's turn.

    answer = within_tenant(answer)             # a generated endpoint, called with ``tenant=`` besides
    tenant = tenant_dependency(get_tenant, get_principal)    # for routes of the application: Depends(tenant)

A generated endpoint sets the tenant itself, in the task that runs the statements, and a response that is
streamed has it at every step. The dependency is a generator of the event loop: one that runs in a thread, as
FastAPI's dependencies without ``async`` do, would set the tenant there, and it would be gone afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from inspect import Parameter, Signature
from typing import Any, TypeAlias

from fastapi import Depends, Response
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from portico.db.scoping import tenant_context

from .actors import acting_for

Answer: TypeAlias = Callable[..., Awaitable[Response]]
TenantDependency: TypeAlias = Callable[..., AsyncGenerator[Any]]


def within_tenant(answer: Answer) -> Answer:
    """An endpoint that takes the tenant by name, and hears of it by the context alone."""

    async def scoped(*, tenant: Any, **given: Any) -> Response:
        with tenant_context(tenant):
            response = await answer(**given)
        if isinstance(response, StreamingResponse):
            response.body_iterator = _stepping(response.body_iterator, tenant)
        return response

    scoped.__name__ = getattr(answer, "__name__", "answer")
    return scoped


async def _stepping(content: AsyncIterable[Any], tenant: Any) -> AsyncIterator[Any]:
    """The content, each step of which is taken for the tenant; between steps others have their own."""
    steps = aiter(content)
    try:
        while True:
            with tenant_context(tenant):
                try:
                    step = await anext(steps)
                except StopAsyncIteration:
                    return
            yield step
    finally:
        close: Any = getattr(steps, "aclose", None)
        if close is not None:
            with tenant_context(tenant):
                await close()


def tenant_dependency(
    get_tenant: Callable[..., Any], get_principal: Callable[..., Any] | None = None
) -> TenantDependency:
    """A dependency that sets what another gives, until the response is sent; its value is the tenant.

    What is written until then is the work of the principal, for this request, as at generated endpoints.
    """

    async def set_tenant(
        tenant: Any, connection: HTTPConnection, principal: Any = None
    ) -> AsyncGenerator[Any]:
        with tenant_context(tenant), acting_for(principal, connection.scope):
            yield tenant

    asked = {"tenant": get_tenant} | ({} if get_principal is None else {"principal": get_principal})
    parameters = [_asked(name, Any, default=Depends(call)) for name, call in asked.items()]
    signature = Signature([_asked("connection", HTTPConnection), *parameters])
    set_tenant.__signature__ = signature  # type: ignore[attr-defined]  # what FastAPI looks at
    return set_tenant


def _asked(name: str, annotation: Any, **default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, **default)

"""Run an ASGI application until it is asked to stop.

    with listening("127.0.0.1", 8000) as address:
        run(address, build)          # build() gives the application and what to say when it is up

The port is taken before anything else happens, so that a port in use is one plain sentence. Ctrl+C and
SIGTERM let requests under way finish, for at most ten seconds.
"""

from __future__ import annotations

import asyncio
import copy
import ipaddress
import signal
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import Any, Final

import typer
import uvicorn
from uvicorn.config import LOGGING_CONFIG

from portico.errors import ConfigurationError, UnavailableError

GRACE = 10
LONGEST_HEAD: Final = 65_536
"""Bytes of an address and its headers: a thousand keys fit."""
BACKLOG = 2048
ASGIApplication = Callable[..., Any]


@dataclass(frozen=True)
class Address:
    """Where the server listens; port 0 has become a real one."""

    host: str
    port: int
    socket: socket.socket

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        everywhere = self.host in {"0.0.0.0", "::", ""}  # noqa: S104 -- compared, not bound
        host = "127.0.0.1" if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Served:
    """A finished application, and what to print once it answers."""

    application: ASGIApplication
    announce: Callable[[], None]


def version() -> str:
    """The installed version of Portico."""
    return version_of("portico")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def listening(host: str, port: int) -> Generator[Address]:
    """Take an address; ConfigurationError when it cannot be had."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, OverflowError):
        raise ConfigurationError(f"There is no address {host!r} to listen on.") from None
    family, kind, protocol, _, where = found[0]
    with socket.socket(family, kind, protocol) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind(where)
            opened.listen(BACKLOG)
        except OSError as error:
            raise _refused(host, port, error) from None
        yield Address(host, opened.getsockname()[1], opened)


def _refused(host: str, port: int, error: OSError) -> ConfigurationError:
    if isinstance(error, PermissionError):
        return ConfigurationError(f"Port {port} may not be used by you.", hint="Try --port 8080.")
    return ConfigurationError(
        f"Port {port} of {host} cannot be used: {(error.strerror or str(error)).lower()}.",
        hint=f"Stop what is there, or take another one: --port {port + 1}.",
    )


def configuration(application: Any, **options: Any) -> uvicorn.Config:
    """Our habits: no server header, requests in the log, everything else only when something is wrong."""
    logging = copy.deepcopy(LOGGING_CONFIG)
    logging["loggers"]["uvicorn.error"]["level"] = "WARNING"
    return uvicorn.Config(
        application,
        log_config=logging,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        **options,
    )


class _Server(uvicorn.Server):
    """Says that it is up when it is."""

    announce: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.announce:
            self.announce()


def run(address: Address, build: Callable[[], Awaitable[Served]]) -> None:
    """Build the application in the server's own event loop and serve it to the end."""
    with asyncio.Runner(loop_factory=configuration(None).get_loop_factory()) as runner:
        try:
            runner.run(_serve(address, build))
        except KeyboardInterrupt:
            typer.echo("", err=True)


async def _serve(address: Address, build: Callable[[], Awaitable[Served]]) -> None:
    served = await build()
    server = _Server(configuration(served.application))
    server.announce = served.announce
    # uvicorn raises a signal again when it has stopped; by then there is nothing left to interrupt.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)
    await server.serve(sockets=[address.socket])
    if not server.started:
        raise UnavailableError("The application did not start; the reason is above.")


def _ignore(*_: object) -> None:
    """Stopping is under way already."""

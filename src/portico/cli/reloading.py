"""Serve an application and start it again whenever a Python file changes.

run_and_reload(address, "blog.main:api", announce)

The application is built in a process of its own each time; its name travels in an environment variable.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.supervisors import ChangeReload

from portico.errors import ConfigurationError

from .loading import load_application
from .server import Address, configuration
from .target import ApplicationTarget, read_target

TARGET = "PORTICO_SERVE_TARGET"


def run_and_reload(address: Address, target: str, announce: Callable[[], None]) -> None:
    """Watch the current folder until the command is stopped."""
    os.environ[TARGET] = target
    config = configuration(f"{__name__}:application", factory=True, reload=True)
    address.socket.set_inheritable(True)
    announce()
    ChangeReload(config, target=uvicorn.Server(config).run, sockets=[address.socket]).run()


def application() -> Any:
    """The application, built in the process that serves it."""
    target = read_target(os.environ[TARGET])
    if not isinstance(target, ApplicationTarget):
        raise ConfigurationError(f"{os.environ[TARGET]!r} is no application.")
    return load_application(target)

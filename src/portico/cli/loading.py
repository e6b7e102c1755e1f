"""Find the user's application in a module, as `portico serve module:object` names it.

    load_application(ApplicationTarget("blog.main", "api"))

The object is a `Portico`, or any ASGI application. Raises `ConfigurationError` for a module or a name that
does not exist; an error inside the module is the user's own and keeps its traceback.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from fastapi import FastAPI

from portico._kernel.suggest import did_you_mean
from portico.app import Portico, apis_of
from portico.errors import ConfigurationError

from .target import ApplicationTarget

_LOOKED_FOR = ("app", "api")


def load_application(target: ApplicationTarget) -> Any:
    """The ASGI application behind a target."""
    module = _module(target.module)
    found = _object(module, target)
    if isinstance(found, Portico):
        return found.app()
    if not callable(found):
        raise ConfigurationError(
            f"{_shown(target)} is {type(found).__name__}, which is no application.",
            hint="Name a Portico, a FastAPI application, or a module that has one called 'app' or 'api'.",
        )
    return found


def load_apis(target: ApplicationTarget) -> tuple[Portico, ...]:
    """The `Portico` behind a target, or what is mounted on the application there."""
    found = _object(_module(target.module), target)
    if isinstance(found, Portico):
        return (found,)
    mounted = apis_of(found) if isinstance(found, FastAPI) else ()
    if not mounted:
        raise ConfigurationError(
            f"On {_shown(target)} no Portico is mounted.",
            hint=f"Name it: portico doctor {target.module}:api.",
        )
    return mounted


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        if importlib.util.find_spec(part) is None:
            raise ConfigurationError(
                f"There is no module {part!r} here ({here}).",
                hint="Start the command in the folder that your imports start from.",
            )
    return importlib.import_module(name)


def _object(module: ModuleType, target: ApplicationTarget) -> Any:
    if target.attribute is None:
        for name in _LOOKED_FOR:
            if isinstance(getattr(module, name, None), FastAPI | Portico):
                return getattr(module, name)
        raise ConfigurationError(
            f"The module {target.module!r} has no application called 'app' or 'api'.",
            hint=f"Name it: portico serve {target.module}:object.",
        )
    found: Any = module
    for name in target.attribute.split("."):
        if not hasattr(found, name):
            known = [key for key, value in vars(module).items() if isinstance(value, FastAPI | Portico)]
            raise ConfigurationError(f"There is no {_shown(target)}.", hint=did_you_mean(name, known))
        found = getattr(found, name)
    return found


def _shown(target: ApplicationTarget) -> str:
    return f"{target.module}:{target.attribute}" if target.attribute else target.module

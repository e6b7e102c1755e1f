"""What the dependencies of generated routes ask for: parameters, and security schemes.

    Dependencies().of(said, [Depends(get_tenant)]).parameters     # [{"name": "X-Tenant", "in": "header", …}]

FastAPI itself is asked, once for each set of dependencies and not once for each of a thousand routes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any

from fastapi import Depends
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from .description import Description


@dataclass(frozen=True)
class Asked:
    """What a set of dependencies adds to an operation."""

    parameters: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    security: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Dependencies:
    """The dependencies of many routes."""

    def __init__(self) -> None:
        self._known: dict[object, Asked] = {}
        self.schemes: dict[str, Any] = {}
        self.schemas: dict[str, Any] = {}

    def of(self, said: Description, others: Sequence[Any]) -> Asked:
        """What an operation asks for besides its own parameters."""
        if not said.dependencies and not others:
            return Asked()
        key = tuple(_key(one) for one in (*map(Depends, said.dependencies), *others))
        if key not in self._known:
            self._known[key] = self._asked(said.dependencies, others)
        return self._known[key]

    def _asked(self, needed: Sequence[Any], others: Sequence[Any]) -> Asked:
        document = get_openapi(
            title="", version="", routes=[APIRoute("/", _endpoint(needed), dependencies=[*others])]
        )
        components = document.get("components", {})
        self.schemes.update(components.get("securitySchemes", {}))
        found = components.get("schemas", {})
        self.schemas.update({name: found[name] for name in found if "ValidationError" not in name})
        operation = document["paths"]["/"]["get"]
        parameters = [one for one in operation.get("parameters", []) if one["in"] != "path"]
        return Asked(parameters, operation.get("security", []))


def _key(one: Any) -> object:
    return (one.dependency, tuple(getattr(one, "scopes", None) or ()))


def _endpoint(needed: Sequence[Any]) -> Any:
    def endpoint() -> None:
        """Stands for an operation."""

    parameters = [
        Parameter(f"needed_{number}", Parameter.KEYWORD_ONLY, annotation=Any, default=Depends(one))
        for number, one in enumerate(needed)
    ]
    vars(endpoint)["__signature__"] = Signature(parameters)
    return endpoint

"""Which operations a resource offers, and what each of them depends on.

    expose(Post, policy="public", operations=["list", "get", "create"])
    expose(Post, policy="public", dependencies={"create": [Depends(throttled)]})

    kind_of(posts, operation)      # "mass_update"

Raises `ConfigurationError` for a name that no operation has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from portico._kernel.suggest import did_you_mean
from portico.errors import ConfigurationError
from portico.resources import Resource

from .operations import Operation
from .operations.operation import key_path

KINDS: Final = (
    "list", "get", "query", "aggregate", "facets", "export",
    "create", "update", "replace", "delete", "increment",
    "bulk_create", "bulk_update", "bulk_delete", "bulk_upsert", "upsert", "mass_update", "mass_delete",
    "trash", "restore", "purge", "relations", "links",
)  # fmt: skip
Dependencies: TypeAlias = Sequence[Any] | Mapping[str, Sequence[Any]]
_ON_ALL: Final = {"GET": "list", "POST": "create", "PATCH": "mass_update", "DELETE": "mass_delete"}
_ON_ONE: Final = {"GET": "get", "PATCH": "update", "PUT": "replace", "DELETE": "delete"}
_ON_MANY: Final = {
    "POST": "bulk_create", "PATCH": "bulk_update", "DELETE": "bulk_delete", "PUT": "bulk_upsert",
}  # fmt: skip


def kind_of(resource: Resource, operation: Operation) -> str:
    """What an operation is called where a developer speaks of it."""
    path, one = operation.path, key_path(resource)
    known = {"": _ON_ALL, one: _ON_ONE, "/bulk": _ON_MANY}.get(path)
    if known is not None:
        return known[operation.method]
    if path in (f"{one}/increment", f"{one}/restore"):
        return path.rpartition("/")[2]
    if path == f"/trash{one}":
        return "trash" if operation.method == "GET" else "purge"
    if path.startswith(f"{one}/"):
        return "relations" if operation.method in ("GET", "POST") else "links"
    return path.removeprefix("/")


def offered(kinds: Iterable[str] | None, dependencies: Dependencies, *, where: str) -> dict[str, Any]:
    """What `expose()` was told, checked, as options of an `Exposure`."""
    some = isinstance(dependencies, Mapping)
    return {
        "kinds_offered": None if kinds is None else _checked(kinds, where),
        "dependencies": () if some else tuple(dependencies),
        "more_dependencies": _by_kind(dependencies, where) if isinstance(dependencies, Mapping) else {},
    }


def _checked(names: Iterable[str], where: str) -> frozenset[str]:
    found = frozenset([names] if isinstance(names, str) else names)
    for name in sorted(found - set(KINDS)):
        raise ConfigurationError(
            f"{where}: there is no operation {name!r}.",
            hint=did_you_mean(name, KINDS) or f"There are {', '.join(KINDS)}.",
        )
    return found


def _by_kind(given: Mapping[str, Sequence[Any]], where: str) -> dict[str, tuple[Any, ...]]:
    _checked(given, f"{where}, dependencies")
    return {name: tuple(more) for name, more in given.items()}

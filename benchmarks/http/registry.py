"""The stacks by name: where their application is, what they are told, and what they cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One way to write the API; ``dialect`` says how its URLs look."""

    name: str
    title: str
    module: str
    needs: tuple[str, ...] = ()
    dialect: str = "hand"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    without: tuple[str, ...] = ()
    databases: tuple[str, ...] = ("postgresql", "sqlite")

    @property
    def missing(self) -> list[str]:
        """The packages that it needs and that are not installed."""
        return [name for name in self.needs if find_spec(name) is None]

    def environment_for(self, database: str) -> dict[str, str]:
        """What its process is told."""
        return {"BENCH_DATABASE": database, **self.environment}


_HERE = "benchmarks.http.stacks"
BASE = "base"
_ALL = (
    Stack(
        name=BASE, title="by hand: Starlette, the driver, orjson", module=f"{_HERE}.base", needs=("orjson",)
    ),
    Stack(name="floor", title="bare ASGI function, no framework", module=f"{_HERE}.floor", needs=("orjson",)),
    Stack(
        name="portico",
        title="**Portico**, compiled path",
        module=f"{_HERE}.portico",
        dialect="portico",
    ),
    Stack(
        name="portico-pooled",
        title="Portico, compiled, on SQLAlchemy's pool",
        module=f"{_HERE}.portico",
        dialect="portico",
        environment={"BENCH_COMPILED": "pooled"},
    ),
    Stack(
        name="portico-off",
        title="Portico, general path only",
        module=f"{_HERE}.portico",
        dialect="portico",
        environment={"BENCH_COMPILED": "off"},
    ),
    Stack(name="usual", title="FastAPI + SQLAlchemy async ORM", module=f"{_HERE}.usual"),
    Stack(
        name="sqlmodel",
        title="FastAPI + SQLModel, sync",
        module=f"{_HERE}.sqlmodel",
        needs=("sqlmodel", "psycopg"),
    ),
    Stack(
        name="fastcrud",
        title="FastAPI + FastCRUD",
        module=f"{_HERE}.fastcrud",
        needs=("fastcrud",),
        without=("nested",),
    ),
    Stack(name="tortoise", title="FastAPI + Tortoise", module=f"{_HERE}.tortoise.app", needs=("tortoise",)),
    Stack(name="piccolo", title="FastAPI + Piccolo", module=f"{_HERE}.piccolo", needs=("piccolo",)),
    Stack(
        name="litestar",
        title="Litestar + advanced-alchemy",
        module=f"{_HERE}.litestar",
        needs=("litestar", "advanced_alchemy"),
    ),
    Stack(name="ninja", title="django-ninja", module=f"{_HERE}.ninja.app", needs=("ninja", "psycopg_pool")),
)
STACKS: Mapping[str, Stack] = {stack.name: stack for stack in _ALL}


def chosen(names: str | None, database: str) -> list[Stack]:
    """The stacks of a list of names, all by default; those that cannot run here are said aloud."""
    wanted = list(STACKS) if names is None else [BASE, *(name for name in names.split(",") if name != BASE)]
    found: list[Stack] = []
    for name in wanted:
        if name not in STACKS:
            raise SystemExit(f"There is no stack {name!r}; there are {', '.join(STACKS)}.")
        stack = STACKS[name]
        if stack.missing:
            print(f"left out: {name}: {', '.join(stack.missing)} not installed (make bench installs it)")
        elif database in stack.databases:
            found.append(stack)
    return found

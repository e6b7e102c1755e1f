"""What the architecture tests look at: the files of the house, read once."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "portico"
TESTS = ROOT / "tests"
DOCS = ROOT / "docs"


def named(path: Path) -> str:
    """A path as a test shows it."""
    return path.relative_to(ROOT).as_posix()


def modules(*folders: Path) -> list[Path]:
    """Every module below the folders (those of the package by default)."""
    return sorted(path for folder in folders or (PACKAGE,) for path in folder.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A module as Python reads it."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def project() -> dict[str, Any]:
    """The whole pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def rooms() -> list[str]:
    """The rooms that exist: `errors`, `db`, `db/query` and so on."""
    found = {
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    inside = {f"db/{path.parent.name}" for path in PACKAGE.glob("db/*/__init__.py")}
    return sorted((found - {"__init__"}) | inside)


def contract(name: str) -> dict[str, Any]:
    """One import contract by its id."""
    found: list[dict[str, Any]] = project()["tool"]["importlinter"]["contracts"]
    return next(one for one in found if one["id"] == name)


def placed() -> dict[str, bool]:
    """The rooms that the contracts place, from the top down; True where a room has to exist by now."""
    order: dict[str, bool] = {}
    for name, prefix in (("floors", ""), ("db", "db/")):
        for layer in contract(name)["layers"]:
            for part in layer.split("|"):
                room = part.strip()
                order[prefix + room.strip("()")] = not room.startswith("(")
    return order

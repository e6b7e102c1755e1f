"""What was measured, as one JSON file: a part for each family, with versions, date and machine.

A run replaces the parts that it measured and leaves the others, each of which says when it was measured.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .processes import ROOT

FINAL = ROOT / "benchmarks" / "results.json"
QUICK = ROOT / ".cache" / "bench" / "results.json"
PACKAGES = (
    "portico",
    "fastapi",
    "starlette",
    "pydantic",
    "sqlalchemy",
    "asyncpg",
    "aiosqlite",
    "msgspec",
    "orjson",
    "uvicorn",
    "uvloop",
    "httptools",
    "sqlmodel",
    "fastcrud",
    "tortoise-orm",
    "piccolo",
    "litestar",
    "advanced-alchemy",
    "django",
    "django-ninja",
    "psycopg",
)


def path_of(*, quick: bool) -> Path:
    """Where results go: quick runs never touch the ones that are published."""
    return QUICK if quick else FINAL


def load(path: Path) -> dict[str, Any]:
    """What was measured so far; empty when nothing was."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def keep(path: Path, family: str, figures: dict[str, Any], measured: dict[str, Any]) -> None:
    """Put one family's figures into the file, with when and where they were measured (`facts()`)."""
    everything = load(path)
    everything[family] = {"measured": measured, "figures": figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def facts() -> dict[str, Any]:
    """The date, the machine and the versions."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_at_start": round(os.getloadavg()[0], 2),
        "sqlite": sqlite3.sqlite_version,
        "commit": _commit(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"

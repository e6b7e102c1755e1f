"""Throw-away databases: a PostgreSQL server of our own, or the one that is named, and SQLite files.

A server of our own is made with ``initdb`` in a temporary folder, so that its settings are known, nobody
else uses it, and the CPU of the database is the CPU of its processes. PORTICO_BENCH_POSTGRESQL names
another one on which a database may be created; its CPU is then not measured, since it may be on another
machine.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from .clocks import cpu_of_family
from .processes import free_port, running, wait_for

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "autovacuum_naptime": "10min",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}

INITDB = ("-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")


class MissingTool(Exception):
    """Something that the benchmarks need is not installed; the message says how to get it."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: where it is, and the process whose family is it, where that is known."""

    url: str
    pid: int | None = None

    def cpu(self) -> float | None:
        """Seconds of CPU that the server and all its backends have used."""
        return None if self.pid is None else cpu_of_family(self.pid)


@contextmanager
def postgresql() -> Generator[Server]:
    """The server for the length of a block."""
    given = os.environ.get("PORTICO_BENCH_POSTGRESQL")
    if given:
        yield Server(given.replace("postgresql+asyncpg://", "postgresql://"))
        return
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        data = Path(folder) / "data"
        prefix = _as_other_user(Path(folder))
        subprocess.run(
            [*prefix, str(binaries / "initdb"), "-D", str(data), *INITDB],
            check=True,
            capture_output=True,
        )
        port = free_port()
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log = ["-c", "log_min_messages=fatal", "-c", "logging_collector=off"]
        command = [*prefix, str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options, *log]
        with running(command) as process:
            wait_for(port, process, what="PostgreSQL")
            # setpriv replaces itself by the server, so the process is the postmaster.
            server = Server(f"postgresql://bench@127.0.0.1:{port}/postgres", process.pid)
            asyncio.run(_ready(server.url))
            yield server


def _binaries() -> Path:
    """The folder of initdb and postgres: Debian keeps it off the path."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else candidates[::-1]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingTool(
        "No PostgreSQL server was found. Install one (Debian, Ubuntu: apt-get install postgresql; "
        "macOS: brew install postgresql), or name one on which databases may be made: "
        "PORTICO_BENCH_POSTGRESQL=postgresql://user:password@host/postgres. "
        "Without it: --database sqlite."
    )


def _as_other_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the account it was installed with takes its place."""
    if os.geteuid() != 0:
        return []
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        raise MissingTool("Run this as another user than root: PostgreSQL refuses to run as root.") from None
    if shutil.which("setpriv") is None:
        raise MissingTool("setpriv is missing (Debian: apt-get install util-linux), or run this not as root.")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


@contextmanager
def fresh_database(server: Server) -> Generator[str]:
    """The URL of an empty database on the server, dropped afterwards."""
    name = f"bench_{uuid.uuid4().hex[:10]}"
    asyncio.run(_run(server.url, f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server.url.rsplit('/', 1)[0]}/{name}"
    finally:
        asyncio.run(_run(server.url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _ready(url: str) -> None:
    """It listens before it lets anybody in."""
    for _ in range(100):
        try:
            return await _run(url, "select 1")
        except asyncpg.CannotConnectNowError:
            await asyncio.sleep(0.1)
    raise RuntimeError("PostgreSQL does not come up.")


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

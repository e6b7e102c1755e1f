"""Starting and stopping what is measured: one process on one core, stopped by its own id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def pinned(core: int | None) -> list[str]:
    """What stands before a command that shall run on one core."""
    if core is None or shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", str(core)]


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, core: int | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """A process for the length of a block; its output goes to ours."""
    process = subprocess.Popen([*pinned(core), *command], cwd=ROOT, env={**os.environ, **(environment or {})})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], *, what: str) -> None:
    """Until something listens; RuntimeError when the process ends before that."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with code {process.returncode} before it answered.")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{what} did not answer within {PATIENCE:.0f} s.")

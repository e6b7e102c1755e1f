"""wrk: the load, on a core of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure.databases import MissingTool
from benchmarks.measure.processes import pinned

from .workloads import Request

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Load:
    """What one run of wrk counted; percentiles in microseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    wrong: int

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def check_wrk() -> None:
    """MissingTool, with the way to get it, where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise MissingTool(
            "wrk makes the load and is not installed. Debian, Ubuntu: apt-get install wrk; "
            "macOS: brew install wrk; elsewhere: https://github.com/wg/wrk."
        )


def write_requests(path: Path, requests: Iterable[Request]) -> None:
    """A file that the script of wrk reads."""
    lines = (f"{request.method}\t{request.path}\t{request.body}\n" for request in requests)
    path.write_text("".join(lines), encoding="utf-8")


def load(port: int, requests: Path, *, seconds: int, connections: int, core: int | None) -> Load:
    """Send the requests of the file for so long."""
    command = [*pinned(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}", "--", str(requests)],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            return Load(**json.loads(line[1:]))
    raise RuntimeError(f"wrk said nothing of use: {done.stdout} {done.stderr}")

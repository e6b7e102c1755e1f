"""CPU time and memory of processes: everything a process used, in all of its threads.

    before = cpu_of(pid)
    ...
    used = cpu_of(pid) - before       # seconds, user and system

Linux only; elsewhere the benchmarks do not run.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_WHOLE_PROCESS = 2


def _fields(pid: int) -> list[str] | None:
    """What follows the name in /proc/<pid>/stat; None when the process has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return text.rsplit(")", 1)[1].split()


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process since it began, threads that have ended included; 0 when it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | _WHOLE_PROCESS)  # what clock_getcpuclockid(3) computes
    except OSError:
        return 0.0


def cpu_of_family(pid: int) -> float:
    """Seconds of a process and of its children, those that have ended included (a database server)."""
    own = _fields(pid)
    if own is None:
        return 0.0
    total = cpu_of(pid) + (int(own[13]) + int(own[14])) / _TICK
    return total + sum(cpu_of(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields is not None and int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def memory_of(pid: int) -> float:
    """Resident memory in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cores() -> tuple[int, int]:
    """The core for what is measured and the core for what loads it; the same one on a machine with one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1 % len(usable)]

"""The long form of the random sequences, for the terminal.

    python -m tests.integration.stateful.running sqlite --sequences 10000
    python -m tests.integration.stateful.running postgresql --sequences 10000 --seed 7

The database is one of its own, made for the run and dropped afterwards.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from tests.fixtures.servers import BACKENDS, SERVERS, run_on

from .sequences import play_many

SHARED = Path("/dev/shm")  # noqa: S108 -- what is written there is a folder with a name of its own
"""A file system in memory, where there is one: nothing here has to outlive a power cut."""
SOME = 250
"""After so many it says how far it is."""


@contextmanager
def scratch(backend: str) -> Generator[str]:
    """The URL of an empty database."""
    if backend == "sqlite":
        with TemporaryDirectory(dir=SHARED if SHARED.is_dir() else None) as folder:
            yield f"sqlite+aiosqlite:///{folder}/stateful.db"
        return
    name = f"portico_stateful_{secrets.token_hex(4)}"
    run_on(SERVERS[backend], f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(SERVERS[backend]).set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if backend == "postgresql" else ""
        run_on(SERVERS[backend], f"DROP DATABASE {name}{force}")


def main() -> int:
    """Play, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("backend", choices=BACKENDS)
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first sequence")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = parser.parse_args()
    print(f"{options.sequences} sequences on {options.backend}, seed {options.seed}", flush=True)
    begun = time.monotonic()
    with scratch(options.backend) as url:
        for first in range(options.first, options.first + options.sequences, SOME):
            number = min(SOME, options.first + options.sequences - first)
            try:
                play_many(url, number=number, seed=options.seed, first=first)
            except Exception:
                traceback.print_exc()
                print(f"DIVERGED on {options.backend}, seed {options.seed}", flush=True)
                return 1
            print(f"{first + number}, {_spent(begun)}", flush=True)
    print(f"no divergence, {_spent(begun)}", flush=True)
    return 0


def _spent(begun: float) -> str:
    """The time since then; that of this process alone tells a cost that grows from a busy machine."""
    return f"{time.monotonic() - begun:.0f} s, {time.process_time():.0f} s of them here"


if __name__ == "__main__":
    sys.exit(main())

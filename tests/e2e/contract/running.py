"""Run Schemathesis against a server, as its users do.

    python -m tests.e2e.contract.running blog sqlite --cases 5000
    python -m tests.e2e.contract.running chinook postgresql --cases 5000 --seed 7

All phases: examples, coverage, fuzzing, stateful. It ends with the number of cases and what was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,positive_data_acceptance,unsupported_method,allow_header_conformance"
)
_CASES = re.compile(r"(\d+) generated")


@dataclass(frozen=True)
class Outcome:
    """What a run found: the number of cases, and all that it printed."""

    cases: int
    failed: bool
    said: str


def seed() -> int:
    """The seed of this run: PORTICO_TEST_SEED, else a random one, which the report repeats."""
    return int(os.environ.get("PORTICO_TEST_SEED") or secrets.randbelow(2**31))


def schemathesis(
    url: str, *, examples: int, seconds: int | None = None, number: int | None = None
) -> Outcome:
    """One run: so many examples for each operation, as many seconds at most."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{url}/openapi.json", "--checks", CHECKS, "--max-examples", str(examples),
        "--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60",
        "--seed", str(number or seed()),
    ]  # fmt: skip
    if seconds is not None:
        command += ["--max-time", str(seconds)]
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.e2e.contract.hooks", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    said = ran.stdout + ran.stderr
    found = _CASES.search(said)
    return Outcome(int(found[1]) if found else 0, ran.returncode != 0, said)


@contextmanager
def served_blog(url: str) -> Generator[str]:
    """The blog, served in a process of its own."""
    command = [sys.executable, "-m", "tests.e2e.contract.served", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Serve one of the two applications on a database that is made for it, and run."""
    from tests.e2e.contract.databases import prepared  # noqa: PLC0415 -- only a run by hand makes databases
    from tests.fixtures.server import serving  # noqa: PLC0415 -- the same

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("application", choices=("blog", "chinook"))
    parser.add_argument("backend", choices=("sqlite", "postgresql", "mysql"))
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=seed())
    given = parser.parse_args()
    total, number, failed = 0, given.seed, False
    with prepared(given.application, given.backend) as url:
        server = served_blog(url) if given.application == "blog" else serving("serve", url, "--write")
        with server as running:
            address = running if isinstance(running, str) else running.url
            while total < given.cases:
                outcome = schemathesis(address, examples=100, number=number)
                total, number, failed = total + outcome.cases, number + 1, failed or outcome.failed
                print(outcome.said, flush=True)
                if not outcome.cases:
                    break
    said = {"application": given.application, "backend": given.backend, "cases": total, "seed": given.seed}
    print(json.dumps({**said, "failed": failed}))


if __name__ == "__main__":
    main()

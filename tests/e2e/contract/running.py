"""Run Schemathesis against a server, as its users do.

    python -m tests.e2e.contract.running blog sqlite --cases 5000
    python -m tests.e2e.contract.running chinook postgresql --cases 5000 --seed 7 --report ndjson

All phases: examples, coverage, fuzzing, stateful, round after round, each with the next seed, until there
were enough cases. Options that it does not know are given to Schemathesis. It ends with the number of
cases and what was found.
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
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,positive_data_acceptance,unsupported_method,allow_header_conformance"
)
PHASES = "examples,coverage,fuzzing,stateful"
_CASES = re.compile(r"(\d+) generated")
_ERRORS = re.compile(r"^ +🚫 (.+): (\d+)$", re.MULTILINE)
_CANNOT_MAKE = "a `not` whose complement is not spelled out"
"""At random it bars a whole tree of conditions, and then can make nothing else; no request is sent."""


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
    url: str,
    *,
    phases: str = PHASES,
    number: int,
    more: Sequence[str] = (),
    loud: bool = False,
) -> Outcome:
    """One run: these phases with a seed and ``more`` options; ``loud`` prints as it goes.

    Without a database of examples Hypothesis keeps no Pareto front: to minimise that takes minutes and
    gigabytes for each operation with hundreds of parameters, and finds nothing.
    """
    command = [
        sys.executable, "-u", "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{url}/openapi.json", "--checks", CHECKS, "--phases", phases,
        "--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "60", "--no-shrink",
        "--warnings", "off", "--output-sanitize", "false", "--generation-database", "none",
        "--seed", str(number), *more,
    ]  # fmt: skip
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.e2e.contract.hooks", "PYTHONPATH": str(ROOT)}
    said: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            said.append(line)
            if loud:
                print(line, end="", flush=True)
    found = [_CASES.search(line) for line in said]
    cases = sum(int(one[1]) for one in found if one)
    text = "".join(said)
    return Outcome(cases, process.returncode != 0 and not _made_too_little(text), text)


def _made_too_little(said: str) -> bool:
    """Whether nothing was found, and the tool could not make data of a kind that we know of."""
    errors = dict(_ERRORS.findall(said))
    known = {"Schema Error": str(said.count(_CANNOT_MAKE))}
    return "= FAILURES =" not in said and errors == known != {"Schema Error": "0"}


@contextmanager
def served_blog(url: str, module: str = "tests.e2e.contract.served") -> Generator[str]:
    """The blog, or what another module serves on a database, in a process of its own."""
    command = [sys.executable, "-m", module, url]
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
    parser.add_argument("--examples", type=int, default=20, help="for each operation, in each round")
    parser.add_argument("--seconds", type=int, default=600, help="for the coverage phase of each round")
    given, more = parser.parse_known_args()
    total, number, failed = 0, given.seed, False
    with prepared(given.application, given.backend) as url:
        server = served_blog(url) if given.application == "blog" else serving("serve", url, "--write")
        with server as running:
            address = running if isinstance(running, str) else running.url
            while total < given.cases:
                for phases in ("examples,fuzzing,stateful", "coverage"):
                    budget = ["--max-time", str(given.seconds)] if phases == "coverage" else []
                    outcome = schemathesis(
                        address,
                        phases=phases,
                        number=number,
                        more=["--max-examples", str(given.examples), *budget, *more],
                        loud=True,
                    )
                    total, failed = total + outcome.cases, failed or outcome.failed
                    if not outcome.cases:
                        raise SystemExit(f"No cases: {outcome.said}")
                number += 1
    said = {"application": given.application, "backend": given.backend, "cases": total, "seed": given.seed}
    print(json.dumps({**said, "failed": failed}))


if __name__ == "__main__":
    main()

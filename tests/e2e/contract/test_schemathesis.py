"""Schemathesis finds nothing: no server error, no reply that is not documented, no valid request refused.

A small budget on every run; PORTICO_TEST_SEED repeats one, whose number every failure names.
`python -m tests.e2e.contract.running` is the long form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.contract.databases import load_chinook
from tests.e2e.contract.running import schemathesis, seed, served_blog
from tests.fixtures.chinook import chinook_file
from tests.fixtures.server import serving

__all__ = ["chinook_file"]
BUDGET = {"examples,fuzzing,stateful": 14, "coverage": 10}
"""Seconds for phases: together less than three minutes for two applications on three databases."""
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(params=["blog", "chinook"])
def server(request: pytest.FixtureRequest, url: str, backend: str, chinook_file: Path) -> Iterator[str]:
    """The blog, and Chinook with --write, on each kind of database."""
    if request.param == "blog":
        with served_blog(url) as address:
            yield address
        return
    source = f"sqlite:///{chinook_file}" if backend == "sqlite" else url
    if backend != "sqlite":
        asyncio.run(load_chinook(url))
    with serving("serve", source, "--write") as running:
        yield running.url


def test_a_contract_test_finds_nothing(server: str) -> None:
    """What the document promises holds for requests that nobody thought of."""
    number, cases = seed(), 0
    print(f"PORTICO_TEST_SEED={number}")  # noqa: T201 -- to repeat the run
    for phases, seconds in BUDGET.items():
        more = ["--max-examples", "1", "--max-time", str(seconds)]
        found = schemathesis(server, phases=phases, more=more, number=number)
        assert not found.failed, f"PORTICO_TEST_SEED={number}\n{found.said}"
        cases += found.cases
    assert cases > 100, f"only {cases} cases"

"""Schemathesis finds nothing: no server error, no reply that is not documented, no valid request refused.

A small budget on every run; PORTICO_TEST_SEED repeats one, whose number every failure names.
`python -m tests.e2e.contract.running` is the long form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.e2e.contract.databases import load_chinook
from tests.e2e.contract.running import schemathesis, seed, served_blog
from tests.fixtures.chinook import chinook_file
from tests.fixtures.server import serving

__all__ = ["chinook_file"]
SECONDS = 30
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def blog_server(url: str) -> Iterator[str]:
    """The blog on the private database of the test."""
    with served_blog(url) as address:
        yield address


@pytest.fixture
def chinook_server(url: str, backend: str, chinook_file: Path) -> Iterator[str]:
    """Chinook with --write, on each kind of database."""
    source = f"sqlite:///{chinook_file}" if backend == "sqlite" else url
    if backend != "sqlite":
        asyncio.run(load_chinook(url))
    with ExitStack() as stack:
        yield stack.enter_context(serving("serve", source, "--write")).url


@pytest.mark.parametrize("application", ["blog", "chinook"])
def test_a_contract_test_finds_nothing(application: str, request: pytest.FixtureRequest) -> None:
    """What the document promises holds for requests that nobody thought of."""
    address: str = request.getfixturevalue(f"{application}_server")
    number = seed()
    found = schemathesis(address, examples=4, more=["--max-time", str(SECONDS)], number=number)
    print(f"{application}: {found.cases} cases, PORTICO_TEST_SEED={number}")  # noqa: T201 -- to repeat the run
    assert found.cases > 100, found.said
    assert not found.failed, f"PORTICO_TEST_SEED={number}\n{found.said}"

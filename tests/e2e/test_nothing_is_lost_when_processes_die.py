"""An application and its relay are killed at random moments; every committed change is published.

The long form is `python -m tests.e2e.killing.running --times 200`.
"""

from __future__ import annotations

import os
import secrets

import pytest
from tests.e2e.killing.running import kill_again_and_again

TIMES = 4


@pytest.mark.timeout(300)
def test_killed_processes_lose_nothing_and_invent_nothing(url: str, redis_url: str) -> None:
    """Rows, acknowledgements and events agree after the last kill."""
    seed = int(os.environ.get("PORTICO_TEST_SEED") or secrets.randbelow(2**31))
    findings = kill_again_and_again(url, redis_url, times=TIMES, seed=seed)
    assert findings.problems == [], f"seed {seed}: {findings}"

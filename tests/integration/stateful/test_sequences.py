"""Random sequences of writes on models with every mixin, beside a reference in plain Python.

After each of them the tables, the feed and the audit trail say what the reference says.
PORTICO_TEST_SEQUENCES says how many for each database (60 unless said), PORTICO_TEST_SEED with which seed; a
failure prints both, and the shortest sequence that diverges. `running.py` is the long form.
"""

from __future__ import annotations

import os
import secrets

import pytest

from tests.integration.stateful.sequences import play_all

SEQUENCES = int(os.environ.get("PORTICO_TEST_SEQUENCES", "60"))
SEED = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)


@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore:Identity map already had an identity")
async def test_random_sequences_leave_what_the_reference_says(url: str) -> None:
    """Rows, versions, the feed and the trail agree, whatever is written, undone, and by whom."""
    await play_all(url, number=SEQUENCES, seed=SEED)

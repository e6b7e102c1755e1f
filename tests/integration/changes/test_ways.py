"""What was recorded is what changed, whichever way it was written."""

from __future__ import annotations

import pytest

from portico.db.session import Database

from .orchard import Diary, diary, orchard
from .snapshots import difference, moment, told
from .ways import WAYS

__all__ = ["diary", "orchard"]


@pytest.mark.parametrize("name", WAYS)
async def test_recorded_changes_are_the_changed_rows(orchard: Database, diary: Diary, name: str) -> None:
    """Keys, values before and values after, as two looks at the tables have them."""
    before = await moment(orchard)
    await WAYS[name](orchard)
    after = await moment(orchard)
    assert told(diary.committed) == difference(before, after)
    assert diary.told == diary.before == diary.committed

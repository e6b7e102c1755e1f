"""`ends_with`: a block of several statements whose end is known."""

from __future__ import annotations

import pytest


def ends_with(kind: type[Exception], match: str | None = None) -> pytest.RaisesExc[Exception]:
    """The block (a unit of work, say) ends with this error; the test looks at what it leaves behind."""
    return pytest.raises(kind, match=match)

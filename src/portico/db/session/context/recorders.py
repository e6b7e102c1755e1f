"""Who records what is written: a room above says so, since units of work know nothing of rows.

    recording.by = recorder        # from then on every statement and every flush of a unit is shown to it

Nobody does unless something is watched, and then nothing here costs more than a look.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol


class Recorder(Protocol):
    """The part of a recorder that units of work talk to; units are given as they are."""

    def concerns(self, statement: Any, parameters: Any) -> bool:
        """Whether a statement writes what is to be recorded, with these parameters, and so needs a unit."""
        ...

    def execute(self, unit: Any, execution: Any) -> Any:
        """Run the statement of a session and record what it wrote; None where there is nothing to record."""
        ...

    def flushing(self, unit: Any, session: Any) -> AbstractContextManager[None]:
        """Around a flush: record what it wrote."""
        ...

    async def tell(self, unit: Any) -> None:
        """Tell those who want to know in the transaction."""
        ...

    async def before_commit(self, unit: Any) -> None:
        """The outermost level is about to commit."""
        ...

    def after_commit(self, changes: list[Any]) -> None:
        """It has committed; raises nothing."""
        ...


class _Recording:
    """Whom the units of this process show what they write."""

    by: Recorder | None = None


recording = _Recording()

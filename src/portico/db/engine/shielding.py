"""Finish what must not be interrupted: a COMMIT, a ROLLBACK, giving a connection back.

    await finish(session.rollback())

A cancellation that arrives in between is kept until the work is done, then raised. The work is bounded by the
limits of its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Await the work to its end, whatever happens to the task that waits for it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                break
            cancelled = error  # also where the work has ended at the same moment: it is told to both
        except BaseException:
            break  # the work's own error, raised below
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # seen: the cancellation goes first
        raise cancelled
    return task.result()

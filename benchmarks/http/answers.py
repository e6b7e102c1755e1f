"""Whether all stacks give the same rows, asked before anything is timed.

Envelopes differ (a list, or an object with ``items``), and so does how a moment is written; names of fields,
their number, values and order of rows do not.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .registry import BASE, Stack
from .workloads import Request, Workload, requests

Asker = Callable[[Request], Awaitable[tuple[int, bytes]]]
STATUS = {"GET": 200, "POST": 201, "PATCH": 200}


class DifferentAnswers(Exception):
    """Two stacks disagree; nothing is timed then."""


def normal(data: Any, *, made: bool = False) -> Any:
    """An answer as what it says: without envelope, moments in UTC, prices as decimals, no id of a new row."""
    rows = data
    if isinstance(data, dict):
        rows = next((data[name] for name in ("items", "data") if name in data), data)
    if isinstance(rows, list):
        return [_row(row, made=made) if isinstance(row, dict) else row for row in rows]
    return _row(rows, made=made)


def _row(row: dict[str, Any], *, made: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == "price":
            found[name] = Decimal(str(value)).quantize(Decimal("0.01"))
        elif name == "created_at":
            moment = datetime.fromisoformat(value)
            found[name] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        elif isinstance(value, list):
            found[name] = normal(value)
        elif not (made and name == "id"):
            found[name] = value
    return found


async def compare(
    workloads: Sequence[Workload], askers: Sequence[tuple[Stack, Asker]], *, count: int = 20
) -> int:
    """Ask every stack the same, and say which two answers differ; the number of answers compared."""
    compared = 0
    by_name = {stack.name: (stack, asker) for stack, asker in askers}
    for workload in workloads:
        expected = await _answers(workload, *by_name[BASE], count=count)
        for stack, asker in askers:
            if stack.name == BASE or not workload.offered_by(stack):
                continue
            found = await _answers(workload, stack, asker, count=count)
            for number, (one, other) in enumerate(zip(expected, found, strict=True)):
                compared += 1
                if one != other:
                    raise DifferentAnswers(
                        f"{stack.name}, {workload.name}, question {number}:\n"
                        f"  {BASE}: {_short(one)}\n  {stack.name}: {_short(other)}"
                    )
    return compared


async def _answers(workload: Workload, stack: Stack, asker: Asker, *, count: int) -> list[Any]:
    found: list[Any] = []
    for request in requests(workload, stack, count=count, seed=7):
        status, body = await asker(request)
        if status != STATUS[request.method]:
            where = f"{stack.name}, {request.method} {request.path}"
            raise DifferentAnswers(f"{where}: {status} {body[:500]!r}")
        found.append(normal(json.loads(body), made=request.method == "POST"))
    return found


def _short(data: Any) -> str:
    text = str(data)
    return text if len(text) < 900 else f"{text[:900]} …"

"""What is there when everybody is dead: rows, and events in the stream."""

from __future__ import annotations

import json
from collections import Counter as Count
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from portico.db.session import Database
from portico.pubsub import PubSub


@dataclass
class Findings:
    """Numbers for the report, and sentences about what is wrong."""

    acknowledged: int
    rows: int
    events: int
    duplicates: int
    problems: list[str] = field(default_factory=list[str])

    def expect(self, right: object, problem: str) -> None:
        """Note the problem unless this is right."""
        if not right:
            self.problems.append(problem)


async def compare(database: Database, pubsub: PubSub, stream: str, acknowledged: Sequence[str]) -> Findings:
    """Rows against what was acknowledged, events against rows."""
    notes = {row["id"] for row in await database.fetch_all("SELECT id FROM killing_notes")}
    counters = await database.fetch_all("SELECT id, value FROM killing_counters")
    ids, events = await _events(pubsub, stream)
    findings = Findings(
        acknowledged=len(acknowledged),
        rows=len(notes),
        events=len(events),
        duplicates=len(ids) - len(events),
    )
    findings.expect(notes, "nothing was written at all")
    findings.expect(
        notes >= set(acknowledged), f"{len(set(acknowledged) - notes)} acknowledged writes are lost"
    )
    created = Count(event["key"][0] for event in events if event["table"] == "killing_notes")
    findings.expect(created.keys() >= notes, f"{len(notes - created.keys())} events are lost")
    findings.expect(created.keys() <= notes, f"{len(created.keys() - notes)} events are of no row")
    findings.expect(set(created.values()) <= {1}, "a note has several events")
    values = defaultdict[int, list[int]](list)
    for event in events:
        if event["table"] == "killing_counters":
            values[event["key"][0]].append(event["after"]["value"])
    for row in counters:
        right = values[row["id"]] == list(range(1, row["value"] + 1))
        findings.expect(
            right, f"counter {row['id']} is {row['value']}, its events are not 1 to that, in order"
        )
    for table, kind in (("killing_notes", "create"), ("killing_counters", "update")):
        audited = await database.fetch_all(
            "SELECT count(*) AS n FROM portico_audit WHERE table_name = :table AND operation = :kind"
            " GROUP BY row_key",
            {"table": table, "kind": kind},
        )
        told = Count(tuple(event["key"]) for event in events if event["table"] == table)
        same = sorted(row["n"] for row in audited) == sorted(told.values())
        findings.expect(same, f"the trail of {table} is not what its events say")
    return findings


async def _events(pubsub: PubSub, stream: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids of all messages, and what the first one of each id says."""
    end, ids, first = await pubsub.newest(stream), list[str](), dict[str, dict[str, Any]]()
    async with aclosing(pubsub.read(stream)) as messages:
        async for received in messages:
            ids.append(received.message.id)
            first.setdefault(received.message.id, json.loads(received.message.payload))
            if received.position == end:
                break
    return ids, list(first.values())

"""Follow the chain of one table and say where it is not as it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from portico.db.audit.encoding import decode
from portico.db.audit.hashing import BEGINNING, keys, of_batch, of_entry, of_seal
from portico.db.audit.writing import FORGET

ProblemKind: TypeAlias = Literal["edited", "deleted", "inserted", "moved"]


@dataclass(frozen=True, kw_only=True)
class AuditProblem:
    """One thing that was done to the trail; values of rows are not in it."""

    kind: ProblemKind
    table: str
    message: str
    position: int | None = None
    unit: UUID | None = None
    entry: int | None = None


@dataclass(frozen=True, kw_only=True)
class AuditHead:
    """The last sealed batch of a table: to be noted where the database is not."""

    position: int
    hash: str


@dataclass
class Walk:
    """Where the walk along the chain of one table has come to."""

    table: str
    expected: AuditHead | None = None
    place: AuditHead = field(default_factory=lambda: AuditHead(position=0, hash=BEGINNING))
    entries: int = 0
    batches: int = 0
    problems: list[AuditProblem] = field(default_factory=list[AuditProblem])
    first: Mapping[str, Any] | None = None
    forgotten: dict[int, str] = field(default_factory=dict[int, str])

    def step(self, batch: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        """The next sealed batch."""
        position = int(batch["position"])
        if self.first is None:
            self.first = batch
        elif position != self.place.position + 1:
            self._note("deleted", f"Batches are missing before position {position}.", batch)
        elif batch["previous"] != self.place.hash:
            self._note("moved", "The batch does not follow on the one before it.", batch)
        if not keys.accept(batch["hash"], "seal", of_seal(batch)):
            self._note("edited", "The batch, or its place, is not what was sealed.", batch)
        if entries and entries[0]["id"] != batch["first_id"]:
            self._note("moved", "The entries of the batch do not begin where they did.", batch)
        self.check(batch, entries)
        if self.expected is not None and self.expected.position == position:
            self._compare(batch, self.expected)
        self.place = AuditHead(position=position, hash=batch["hash"] or "")
        self.batches += 1

    def check(self, batch: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        """The entries of a batch, sealed or not."""
        found = len(self.problems)
        self.entries += len(entries)
        for entry in entries:
            if not keys.accept(entry["hash"], "entry", of_entry(entry)):
                self._note("edited", "The entry is not what was written.", batch, entry["id"])
            elif entry["operation"] == FORGET:
                noted = decode(entry["after"])
                self.forgotten[noted["position"]] = noted["hash"]
        self._check_order(batch, entries)
        hashes = [entry["hash"] for entry in entries]
        if not keys.accept(batch["digest"], "batch", of_batch(batch, hashes)) and len(self.problems) == found:
            self._note("edited", "The entries of the batch are not those that were written.", batch)

    def finish(self, head: AuditHead | None) -> None:
        """After the last sealed batch."""
        self._check_beginning()
        if head is None:
            if self.first is not None:
                self._note("deleted", "The head of the chain is missing.")
        elif head != self.place:
            self._note(
                "deleted" if head.position > self.place.position else "edited",
                f"The chain ends at position {self.place.position}, its head says {head.position}.",
            )
        if self.expected is not None and self.expected.position > self.place.position:
            self._note("deleted", f"A batch was noted at position {self.expected.position}, past the end.")

    def _check_beginning(self) -> None:
        if self.first is None or self.first["position"] == 1:
            if self.first is not None and self.first["previous"] != BEGINNING:
                self._note("moved", "The first batch does not stand at the beginning.", self.first)
            return
        before = int(self.first["position"]) - 1
        cut = max(self.forgotten, default=0)
        if cut < before:
            self._note("deleted", f"The first {before} batches are missing, and no forgetting is recorded.")
        elif cut == before and self.first["previous"] != self.forgotten[cut]:
            self._note("moved", "The first batch does not follow on what was forgotten.", self.first)

    def _check_order(self, batch: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        there = [entry["ordinal"] for entry in entries]
        missing = sorted({*range(batch["entries"])}.difference(there))
        for ordinal in missing[:1]:
            self._note(
                "deleted", f"{len(missing)} entries are missing, the first is number {ordinal}.", batch
            )
        known: set[int] = set()
        highest = 0
        for entry in entries:
            if entry["ordinal"] in known or not 0 <= entry["ordinal"] < batch["entries"]:
                self._note("inserted", "The entry was not in the batch.", batch, entry["id"])
            elif entry["id"] < highest:
                self._note("moved", "The entry stands in another order.", batch, entry["id"])
            known.add(entry["ordinal"])
            highest = max(highest, entry["id"])

    def _compare(self, batch: Mapping[str, Any], expected: AuditHead) -> None:
        if batch["hash"] != expected.hash:
            self._note("edited", "The batch is another one than was noted.", batch)

    def _note(
        self, kind: ProblemKind, message: str, batch: Mapping[str, Any] | None = None, entry: Any = None
    ) -> None:
        place = {} if batch is None else {"position": batch["position"], "unit": batch["unit"]}
        problem = AuditProblem(kind=kind, table=self.table, message=message, entry=entry, **place)
        self.problems.append(problem)

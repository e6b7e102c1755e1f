"""What the documentation says that happens, in plain Python: rows in a dictionary, links in a set.

Every write notes the changes that a feed and the trail have to tell of. Rules that refuse a write give the
errors that may be raised; nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from portico.errors import (
    ConflictError,
    DuplicateError,
    ForeignKeyError,
    NotFoundError,
    RequiredError,
    VersionConflictError,
)

Key = tuple[str, int]
Errors = set[type[Exception]]
Said = tuple[str, str, int, Any, Any]
"""A change: kind, class, key, and what the row or the links were and are."""
BOTH_ENDS = (("Member", "skills"), ("Skill", "members"))


@dataclass(frozen=True)
class Row:
    """One row; ``deleted`` is the number of the deletion that it went with."""

    model: str
    id: int
    tenant: str
    name: str
    points: int
    team: int | None = None
    version: int = 1
    deleted: int | None = None

    @property
    def key(self) -> Key:
        """Class and key."""
        return self.model, self.id

    def said(self) -> tuple[Any, ...]:
        """The row as changes are compared."""
        return self.tenant, self.name, self.points, self.team, self.version, self.deleted is not None


@dataclass
class Reference:
    """The rows of all tenants, and what was told of them."""

    tenant: str | None = "a"
    step: str = ""
    rows: dict[Key, Row] = field(default_factory=dict[Key, Row])
    links: frozenset[tuple[int, int]] = frozenset()
    changes: list[tuple[str, Said]] = field(default_factory=list[tuple[str, Said]])
    deletions: int = 0

    def copy(self) -> Reference:
        """Itself at this moment."""
        return replace(self, rows=dict(self.rows), changes=list(self.changes))

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────

    def within(self, row: Row) -> bool:
        """Whether the row belongs to whom is meant."""
        return self.tenant is None or row.tenant == self.tenant

    def sees(self, row: Row | None) -> bool:
        """Whether ordinary queries find it."""
        return row is not None and row.deleted is None and self.within(row)

    def seen(self, model: str, where: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """The rows of a query, by key."""
        return self.every(model, lambda row: row.deleted is None and where(row))

    def every(self, model: str, where: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """The same with those that are deleted."""
        found = [row for row in self.rows.values() if row.model == model and self.within(row) and where(row)]
        return sorted(found, key=lambda row: row.id)

    def named(self, model: str, name: str) -> list[Row]:
        """The visible rows of a name; one at most within a tenant."""
        return self.seen(model, lambda row: row.name == name)

    def skills_of(self, member: int) -> set[int]:
        """The keys of the skills that a member shows."""
        linked = {skill for one, skill in self.links if one == member}
        return {row.id for row in self.seen("Skill") if row.id in linked}

    # ── rules ────────────────────────────────────────────────────────────────────────────────────────

    def refuses(self, model: str, values: Iterable[tuple[int | None, str, str, int | None]]) -> Errors:
        """Why rows (key, tenant, name, team) cannot be as they are wanted."""
        found: Errors = set()
        wanted = list(values)
        moving = {(model, key) for key, *_ in wanted}
        taken = [
            (row.tenant, row.name)
            for row in self.rows.values()
            if row.model == model and row.deleted is None and row.key not in moving
        ]
        names = taken + [(tenant, name) for _, tenant, name, _ in wanted]
        if len(set(names)) < len(names):
            found.add(DuplicateError)
        for _, tenant, _, team in wanted:
            owner = self.rows.get(("Team", team)) if team is not None else None
            if team is not None and (owner is None or owner.tenant != tenant):
                found.add(ForeignKeyError)
        return found

    def refuses_new(self, model: str, rows: Iterable[tuple[str, int | None]]) -> Errors:
        """Why new rows (name, team) of the tenant cannot be."""
        if self.tenant is None:
            return {RequiredError}
        tenant = self.tenant
        return self.refuses(model, [(None, tenant, name, team) for name, team in rows])

    def refuses_write(self, key: Key, version: int) -> Errors:
        """Why an object that has seen this version cannot be written."""
        row = self.rows.get(key)
        if row is None or not self.sees(row):
            return {NotFoundError}
        return set() if row.version == version else {VersionConflictError}

    def refuses_values(self, rows: Iterable[Row]) -> Errors:
        """Why existing rows cannot become these."""
        several = list(rows)
        if not several:
            return set()
        return self.refuses(several[0].model, [(row.id, row.tenant, row.name, row.team) for row in several])

    def refuses_restoring(self, rows: Iterable[Row]) -> Errors:
        """Why deleted rows cannot be back."""
        found: Errors = set()
        wanted = list(rows)
        chosen = {row.key for row in wanted}
        groups: dict[str, list[Row]] = {}
        for row in [*wanted, *self.coming_along(wanted)]:
            groups.setdefault(row.model, []).append(row)
        for row in wanted:
            owner = self.rows.get(("Team", row.team)) if row.team is not None else None
            if owner is not None and owner.deleted is not None and owner.key not in chosen:
                found.add(ConflictError)
        for several in groups.values():
            if DuplicateError in self.refuses_values(several):
                found.add(DuplicateError)
        return found

    def coming_along(self, rows: Iterable[Row]) -> list[Row]:
        """The members that went with these teams, each of which its team is all that it needs."""
        moments = {(row.id, row.deleted) for row in rows if row.model == "Team"}
        return [
            row
            for row in self.rows.values()
            if row.model == "Member" and row.deleted is not None and (row.team, row.deleted) in moments
        ]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────

    def create(self, model: str, key: int, name: str, points: int, team: int | None) -> Row:
        """A new row of the tenant."""
        assert (model, key) not in self.rows, f"{model} {key} is there already"
        row = Row(model, key, str(self.tenant), name, points, team)
        self.rows[row.key] = row
        self._say("create", row.key, None, row.said())
        return row

    def change(self, key: Key, **values: Any) -> Row:
        """Set values in a row, and move its version."""
        old = self.rows[key]
        row = self.rows[key] = replace(old, version=old.version + 1, **values)
        self._say("update", key, old.said(), row.said())
        return row

    def delete(self, rows: Iterable[Row]) -> None:
        """Mark rows as deleted, and the members of teams with them."""
        self.deletions += 1
        teams: set[int] = set()
        for row in rows:
            self.change(row.key, deleted=self.deletions)
            teams |= {row.id} if row.model == "Team" else set()
        for row in [*self.rows.values()]:
            if row.model == "Member" and row.deleted is None and row.team in teams:
                self.change(row.key, deleted=self.deletions)

    def restore(self, rows: Iterable[Row]) -> None:
        """Take the marks away, and those of the members that went with a team."""
        wanted = list(rows)
        for row in [*wanted, *self.coming_along(wanted)]:
            if self.rows[row.key].deleted is not None:
                self.change(row.key, deleted=None)

    def remove(self, rows: Iterable[Row]) -> None:
        """Remove rows for good, with all that the foreign keys take along."""
        gone = {row.key for row in rows}
        teams = {key for model, key in gone if model == "Team"}
        gone |= {row.key for row in self.rows.values() if row.model == "Member" and row.team in teams}
        lost = {
            (member, skill)
            for member, skill in self.links
            if ("Member", member) in gone or ("Skill", skill) in gone
        }
        for key in gone:
            self._say("delete", key, self.rows.pop(key).said(), None)
        self.relink(lost, set())

    def relink(self, lost: set[tuple[int, int]], won: set[tuple[int, int]]) -> None:
        """Take links (member, skill) away and add others; both ends say so, if they are there."""
        off, on = lost & self.links, won - self.links
        self.links = (self.links - off) | on
        for end, (model, name) in enumerate(BOTH_ENDS):
            for key in sorted({link[end] for link in off | on}):
                if (model, key) in self.rows:
                    before = frozenset(link[1 - end] for link in off if link[end] == key)
                    after = frozenset(link[1 - end] for link in on if link[end] == key)
                    self._say("update", (model, key), (name, before), (name, after))

    def _say(self, kind: str, key: Key, before: Any, after: Any) -> None:
        self.changes.append((self.step, (kind, *key, before, after)))

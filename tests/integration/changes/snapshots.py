"""What is in the tables, and what recorded changes have to say between two of such moments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from portico.db.changes import RowChange
from portico.db.session import Database, run

from .orchard import METADATA, WATCHED

Moment = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]
Difference = dict[tuple[str, tuple[Any, ...]], tuple[Any, Any]]
_LINKS = (
    ("labels_trees", "Tree", "labels", "tree_id", "label_id"),
    ("labels_trees", "Label", "trees", "label_id", "tree_id"),
    ("jobs", "Farm", "pickers", "farm_id", "picker_id"),
    ("jobs", "Picker", "farms", "picker_id", "farm_id"),
)
_RELATIONS = {name for _, _, name, _, _ in _LINKS}


async def moment(database: Database) -> Moment:
    """Every row of every watched class by class and key, and what is linked to it by plain junctions."""
    found: Moment = {}
    for cls in WATCHED:
        mapper: Any = sa.inspect(cls)
        attributes = [(each.key, each.columns[0]) for each in mapper.column_attrs]
        columns = [column.label(name) for name, column in attributes]
        rows = await run(database, sa.select(*columns).select_from(mapper.persist_selectable))
        keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        for row in rows.mappings():
            values = dict(row)
            if mapper.polymorphic_on is None or values["kind"] == mapper.polymorphic_identity:
                found[cls.__name__, tuple(values[name] for name in keys)] = values
    return found | await _links(database, found)


async def _links(database: Database, rows: Moment) -> Moment:
    found: Moment = {}
    for table, owner, name, near, far in _LINKS:
        junction = METADATA.tables[table]
        pairs = [dict(row) for row in (await run(database, sa.select(junction))).mappings()]
        for cls, key in rows:
            if cls == owner:
                ends = frozenset((pair[far],) for pair in pairs if pair[near] == key[0])
                found[f"{owner}.{name}", key] = {name: ends}
    return found


def difference(before: Moment, after: Moment) -> Difference:
    """The rows that are not the same, as they were and as they are; links of rows that are there still."""
    found: Difference = {}
    for which in {**before, **after}:
        old, new = before.get(which), after.get(which)
        if "." in which[0]:
            name = which[0].partition(".")[2]
            was: frozenset[Any] = frozenset() if old is None else old[name]
            if new is not None and was != new[name]:
                found[which] = ({name: was - new[name]}, {name: new[name] - was})
        elif old != new:
            found[which] = (old or {}, new or {})
    return found


def told(changes: Iterable[RowChange]) -> Difference:
    """The same as changes say it: the first state before, the last one after."""
    found: Difference = {}
    for change in changes:
        which = change.model.__name__, change.key_before
        old, new = dict(change.before), dict(change.after)
        if change.kind == "update" and set(new) <= _RELATIONS:
            _link(found, which, old, new)
        elif change.kind == "update" and change.key_before != change.key:
            found[which] = (old, {})
            found[which[0], change.key] = ({}, new)
        else:
            found[which] = (found.get(which, (old, None))[0], new)
    gone = {which for which, ends in found.items() if not ends[1]}
    return {
        which: ends
        for which, ends in found.items()
        if ends[0] != ends[1] and (which[0].partition(".")[0], which[1]) not in gone - {which}
    }


def _link(found: Difference, which: tuple[str, tuple[Any, ...]], old: Any, new: Any) -> None:
    (name,) = new
    none: dict[str, frozenset[Any]] = {name: frozenset()}
    lost, won = found.get((f"{which[0]}.{name}", which[1]), (none, none))
    off, on = lost[name] | old[name], won[name] | new[name]
    found[f"{which[0]}.{name}", which[1]] = ({name: off - on}, {name: on - off})

"""Tell the hooks of models and the receivers of signals what is written.

Before a statement: ``pre_save``, then ``pre_update`` or ``pre_delete``; after it ``post_update``, then
``post_save``. In each of them the model's own method comes first. Both are part of the write: what they raise
undoes it. Receivers ``after_commit`` get an object of their own, with the row as that write left it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextvars import copy_context
from copy import deepcopy
from functools import partial
from typing import Any, Final, cast

from sqlalchemy.orm import make_transient
from sqlalchemy.orm.attributes import instance_state

from portico.db.changes import Kind, RowChange, Watcher, forget, watch, watchers
from portico.db.models.keys import class_of, mapper_of
from portico.db.models.shapes import facts_of
from portico.db.session import Unit, isolated

from .events import Writing, Written
from .methods import Hook, call_hook, check_hooks, hooks_of
from .signals import (
    PostSignal,
    PreSignal,
    post_delete,
    post_save,
    post_update,
    pre_delete,
    pre_save,
    pre_update,
)

BEFORE: Final[Mapping[Kind, tuple[tuple[Hook, PreSignal], ...]]] = {
    "create": (("pre_save", pre_save),),
    "update": (("pre_save", pre_save), ("pre_update", pre_update)),
    "delete": (("pre_delete", pre_delete),),
}
AFTER: Final[Mapping[Kind, tuple[tuple[Hook, PostSignal], ...]]] = {
    "create": (("post_save", post_save),),
    "update": (("post_update", post_update), ("post_save", post_save)),
    "delete": (("post_delete", post_delete),),
}
SIGNALS: Final = (pre_save, pre_update, pre_delete, post_save, post_update, post_delete)


class WriteWatcher(Watcher):
    """Watches the classes that have hooks, or that some receiver is connected for."""

    def wants(self, model: type[Any]) -> bool:
        """Whether a row of this class may have a hook or a receiver; asked again when one comes or goes."""
        return any(
            bool(hooks_of(cls)) or any(signal.has_receivers(cls) for signal in SIGNALS)
            for cls in _classes_of(model)
        )

    def looks_before(self, model: type[Any], kind: Kind) -> bool:
        """Whether anything runs before such a statement."""
        return any(
            name in hooks_of(cls) or signal.has_receivers(cls)
            for cls in _classes_of(model)
            for name, signal in BEFORE[kind]
        )

    async def before_write(self, kind: Kind, rows: Sequence[Any]) -> None:
        """Let hooks and receivers change or refuse each row."""
        for row in rows:
            event = Writing[Any](instance=row, kind=kind)
            for name, signal in BEFORE[kind]:
                await call_hook(name, row, event)
                await signal.tell(event, class_of(row))

    async def after_write(self, unit: Unit, changes: Sequence[RowChange]) -> None:
        """Tell hooks and receivers of each row, in the transaction."""
        for change in changes:
            if not (_of_columns(change) and _anybody_hears(change)):
                continue
            row = _in_hand(unit, change) or row_of(change)
            event = Written[Any](instance=row, change=change)
            for name, signal in AFTER[change.kind]:
                await call_hook(name, row, event)
                await signal.tell(event, change.model)

    def after_commit(self, changes: Sequence[RowChange]) -> None:
        """Hand the changes to those who hear after the commit, outside of every unit of work."""
        with isolated():
            context = copy_context()
        for signal in (post_update, post_save, post_delete):
            signal.tell_later(_late(signal, changes), context=context)


def _classes_of(model: type[Any]) -> list[type[Any]]:
    """What rows of a class may be: a statement about a base also writes those of its subclasses."""
    return [mapper.class_ for mapper in mapper_of(model).self_and_descendants]


def _anybody_hears(change: RowChange) -> bool:
    hooks = hooks_of(change.model)
    return any(
        name in hooks or signal.has_receivers(change.model, later=False)
        for name, signal in AFTER[change.kind]
    )


def _of_columns(change: RowChange) -> bool:
    """Whether it is about the row itself; links of other tables are changes too."""
    return change.kind != "update" or not change.changed.isdisjoint(facts_of(change.model).specs)


def _in_hand(unit: Unit, change: RowChange) -> Any:
    """The object that was written, or that of the row in the unit's session."""
    if change.instance is not None:
        return change.instance
    key = mapper_of(change.model).identity_key_from_primary_key(change.key)
    return unit.session.identity_map.get(key)


def _late(signal: PostSignal, changes: Sequence[RowChange]) -> Iterator[Any]:
    for change in changes:
        if any(signal is one for _, one in AFTER[change.kind]) and _of_columns(change):
            yield partial(_written, change), change.model, (change.model, change.key_before)


def _written(change: RowChange) -> Written[Any]:
    return Written(instance=row_of(change), change=change)


def row_of(change: RowChange) -> Any:
    """An object of no session, with the row as the write left it; as it was, for a deleted row."""
    held = change.after or change.before
    facts = facts_of(change.model)
    row = facts.new({name: _own(value) for name, value in held.items()})
    if change.kind == "delete":
        make_transient(row)
    else:
        instance_state(row).expired_attributes.update(facts.specs.keys() - held.keys())
    return row


def _own(value: Any) -> Any:
    """A value that nobody else can change."""
    return deepcopy(cast("Any", value)) if isinstance(value, (dict, list)) else value


def begin(name: str, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> None:
    """Check the hooks in the body of a model; with the first of them, writes begin to be watched."""
    if check_hooks(name, bases, namespace) or _WATCHER in watchers():
        _heard()  # also a class without hooks may be one that a receiver is connected for


def _heard() -> None:
    # Not at import: as long as nobody hears, units of work record nothing at all.
    if _WATCHER in watchers():
        forget()
    else:
        watch(_WATCHER)


_WATCHER: Final = WriteWatcher()
for _signal in SIGNALS:
    _signal.on_change(_heard)

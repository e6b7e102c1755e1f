"""What objects were like before a unit of work touched them, so that a rollback leaves no lie behind.

SQLAlchemy expires everything on a rollback; reading such an object later would need a query that nobody can
await. Here the values come back instead: a created object is new again, a changed one has its old values, a
deleted one exists.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    ORMExecuteState,
    Session,
    SessionTransaction,
    SessionTransactionOrigin,
    attributes,
    make_transient,
)
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag
from sqlalchemy.orm.collections import collection_adapter
from sqlalchemy.orm.exc import StaleDataError

from portico.db.dialects import conflict_among
from portico.db.engine.criteria import follow_truly, within_reach
from portico.db.engine.walls import stay_at_home, stay_with

from .context import recording

P = ParamSpec("P")
T = TypeVar("T")
UNIT = "portico_unit"
"""Under this key the ``info`` of a session holds its unit."""


class PreImages:
    """The way back, step by step."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []

    def created(self, instance: object, generated: Iterable[str]) -> None:
        """The object is new; these attributes got their values from the database."""
        names = tuple(generated)

        def undo() -> None:
            make_transient(instance)
            for name in names:
                attributes.instance_dict(instance).pop(name, None)

        self._steps.append(undo)

    def changed(self, instance: object, old: Mapping[str, Any]) -> None:
        """These are the values before."""
        before = dict(old)
        self._steps.append(lambda: put_back(instance, before))

    def deleted(self, instance: object) -> None:
        """The row behind the object goes."""
        state = attributes.instance_state(instance)
        key, loaded = state.key, Loaded(instance)

        def undo() -> None:
            state.key = key
            loaded.put_back()

        self._steps.append(undo)

    def refreshed(self, instance: object) -> None:
        """The object is read again, and may see what is undone later."""
        self._steps.append(Loaded(instance).put_back)

    def absorb(self, inner: PreImages) -> None:
        """Take over what an inner unit has recorded; it is part of this one now."""
        self._steps += inner._steps

    def forget(self) -> None:
        """The changes are final."""
        self._steps.clear()

    def __len__(self) -> int:
        return len(self._steps)

    def restore(self, number: int = 0) -> None:
        """Go back, last step first, until only this many are left."""
        while len(self._steps) > number:
            self._steps.pop()()


def put_back(instance: object, values: Mapping[str, Any]) -> None:
    """Give an object these values, as if they had been loaded."""
    for name, value in values.items():
        if value is LoaderCallableStatus.NO_VALUE:
            # It was set without having been loaded, so nobody knows it: reading it has to say so.
            state: Any = attributes.instance_state(instance)
            state._expire_attributes(state.dict, [name])  # noqa: SLF001 -- Session.expire wants a session
        else:
            attributes.set_committed_value(instance, name, _members(value))


class Loaded:
    """What is loaded of an object at this moment; unflushed changes are left out."""

    def __init__(self, instance: object) -> None:
        self._instance = instance
        self._state = attributes.instance_state(instance)
        names: Any = self._state.mapper.attrs
        values = {name: value for name, value in self._state.dict.items() if name in names}
        self._values = values | dict(self._state.committed_state)
        self._expired = set(self._state.expired_attributes)
        self._callables = dict(self._state.callables)

    def put_back(self) -> None:
        """Let this be loaded again, and nothing be expired that was not."""
        self._state.expired_attributes.intersection_update(self._expired)
        put_back(self._instance, self._values)
        if self._callables:
            self._state.callables = self._callables


def _members(value: Any) -> Any:
    adapter = collection_adapter(value) if hasattr(value, "_sa_adapter") else None
    return list(adapter) if adapter is not None else value


def generated_key(instance: object) -> tuple[str, ...]:
    """The attribute of the key that the database counts up, if there is one."""
    mapper: Mapper[Any] = attributes.instance_state(instance).mapper
    column: sa.Column[Any] | None = getattr(mapper.local_table, "autoincrement_column", None)
    return () if column is None else (mapper.get_property_by_column(column).key,)


def _mapper_of(instance: object) -> Mapper[Any]:
    return attributes.instance_state(instance).mapper


@contextmanager
def _versions_kept(session: Session) -> Generator[None]:
    """SQLAlchemy gives an object its next version before it looks whether there was such a row.

    After a refused flush the object would be taken for a current one, and overwrite what it has not seen.
    What refused it has the name that it has everywhere.
    """
    held = list(_versions(session))
    try:
        yield
    except BaseException as error:
        for one, name, version in held:
            attributes.set_committed_value(one, name, version)
        if isinstance(error, StaleDataError):
            raise conflict_among(error, [_mapper_of(one) for one, _, _ in held]) from error
        raise


def _versions(session: Session) -> Iterator[tuple[object, str, Any]]:
    for one in (*session.dirty, *session.deleted):
        state = attributes.instance_state(one)
        if state.mapper.version_id_col is not None:
            name = state.mapper.get_property_by_column(
                cast("sa.Column[Any]", state.mapper.version_id_col)
            ).key
            if name in state.dict:
                yield one, name, state.committed_state.get(name, state.dict[name])


def _named(method: Callable[P, T]) -> Callable[P, T]:
    """A method of SQLAlchemy's session that compares versions too, with the error that a flush raises."""

    @wraps(method)
    def named(*args: P.args, **options: P.kwargs) -> T:
        try:
            return method(*args, **options)
        except StaleDataError as error:
            raise conflict_among(error, _mappers_met(args)) from error

    return named


def _mappers_met(given: tuple[Any, ...]) -> set[Mapper[Any]]:
    session, *asked = given
    mappers = {_mapper_of(one) for one in session.identity_map.values()}
    if asked and isinstance(asked[0], sa.Update | sa.Delete):
        mappers.add(sa.inspect(asked[0].entity_description["entity"]))
    return mappers


_Before: TypeAlias = list[tuple[InstanceState[Any], dict[str, Any]]]


class RecordingSession(Session):
    """A session that tells its unit what a flush changes, and that a rollback does not leave with holes."""

    _before_expiry: list[Loaded]
    followed: _Before | None = None
    execute = _named(Session.execute)
    get = _named(Session.get)
    merge = _named(Session.merge)
    merge_all = _named(Session.merge_all)

    def _expunge_states(
        self,
        states: Iterable[InstanceState[Any]],
        to_transient: bool = False,  # noqa: FBT001, FBT002 -- SQLAlchemy's signature
    ) -> None:
        # There is no public moment between a failure and the expiry that follows it; a rollback comes here.
        if to_transient:
            self._before_expiry = [Loaded(instance) for instance in self.identity_map.values()]
        super()._expunge_states(states, to_transient)

    def _identity_lookup(self, mapper: Any, primary_key_identity: Any, *args: Any, **options: Any) -> Any:
        # SQLAlchemy's hook for sessions that spread over several databases: what `get` and relations to one
        # find without a statement comes from here, and so without the criteria of its table.
        found: Any = super()._identity_lookup(mapper, primary_key_identity, *args, **options)
        asks = options.get("passive", PassiveFlag.PASSIVE_OFF) & PassiveFlag.SQL_OK
        if isinstance(found, mapper.class_) and asks:
            stay_at_home(found)
        if isinstance(found, mapper.class_) and asks and not within_reach(self, mapper, primary_key_identity):
            return None
        return found

    def refresh(self, instance: object, *args: Any, **options: Any) -> None:
        """Read an object again; a rollback gives it back what it held."""
        images = _images_of(self)
        if images is not None and instance in self:
            images.refreshed(instance)
        super().refresh(instance, *args, **options)

    def flush(self, objects: Any = None) -> None:
        """Write what waits; what is watched is recorded."""
        unit, recorder = self.info.get(UNIT), recording.by
        with _versions_kept(self), self._followed():
            if recorder is None or unit is None or self._flushing:
                super().flush(objects)
                return
            with recorder.flushing(unit, self):
                super().flush(objects)

    @contextmanager
    def _followed(self) -> Generator[None]:
        images = _images_of(self)
        if images is None or self._flushing:
            yield
            return
        with _following(images) as before:
            self.followed = before
            try:
                yield
            finally:
                self.followed = None

    @property
    def is_flushing(self) -> bool:
        """Whether a flush is under way."""
        return self._flushing

    def put_back_expired(self) -> None:
        """Give objects the values again that a rollback has taken from them."""
        expired, self._before_expiry = getattr(self, "_before_expiry", []), []
        for loaded in expired:
            loaded.put_back()


@event.listens_for(RecordingSession, "after_soft_rollback")
def _after_rollback(session: Session, _transaction: object) -> None:
    if isinstance(session, RecordingSession):
        session.put_back_expired()


@event.listens_for(RecordingSession, "do_orm_execute")
def _stay(execution: ORMExecuteState) -> Any:
    stay_with(execution.session)
    follow_truly(execution)
    images = _images_of(execution.session)
    if images is None or not _moves_objects(execution):
        return None
    mapper = cast("Mapper[Any]", execution.bind_mapper)
    states = execution.session.identity_map.all_states()
    with _following(images) as before:
        before.extend(_before(state for state in states if state.mapper.isa(mapper)))
        return execution.invoke_statement()


def _moves_objects(execution: ORMExecuteState) -> bool:
    """Whether SQLAlchemy lets objects in hand follow what this statement does to their rows."""
    writes = execution.is_update or execution.is_delete
    return (
        writes
        and execution.bind_mapper is not None
        and execution.execution_options.get("synchronize_session", True) is not False
    )


def _before(states: Iterable[InstanceState[Any]]) -> _Before:
    """What objects hold at this moment, as far as the database has it."""
    return [(state, {**state.dict, **state.committed_state}) for state in states]


@contextmanager
def _following(images: PreImages) -> Generator[_Before]:
    """Record what this block changes in columns of the objects that are put in, and whose row it removes."""
    before: _Before = []
    try:
        yield before
    finally:
        for state, old in before:
            instance = state.obj()
            if instance is not None:
                if state.deleted:
                    images.deleted(instance)
                if changed := _changed(state, old):
                    images.changed(instance, changed)


def _changed(state: InstanceState[Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """What is another value by now."""
    held, unknown = state.dict, LoaderCallableStatus.NO_VALUE
    names = [attribute.key for attribute in state.mapper.column_attrs]
    pairs = {name: (old.get(name, unknown), held.get(name, unknown)) for name in names}
    return {name: one for name, (one, other) in pairs.items() if one is not other}


def _images_of(session: Session) -> PreImages | None:
    """Where the unit of a session records."""
    images = getattr(session.info.get(UNIT), "images", None)
    return images if isinstance(images, PreImages) else None


@event.listens_for(RecordingSession, "before_flush")
def _begin_flush(session: Session, _context: object, _instances: object) -> None:
    stay_with(session)


@event.listens_for(RecordingSession, "after_transaction_create")
def _record(session: Session, transaction: SessionTransaction) -> None:
    # The transaction of a flush begins when every listener of before_flush has changed what it wants to.
    images = _images_of(session)
    if images is None or not isinstance(session, RecordingSession) or session.followed is None:
        return
    if not session.is_flushing or transaction.origin is not SessionTransactionOrigin.SUBTRANSACTION:
        return
    for instance in session.new:
        known = set(attributes.instance_dict(instance))
        mapper: Mapper[Any] = attributes.instance_state(instance).mapper
        images.created(instance, [column.key for column in mapper.column_attrs if column.key not in known])
    for instance in session.dirty:
        images.changed(instance, attributes.instance_state(instance).committed_state)
    for instance in session.deleted:
        images.deleted(instance)
    # A flush sets more than was assigned: versions, moments.
    session.followed.extend(_before(attributes.instance_state(instance) for instance in session.dirty))

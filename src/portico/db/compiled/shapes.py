"""Statements as text, compiled once: what is sent for any values, and how rows are read.

    shape = shape_of(statement, slots, engine.dialect)
    rows = await lane.fetch(shape, shape.arguments(values))
    shape.readers        # for each column what turns the driver's value into the type's own; None for nothing

A statement that is not the same text for all values (a list of open length) or tenants (a schema for each),
or that SQLAlchemy itself does not cache, has no shape: None. Nor has one with a parameter that is called for
its value, unless a criterion has put it there (`portico.db.engine.criteria`): those are called each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from portico.db.engine import in_force
from portico.db.engine.walls import PLACE

from .slots import Slots, Use

Convert: TypeAlias = "Callable[[Any], Any]"
_FLOAT: Final = 701
_NUMERIC: Final = 1700


@dataclass(frozen=True, slots=True)
class Binder:
    """One parameter: from a slot, prepared and converted, always the same ``constant``, or ``called`` for.

    A type in Python may convert a constant to something else the next time, so that is done each time.
    """

    index: int | None
    prepare: Convert | None = None
    convert: Convert | None = None
    constant: Any = None
    called: Callable[[], Any] | None = None

    @property
    def changes(self) -> bool:
        """Whether the driver is given something else than the value."""
        return self.prepare is not None or self.convert is not None

    def value(self, values: Sequence[Any]) -> Any:
        """What the driver is given."""
        if self.index is not None:
            value = values[self.index]
        else:
            value = self.constant if self.called is None else self.called()
        if self.prepare is not None:
            value = self.prepare(value)
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A statement as text; ``heavy`` ones may take long for a single step, ``writes`` change rows."""

    text: str
    binders: tuple[Binder, ...]
    readers: tuple[Convert | None, ...] = ()
    heavy: bool = False
    writes: bool = False
    _taken: tuple[tuple[int | None, Binder], ...] = field(init=False, repr=False)
    """With each parameter the place of its value, where that is sent as it is."""
    _callers: tuple[Binder, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_callers", tuple([one for one in self.binders if one.called is not None]))
        taken = tuple([(None if one.changes else one.index, one) for one in self.binders])
        object.__setattr__(self, "_taken", taken)

    def arguments(self, values: Sequence[Any]) -> list[Any]:
        """The driver's arguments for these values."""
        return [one.value(values) if place is None else values[place] for place, one in self._taken]

    def called(self) -> tuple[Any, ...]:
        """What the parameters that are called for their values give here, as the driver is given it."""
        return tuple([one.value(()) for one in self._callers]) if self._callers else ()

    def arguments_with(self, values: Sequence[Any], called: Sequence[Any]) -> list[Any]:
        """The arguments with what was ``called`` somewhere else."""
        given = iter(called)
        return [one.value(values) if one.called is None else next(given) for one in self.binders]


def converted(rows: Sequence[Sequence[Any]], readers: Sequence[Convert | None]) -> Sequence[Sequence[Any]]:
    """The rows of a driver with the values that their types give, column by column."""
    read = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
    if not read or not rows:
        return rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, reader in read:
        columns[place] = map(reader, columns[place])
    return list(zip(*columns, strict=True))


def shape_of(
    statement: Any, slots: Slots, dialect: sa.Dialect, *, heavy: bool = False, writes: bool = False
) -> Shape | None:
    """The shape of a statement; None where its text depends on the values, or on more than itself."""
    key = statement._generate_cache_key()  # noqa: SLF001 -- what SQLAlchemy keeps no text of, nobody may
    if key is None or any(one.callable for one in key.bindparams):
        return None
    compiled: SQLCompiler = statement.compile(dialect=in_force(dialect))
    if compiled.post_compile_params or compiled.literal_execute_params or PLACE in compiled.string:
        return None
    names = compiled.positiontup or ()
    binders = tuple(_binder(compiled, name, slots.uses.get(name), dialect) for name in names)
    columns: Any = getattr(statement, "selected_columns", None) or getattr(statement, "_returning", ())
    readers = tuple(_reader(column.type, dialect) for column in columns)
    return Shape(str(compiled), binders, readers, heavy, writes)


def _binder(compiled: SQLCompiler, name: str, use: Use | None, dialect: sa.Dialect) -> Binder:
    parameter = compiled.binds[name]
    convert: Convert | None = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    if use is not None:
        return Binder(use.index, use.prepare, convert)
    if parameter.callable is not None:
        return Binder(None, convert=convert, called=parameter.callable)
    constant = parameter.effective_value
    if convert is None or isinstance(parameter.type, sa.TypeDecorator):
        return Binder(None, convert=convert, constant=constant)
    return Binder(None, constant=convert(constant))


def _reader(type_: Any, dialect: sa.Dialect) -> Convert | None:
    found: Convert | None = type_.dialect_impl(dialect).result_processor(
        dialect, _driver_type(type_, dialect)
    )
    return found


def _driver_type(type_: Any, dialect: sa.Dialect) -> Any:
    """What a driver calls the type of a column, where SQLAlchemy asks for it: numbers of PostgreSQL."""
    bare = _bare(type_, dialect)
    if dialect.name != "postgresql" or not isinstance(bare, sa.Numeric | sa.Float):
        return None
    return _FLOAT if isinstance(bare, sa.Float) else _NUMERIC


def _bare(type_: Any, dialect: sa.Dialect) -> Any:
    """The type under decorators, and of the items of an array."""
    if isinstance(type_, sa.TypeDecorator):
        return _bare(type_.load_dialect_impl(dialect), dialect)
    item: Any = getattr(type_, "item_type", None)
    return type_ if item is None else _bare(item, dialect)

"""How a mixin takes part in the making of a model, wherever it stands among the bases.

    class Stamped:
        stamp: Mapped[int] = IntegerField()
        __portico_part__ = StampedPart()       # prepare() before each model is mapped, mapped() afterwards

A mixin has fields and methods of its own; what it has to know of a model, or to add to it, it does here. It
never overrides a method of `Model`: with ``class Doc(Model, Stamped)`` that would be lost without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from sqlalchemy.orm import InspectionAttr, MappedColumn

from portico.db.fields import FieldSpec
from portico.errors import ConfigurationError

_NAME: Final = "__portico_part__"
_ROOMS: Final = ("portico.db.mixins", "portico.db.models.model")
_INFO: Final = "portico"
_MAPPED: Final = "__mapper__"
ANNOTATED: Final = object()
"""What `nearest` gives for a name that a body only annotates as ``Mapped``."""


class Part:
    """What a mixin does when a model with it is made; a subclass overrides what it needs."""

    rank: int = 0
    """Parts of a lower rank have their turn first, wherever their mixins stand."""
    replaceable: Collection[str] = ()
    """The columns of the mixin that a class may declare in a way of its own."""

    def prepare(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        """Change the body of a concrete model before it is mapped, or refuse it: `ConfigurationError`."""

    def mapped(self, cls: type[Any]) -> None:
        """Register what has to be known of a concrete model; its table and mapper are there."""


def parts_of(bases: Iterable[type]) -> list[Part]:
    """The parts of these classes and of all that they inherit from, once: by rank, then nearest first."""
    found: list[Part] = []
    for cls in _ancestors(bases):
        part = vars(cls).get(_NAME)
        if isinstance(part, Part) and part not in found:
            found.append(part)
    return sorted(found, key=lambda part: part.rank)


def mapped_base(bases: Iterable[type]) -> type[Any] | None:
    """The model that another one inherits its table from, or extends by a table; None for one at the top."""
    return next((cls for cls in _ancestors(bases) if _MAPPED in vars(cls)), None)


def nearest(key: str, bases: Iterable[type], namespace: Mapping[str, Any]) -> Any:
    """What a class with this body and these bases has under a name; None where it has nothing."""
    return next((body[key] for body in _bodies(bases, namespace) if key in body), None)


def is_column(value: object) -> TypeGuard[MappedColumn[Any]]:
    """Whether a body declares a column here."""
    return isinstance(value, MappedColumn)


def refuse_hidden(name: str, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> None:
    """A column must not hide what a mixin does, nor anything the column of a mixin.

    Bodies and bases count in any order: with a mixin behind them its method would be lost without a word, and
    with a mixin in front the column would.
    """
    bodies = list(_bodies(bases, namespace))
    for cls in dict.fromkeys(_ancestors(bases)):
        if not cls.__module__.startswith(_ROOMS):
            continue
        part = vars(cls).get(_NAME)
        replaceable = part.replaceable if isinstance(part, Part) else ()
        for key, own in vars(cls).items():
            if key.startswith("_") or isinstance(own, type) or key in replaceable:
                continue
            for other in (body[key] for body in bodies if key in body and body[key] is not own):
                _refuse(name, cls, key, own, other)


def _refuse(name: str, cls: type, key: str, own: Any, other: Any) -> None:
    other_is_column = other is ANNOTATED or isinstance(other, (MappedColumn, InspectionAttr))
    if not isinstance(own, MappedColumn):
        if other_is_column and not isinstance(own, InspectionAttr):
            raise ConfigurationError(
                f"{name}.{key} would hide {cls.__name__}.{key}, which is no column.",
                hint=f'Rename the attribute and keep the column: {key}_ = …Field(column_name="{key}").',
            )
        return
    wanted, given = _python_type(own), _python_type(other)
    if isinstance(other, InspectionAttr) and not isinstance(other, MappedColumn):
        return  # of a model that is mapped already, which was looked at then
    if not isinstance(other, MappedColumn) or (wanted is not given and Any not in (wanted, given)):
        kind = getattr(wanted, "__name__", wanted)
        raise ConfigurationError(
            f"{name}.{key} would take the place of {cls.__name__}.{key}, a field of {kind}.",
            hint=f"Rename it; {cls.__name__} needs its own {key}.",
        )


def _python_type(column: Any) -> Any:
    spec = column.column.info.get(_INFO) if is_column(column) else None
    return spec.python_type if isinstance(spec, FieldSpec) else Any


def _bodies(bases: Iterable[type], namespace: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for body in (namespace, *(vars(cls) for cls in _ancestors(bases))):
        annotations: Mapping[str, Any] = body.get("__annotations__", {})
        only = {
            key: ANNOTATED for key, said in annotations.items() if "Mapped[" in str(said) and key not in body
        }
        kept = {key: declared for key, (declared, _) in body.get("__portico_relations__", {}).items()}
        yield {**body, **only, **kept}


def _ancestors(bases: Iterable[type]) -> Iterator[type]:
    for base in bases:
        yield from base.__mro__

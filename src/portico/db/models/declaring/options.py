"""What ``class Meta`` says about a model, read once when the class statement ends.

    class Post(Model):
        class Meta:
            table = "articles"
            ordering = ("-created_at",)

Raises `ConfigurationError` for an option that does not exist, with the nearest that does.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Constraint, Index, MetaData

from portico._kernel.naming import table_name
from portico._kernel.suggest import did_you_mean
from portico.errors import ConfigurationError

_OWN_BODY_ONLY = ("abstract", "table")


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """The options of one model; ``abstract`` and ``table`` never come from a base class."""

    table: str | None = None
    ordering: Sequence[str] = ()
    abstract: bool = False
    database: str | None = None
    constraints: Sequence[Constraint] = ()
    indexes: Sequence[Index] = ()
    schema: str | None = None
    metadata: MetaData | None = None
    loading: str | None = None
    globally_unique: Sequence[str | Sequence[str]] = ()
    """Keys of a class of tenants that are unique among all of them; what they refuse tells of other rows."""

    def table_args(self, *, inherited: bool, renamed: Mapping[str, str]) -> tuple[Any, ...]:
        """What SQLAlchemy wants beside the columns; an inherited Meta gives each child its own copies."""
        parts = [*self.constraints, *self.indexes]
        items = [copy.deepcopy(part) for part in parts] if inherited else list(parts)
        for item in items:
            _name_columns(item, renamed)
        return (*items, {"schema": self.schema}) if self.schema else tuple(items)


def _name_columns(part: Any, renamed: Mapping[str, str]) -> None:
    """Constraints name attributes, as everything does; SQLAlchemy wants the names of columns there."""
    given: list[Any] | None = getattr(part, "_pending_colargs", None)
    if given is not None:
        part._pending_colargs = [  # noqa: SLF001 -- there is no public way to the names not yet resolved
            renamed.get(one, one) if isinstance(one, str) else one for one in given
        ]


_KNOWN = tuple(option.name for option in fields(ModelOptions))


def read_options(name: str, namespace: Mapping[str, Any], bases: Sequence[type]) -> ModelOptions:
    """Collect the options of the class being made from its own ``Meta`` and those of its bases."""
    own: Any = namespace.get("Meta")
    values: dict[str, Any] = {}
    if own is not None and not isinstance(own, type):
        raise ConfigurationError(f"{name}.Meta is no class.", hint=f"Write class Meta: … inside of {name}.")
    for meta in _metas(own, bases):
        for option, value in vars(meta).items():
            if option.startswith("__"):
                continue
            if option not in _KNOWN:
                raise ConfigurationError(
                    f"{name}.Meta has no option {option!r}.", hint=did_you_mean(option, _KNOWN)
                )
            if option not in _OWN_BODY_ONLY or meta is own:
                values[option] = value
    _refuse_wrong_values(name, values)
    values.setdefault("table", table_name(name))
    return ModelOptions(**values)


def _metas(own: type | None, bases: Sequence[type]) -> list[type]:
    """The Meta classes that count, the most distant first."""
    found: list[type] = []
    sources = [own] if own is not None else []
    for base in bases:
        inherited = getattr(base, "Meta", None)
        if isinstance(inherited, type):
            sources.append(inherited)
    for source in sources:
        found.extend(cls for cls in source.__mro__ if cls is not object and cls not in found)
    return found[::-1]


def _refuse_wrong_values(name: str, values: Mapping[str, Any]) -> None:
    if isinstance(values.get("ordering"), str):
        raise ConfigurationError(
            f"{name}.Meta.ordering is a string.", hint=f"Write a tuple: ordering = ({values['ordering']!r},)."
        )
    for option in ("constraints", "indexes", "ordering", "globally_unique"):
        if not isinstance(values.get(option, ()), (list, tuple)):
            raise ConfigurationError(
                f"{name}.Meta.{option} is one thing.", hint=f"Write a list: {option} = […]."
            )
    if values.get("loading") not in {None, "selectin", "raise"}:
        raise ConfigurationError(
            f"{name}.Meta.loading = {values['loading']!r} is unknown.", hint="Choices: selectin, raise."
        )

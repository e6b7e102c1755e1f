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

    def table_args(self, *, inherited: bool) -> tuple[Any, ...]:
        """What SQLAlchemy wants beside the columns; an inherited Meta gives each child its own copies."""
        parts = [*self.constraints, *self.indexes]
        items = [copy.deepcopy(part) for part in parts] if inherited else list(parts)
        return (*items, {"schema": self.schema}) if self.schema else tuple(items)


_KNOWN = tuple(option.name for option in fields(ModelOptions))


def read_options(name: str, namespace: Mapping[str, Any], bases: Sequence[type]) -> ModelOptions:
    """Collect the options of the class being made from its own ``Meta`` and those of its bases."""
    own: type | None = namespace.get("Meta")
    values: dict[str, Any] = {}
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
    if isinstance(values.get("ordering"), str):
        raise ConfigurationError(
            f"{name}.Meta.ordering is a string.", hint=f"Write a tuple: ordering = ({values['ordering']!r},)."
        )
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

"""What FastAPI and Pydantic say of a body, as errors of Portico.

raise invalid(error)       # InvalidError(fields={"age": ["A whole number is expected."]})
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from portico._kernel.suggest import did_you_mean
from portico.db.fields import sentence_of
from portico.errors import InvalidError, InvalidParameterError, PorticoError
from portico.resources.description.schemas import Sealed

_NAMED: Final = 10
_SHOWN: Final = 100
_ABSENT: Final = cast("type[Any]", SkipJsonSchema)
"""What marks a field that is left out of the documents; to type checkers it is an alias."""


def invalid(error: RequestValidationError) -> PorticoError:
    """A validation error of FastAPI: fields of the body by path, parameters by name."""
    fields: dict[str, list[str]] = {}
    for one in error.errors():
        place, *path = one["loc"]
        message = sentence_of(one)
        if place not in ("body", "path"):
            return InvalidParameterError(message, parameter=str(path[0] if path else place))
        fields.setdefault("/".join(map(str, path)), []).append(message)
    named = ", ".join(sorted(filter(None, fields))[:_NAMED])
    return InvalidError(
        f"The body was refused: {named}." if named else "The body was refused.", fields=fields
    )


def field_names(schema: type[BaseModel]) -> frozenset[str]:
    """The names that a body may have; a field that is left out of the documents is not there at all."""
    return frozenset(
        info.alias or name
        for name, info in schema.model_fields.items()
        if not any(isinstance(one, _ABSENT) for one in info.metadata)
    )


def sealed_fields(schema: type[BaseModel]) -> dict[str, str]:
    """The fields that clients know and may not write in such a body, and why."""
    return {
        info.alias or name: one.reason
        for name, info in schema.model_fields.items()
        for one in info.metadata
        if isinstance(one, Sealed)
    }


def refuse_sealed(sent: Mapping[str, Any], sealed: Mapping[str, str]) -> None:
    """Refuse names in a body that are not to be written; InvalidError says why."""
    refused = {name: [sealed[name]] for name in sent if name in sealed}
    if refused:
        raise InvalidError(f"The body was refused: {', '.join(sorted(refused))}.", fields=refused)


def refuse_unknown(sent: Mapping[str, Any], names: Collection[str] | None) -> None:
    """Refuse names in a body that its schema does not have; InvalidError says which were meant."""
    unknown = [name for name in sent if name not in names][:_NAMED] if names is not None else []
    if unknown:
        raise InvalidError(
            f"The body has no field {_short(unknown[0])}.",
            fields={name[:_SHOWN]: ["There is no such field."] for name in unknown},
            hint=did_you_mean(unknown[0][:_SHOWN], names or ()),
        )


def _short(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else name[:_SHOWN] + "…")

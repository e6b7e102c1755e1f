"""What FastAPI and Pydantic say of a body, as errors of Portico.

raise invalid(error)       # InvalidError(fields={"age": ["Input should be a valid integer"]})
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, cast

from fastapi.exceptions import RequestValidationError

from portico._kernel.suggest import did_you_mean
from portico.errors import InvalidError, InvalidParameterError, PorticoError

_NAMED: Final = 10
_SHOWN: Final = 100
_PREFIX: Final = "Value error, "


def invalid(error: RequestValidationError) -> PorticoError:
    """A validation error of FastAPI: fields of the body by path, parameters by name."""
    fields: dict[str, list[str]] = {}
    for one in error.errors():
        place, *path = one["loc"]
        message = str(one["msg"]).removeprefix(_PREFIX)
        if place not in ("body", "path"):
            return InvalidParameterError(message, parameter=str(path[0] if path else place))
        fields.setdefault("/".join(map(str, path)), []).append(message)
    named = ", ".join(sorted(filter(None, fields))[:_NAMED])
    return InvalidError(
        f"The body was refused: {named}." if named else "The body was refused.", fields=fields
    )


def refuse_unknown(value: Any, names: Collection[str] | None) -> None:
    """Refuse names in a body that its schema does not have; InvalidError says which were meant."""
    if names is None or not isinstance(value, dict):
        return
    sent = cast("dict[str, Any]", value)
    unknown = [name for name in sent if name not in names][:_NAMED]
    if unknown:
        raise InvalidError(
            f"The body has no field {_short(unknown[0])}.",
            fields={name[:_SHOWN]: ["There is no such field."] for name in unknown},
            hint=did_you_mean(unknown[0][:_SHOWN], names),
        )


def _short(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else name[:_SHOWN] + "…")

"""Check values against field specs, with the same sentences whatever the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from portico.errors import InvalidError

from .spec import FieldSpec


def validate(specs: Mapping[str, FieldSpec], values: Mapping[str, Any], *, partial: bool, where: str) -> dict[str, Any]:
    """The values to store; InvalidError(fields=...) names every value that was refused."""
    checked: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in values.items():
        try:
            checked[name] = specs[name].validate(value)
        except ValidationError as error:
            wrong[name] = [e["msg"] for e in error.errors()]
    if not partial:
        for name, spec in specs.items():
            if spec.required and name not in values:
                wrong[name] = ["A value is required."]
    if wrong:
        raise InvalidError(f"{where}: {', '.join(wrong)} refused.", fields=wrong)
    return checked

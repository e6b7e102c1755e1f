"""Check a set of values against field specs: one call, all that is wrong, the same sentences at every door.

    validate({"age": spec}, {"age": "x"}, partial=False, where="User")
    # InvalidError(fields={"age": ("A whole number is expected.",)})

The rules are Pydantic's ordinary (lax) ones: "3" and True are whole numbers, 3.0 is one too, 3.5 is not, and
numbers are not text. SQL expressions pass unchecked. Raises `InvalidError` (`RequiredError` when values are
only missing) and `UnknownNameError` for a name without a spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import ClauseElement

from portico._kernel.suggest import unknown_name
from portico.db.fields.spec import FieldSpec
from portico.errors import InvalidError, RequiredError

from .sentences import sentence_of

MISSING = "A value is required."
NOT_NULL = "A value is required; it cannot be null."
READ_ONLY = "The database makes this value; it cannot be written."
_NEVER_SQL: Final = frozenset({str, int, float, bool, bytes, type(None)})
"""Nearly all values are of these; whether one is an expression is asked of the others."""


def validate(
    specs: Mapping[str, FieldSpec], values: Mapping[str, Any], *, partial: bool, where: str
) -> dict[str, Any]:
    """The values to store; with ``partial`` nothing is missed."""
    checked: dict[str, Any] = {}
    wrong: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        spec = specs.get(name)
        if spec is None:
            raise unknown_name(f"{where} has no field {name!r}.", name, specs)
        sentences = _refusal(spec, value) if value is None or spec.read_only else None
        if sentences is None:
            try:
                checked[name] = value if _is_sql(value) else spec.check(value)
            except ValidationError as error:
                sentences = tuple(map(sentence_of, error.errors(include_url=False, include_input=False)))
        if sentences is not None:
            wrong[name] = sentences
    missing = (
        [] if partial else [name for name, spec in specs.items() if spec.required and name not in values]
    )
    if wrong or missing:
        raise _refused(where, wrong | dict.fromkeys(missing, (MISSING,)), only_missing=not wrong)
    return checked


def _refusal(spec: FieldSpec, value: Any) -> tuple[str, ...] | None:
    if spec.read_only:
        return (READ_ONLY,)
    if value is None and not spec.nullable:
        return (NOT_NULL,)
    return None


def _is_sql(value: Any) -> bool:
    if type(value) in _NEVER_SQL:
        return False
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def _refused(where: str, wrong: dict[str, tuple[str, ...]], *, only_missing: bool) -> InvalidError:
    told = " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in wrong.items())
    kind = RequiredError if only_missing else InvalidError
    return kind(f"{where} was refused. {told}", fields=wrong)

"""What the dialects share that count rows with ``skip``: reading it, and refusing what they do not have.

with named({"offset": "skip"}):
    plan = parse_list(reach, [("offset", "20")])       # errors speak of "skip"
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from portico.errors import InvalidParameterError
from portico.resources import Limits
from portico.resources.grammar import unknown


@contextmanager
def named(names: Mapping[str, str]) -> Generator[None]:
    """Let refusals speak of the parameter that the client sent, not of ours behind it."""
    try:
        yield
    except InvalidParameterError as error:
        theirs = names.get(error.parameter)
        if theirs is None:
            raise
        raise InvalidParameterError(
            error.message, parameter=theirs, choices=error.choices, nearest=error.nearest, hint=error.hint
        ) from None


def refuse_others(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse the first parameter that a dialect does not have."""
    choices = tuple(known)
    for name in given:
        if name not in choices:
            raise unknown(f"There is no parameter {name!r} here.", name, choices, parameter=name)


def page_parameters(limits: Limits) -> list[dict[str, Any]]:
    """``skip`` and ``limit`` as OpenAPI describes them."""
    return [
        parameter(
            "skip",
            {"type": "integer", "minimum": 0, "maximum": limits.max_offset, "default": 0},
            "Rows to leave out.",
        ),
        parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page},
            "Rows on a page.",
        ),
    ]


def parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """One optional query parameter as OpenAPI describes it."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}

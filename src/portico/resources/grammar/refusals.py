"""The errors for names that are not there, with the nearest match, and for what comes twice."""

from __future__ import annotations

from collections.abc import Iterable

from portico._kernel.suggest import did_you_mean, nearest
from portico.errors import InvalidParameterError


def unknown(sentence: str, name: str, choices: Iterable[str], *, parameter: str) -> InvalidParameterError:
    """A refusal of ``name``, which stood in ``parameter``."""
    names = tuple(choices)
    return InvalidParameterError(
        sentence,
        parameter=parameter,
        choices=names,
        nearest=nearest(name, names),
        hint=did_you_mean(name, names),
    )


def single(parameter: str, texts: list[str]) -> str:
    """The text of a parameter that may be given once."""
    if len(texts) > 1:
        raise InvalidParameterError("Given more than once.", parameter=parameter)
    return texts[0]

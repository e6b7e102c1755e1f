"""The error for a name that is not there, with the nearest match and the choices."""

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

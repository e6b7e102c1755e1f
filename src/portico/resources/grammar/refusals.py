"""The errors for names that are not there, for what comes twice, and for numbers beyond their bounds.

raise unknown("There is no 'titel'.", "titel", fields, parameter="sort")
number("limit", ["20"], 50, (1, 200))      # 20
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from portico._kernel.suggest import did_you_mean, nearest
from portico.errors import InvalidParameterError

from .values import integer


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


def number(parameter: str, texts: list[str] | None, default: int, bounds: tuple[int, int]) -> int:
    """A whole number between bounds."""
    if texts is None:
        return default
    try:
        value = integer(single(parameter, texts))
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from None
    return bounded(parameter, value, bounds)


def bounded(parameter: str, value: object, bounds: tuple[int, int]) -> int:
    """The same of a value of JSON, where 2.0 is the whole number 2."""
    low, high = bounds
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidParameterError("Expected a whole number.", parameter=parameter)
    if not low <= value <= high:
        raise InvalidParameterError(f"Expected a number from {low} to {high}.", parameter=parameter)
    return value


@contextmanager
def at_place(place: str) -> Generator[None]:
    """Put ``place`` before the parameter that an error inside names."""
    try:
        yield
    except InvalidParameterError as error:
        raise InvalidParameterError(
            error.message,
            parameter=place + error.parameter,
            choices=error.choices,
            nearest=error.nearest,
            hint=error.hint,
        ) from None

"""A dialect by its name.

dialect_named("classic", where="expose(Post)")
"""

from __future__ import annotations

from typing import Final

from portico._kernel.suggest import did_you_mean
from portico.errors import ConfigurationError

from .classic import ClassicDialect
from .plain import PlainDialect
from .portico import PorticoDialect
from .protocol import Dialect

DIALECTS: Final[dict[str, Dialect]] = {
    one.name: one for one in (PorticoDialect(), ClassicDialect(), PlainDialect())
}


def dialect_named(given: str | Dialect, *, where: str) -> Dialect:
    """The dialect of that name, or the one given; ConfigurationError when there is none."""
    if not isinstance(given, str):
        return given
    if given not in DIALECTS:
        raise ConfigurationError(
            f"{where} asks for the dialect {given!r}, which does not exist.",
            hint=did_you_mean(given, DIALECTS),
        )
    return DIALECTS[given]

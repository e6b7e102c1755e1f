"""Existing databases, learnt as they are. The public names are in `__all__`."""

from .names import RESERVED_PATHS
from .reflected import Reflected, reflect
from .secrecy import looks_secret

__all__ = ["RESERVED_PATHS", "Reflected", "looks_secret", "reflect"]

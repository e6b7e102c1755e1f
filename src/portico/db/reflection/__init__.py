"""Existing databases, learnt as they are. The public names are in `__all__`."""

from .names import RESERVED_PATHS, looks_secret
from .reflected import Reflected, reflect

__all__ = ["RESERVED_PATHS", "Reflected", "looks_secret", "reflect"]

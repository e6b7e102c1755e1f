"""How clients may speak with the REST door, around the same plans."""

from .portico import PorticoDialect
from .protocol import Dialect

__all__ = ["Dialect", "PorticoDialect"]

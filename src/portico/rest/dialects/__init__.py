"""How clients may speak with the REST door, around the same plans."""

from .choosing import DIALECTS, dialect_named
from .classic import ClassicDialect
from .plain import PlainDialect
from .portico import PorticoDialect
from .protocol import Dialect

__all__ = ["DIALECTS", "ClassicDialect", "Dialect", "PlainDialect", "PorticoDialect", "dialect_named"]
